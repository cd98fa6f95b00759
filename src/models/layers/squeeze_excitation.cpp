#include "models/layers/squeeze_excitation.h"

#include <array>

#include "base/real.h"

namespace cascade {

std::span<const std::string> squeeze_form_names() {
  static const std::array<std::string, 2> kNames = {"paper", "talk"};
  return kNames;
}

template <class T>
SqueezeExcitation<T>::SqueezeExcitation(const std::string& name, SqueezeForm form, std::size_t groups,
                                        std::size_t width, Initialiser& initialiser)
    : form_(form),
      groups_(groups),
      width_(width),
      squeeze_(name, form == SqueezeForm::paper ? width : groups * width, form == SqueezeForm::paper ? 1 : groups, 3.0,
               initialiser) {}

template <class T>
double SqueezeExcitation<T>::flops() const {
  const double products = (form_ == SqueezeForm::paper ? static_cast<double>(groups_) : 1.0) * squeeze_.flops();
  return products + static_cast<double>(groups_ * width_);
}

template <class T>
void SqueezeExcitation<T>::forward(const Matrix<T>& e, T* v, std::size_t stride_v) {
  CASCADE_CHECK(e.cols() == groups_ * width_, "squeeze-excitation of other groups");
  weights_.resize(e.rows(), groups_);
  if (form_ == SqueezeForm::paper)  // the groups of all rows stand one below the other
    squeeze_.forward(e.data(), e.rows() * groups_, width_, weights_.data(), 1);
  else
    squeeze_.forward(e.data(), e.rows(), e.cols(), weights_.data(), groups_);
  for (T& s : weights_.values()) s = static_cast<T>(sigmoid(static_cast<double>(s)));
  for (std::size_t r = 0; r < e.rows(); ++r)
    for (std::size_t g = 0; g < groups_; ++g) {
      const T* from = e.data() + r * e.cols() + g * width_;
      T* to = v + r * stride_v + g * width_;
      for (std::size_t i = 0; i < width_; ++i) to[i] = weights_(r, g) * from[i];
    }
}

template <class T>
void SqueezeExcitation<T>::backward(const Matrix<T>& e, const T* gv, std::size_t stride_gv, Matrix<T>& ge) {
  CASCADE_CHECK(weights_.rows() == e.rows(), "gradient of another batch");
  weights_gradient_.resize(e.rows(), groups_);
  ge.resize(e.rows(), e.cols());
  for (std::size_t r = 0; r < e.rows(); ++r)
    for (std::size_t g = 0; g < groups_; ++g) {
      const T* out = gv + r * stride_gv + g * width_;
      const T* in = e.data() + r * e.cols() + g * width_;
      T* to = ge.data() + r * e.cols() + g * width_;
      const T s = weights_(r, g);
      T along = 0;
      for (std::size_t i = 0; i < width_; ++i) {
        along += out[i] * in[i];
        to[i] = s * out[i];
      }
      weights_gradient_(r, g) = along * s * (T(1) - s);
    }
  if (form_ == SqueezeForm::paper)
    squeeze_.backward(e.data(), e.rows() * groups_, width_, weights_gradient_.data(), 1, ge.data(), width_, true);
  else
    squeeze_.backward(e.data(), e.rows(), e.cols(), weights_gradient_.data(), groups_, ge.data(), e.cols(), true);
}

template class SqueezeExcitation<float>;
template class SqueezeExcitation<double>;

}  // namespace cascade
