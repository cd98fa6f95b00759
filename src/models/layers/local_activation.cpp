#include "models/layers/local_activation.h"

#include <algorithm>

namespace cascade {
namespace {

std::vector<std::size_t> layer_widths(const std::vector<int>& hidden) {
  std::vector<std::size_t> widths(hidden.begin(), hidden.end());
  widths.push_back(1);
  return widths;
}

}  // namespace

template <class T>
LocalActivation<T>::LocalActivation(const std::string& name, std::size_t width, const std::vector<int>& hidden,
                                    Activation activation, Initialiser& initialiser)
    : width_(width), network_(name, 4 * width, layer_widths(hidden), activation, initialiser) {}

template <class T>
double LocalActivation<T>::flops() const {
  // Difference, product, network, and the weighted sum.
  return 2 * static_cast<double>(width_) + network_.flops() + 2 * static_cast<double>(width_);
}

template <class T>
void LocalActivation<T>::forward(const Matrix<T>& e, const Matrix<T>& v, std::span<const std::size_t> starts, T* out,
                                 std::size_t stride) {
  CASCADE_CHECK(starts.size() == v.rows() + 1 && starts.back() == e.rows(), "behaviours of another batch");
  for (std::size_t r = 0; r < v.rows(); ++r) std::fill_n(out + r * stride, width_, T(0));
  if (e.rows() == 0) return;
  input_.resize(e.rows(), 4 * width_);
  for (std::size_t r = 0; r < v.rows(); ++r) {
    const T* candidate = v.data() + r * width_;
    for (std::size_t p = starts[r]; p < starts[r + 1]; ++p) {
      const T* behaviour = e.data() + p * width_;
      T* x = input_.data() + p * input_.cols();
      for (std::size_t i = 0; i < width_; ++i) {
        x[i] = behaviour[i];
        x[width_ + i] = candidate[i];
        x[2 * width_ + i] = behaviour[i] - candidate[i];
        x[3 * width_ + i] = behaviour[i] * candidate[i];
      }
    }
  }
  weights_ = network_.forward(input_);
  for (std::size_t r = 0; r < v.rows(); ++r)
    for (std::size_t p = starts[r]; p < starts[r + 1]; ++p)
      for (std::size_t i = 0; i < width_; ++i) out[r * stride + i] += weights_(p, 0) * e(p, i);
}

template <class T>
void LocalActivation<T>::backward(const Matrix<T>& e, const Matrix<T>& v, std::span<const std::size_t> starts,
                                  const T* gradient, std::size_t stride, Matrix<T>& e_gradient, Matrix<T>& v_gradient) {
  e_gradient.resize(e.rows(), width_);
  v_gradient.resize(v.rows(), width_);
  std::fill(v_gradient.values().begin(), v_gradient.values().end(), T(0));
  if (e.rows() == 0) return;
  weights_gradient_.resize(e.rows(), 1);
  for (std::size_t r = 0; r < v.rows(); ++r)
    for (std::size_t p = starts[r]; p < starts[r + 1]; ++p) {
      T sum = 0;
      for (std::size_t i = 0; i < width_; ++i) {
        sum += gradient[r * stride + i] * e(p, i);
        e_gradient(p, i) = weights_(p, 0) * gradient[r * stride + i];
      }
      weights_gradient_(p, 0) = sum;
    }
  network_.backward(input_, weights_gradient_, input_gradient_);
  for (std::size_t r = 0; r < v.rows(); ++r)
    for (std::size_t p = starts[r]; p < starts[r + 1]; ++p) {
      const T* g = input_gradient_.data() + p * input_gradient_.cols();
      for (std::size_t i = 0; i < width_; ++i) {
        const T difference = g[2 * width_ + i];
        const T product = g[3 * width_ + i];
        e_gradient(p, i) += g[i] + difference + product * v(r, i);
        v_gradient(r, i) += g[width_ + i] - difference + product * e(p, i);
      }
    }
}

template class LocalActivation<float>;
template class LocalActivation<double>;

}  // namespace cascade
