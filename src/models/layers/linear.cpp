#include "models/layers/linear.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace cascade {
namespace {

// One output column is a dot product a row; a packed product would pad it to a whole panel.
template <class T>
void forward_single(const T* x, std::size_t rows, std::size_t stride, const T* w, std::size_t in, T bias, T* y,
                    std::size_t stride_y) {
  for (std::size_t r = 0; r < rows; ++r) {
    if constexpr (std::is_same_v<T, float>) {
      y[r * stride_y] = dot(x + r * stride, w, in) + bias;
    } else {
      T sum = bias;
      for (std::size_t i = 0; i < in; ++i) sum += x[r * stride + i] * w[i];
      y[r * stride_y] = sum;
    }
  }
}

template <class T>
void backward_single(const T* x, std::size_t rows, std::size_t stride, const T* w, std::size_t in, const T* gy,
                     std::size_t stride_gy, T* gw, T* gx, std::size_t stride_gx, bool accumulate) {
  for (std::size_t r = 0; r < rows; ++r) {
    const T g = gy[r * stride_gy];
    const T* row = x + r * stride;
    for (std::size_t i = 0; i < in; ++i) gw[i] += g * row[i];
    if (gx == nullptr) continue;
    T* out = gx + r * stride_gx;
    if (accumulate)
      for (std::size_t i = 0; i < in; ++i) out[i] += g * w[i];
    else
      for (std::size_t i = 0; i < in; ++i) out[i] = g * w[i];
  }
}

// Plain loops of the double version: gradient checks only.
void add_weights_gradient(const double* x, std::size_t rows, std::size_t in, std::size_t stride, const double* gy,
                          std::size_t out, std::size_t stride_gy, double* gw) {
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t o = 0; o < out; ++o) gw[i * out + o] += x[r * stride + i] * gy[r * stride_gy + o];
}

void inputs_gradient(const double* gy, std::size_t rows, std::size_t out, std::size_t stride_gy, const double* w,
                     std::size_t in, double* gx, std::size_t stride_gx, bool accumulate) {
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < in; ++i) {
      double sum = accumulate ? gx[r * stride_gx + i] : 0.0;
      for (std::size_t o = 0; o < out; ++o) sum += gy[r * stride_gy + o] * w[i * out + o];
      gx[r * stride_gx + i] = sum;
    }
}

}  // namespace

template <class T>
Linear<T>::Linear(std::string name, std::size_t in, std::size_t out, double gain, Initialiser& initialiser)
    : name_(std::move(name)), weights_(in, out), weights_gradient_(in, out), bias_(out), bias_gradient_(out) {
  CASCADE_CHECK(in > 0 && out > 0, "linear layer '" + name_ + "' without inputs or outputs");
  initialiser.uniform(weights_.values(), std::sqrt(gain / static_cast<double>(in)));
}

template <class T>
Linear<T>::Linear(std::string name, Matrix<T> weights, std::vector<T> bias)
    : name_(std::move(name)),
      weights_(std::move(weights)),
      weights_gradient_(weights_.rows(), weights_.cols()),
      bias_(std::move(bias)),
      bias_gradient_(bias_.size()) {
  CASCADE_CHECK(weights_.cols() == bias_.size(), "weights and biases of different layers");
}

template <class T>
void Linear<T>::forward(const T* x, std::size_t rows, std::size_t stride, T* y, std::size_t stride_y, bool relu) {
  if (out() == 1 && !relu) {
    forward_single(x, rows, stride, weights_.data(), in(), bias_[0], y, stride_y);
    return;
  }
  if constexpr (std::is_same_v<T, float>) {
    packed_.repack(weights_.data(), in(), out(), out());
    Epilogue epilogue;
    epilogue.bias = bias_.data();
    epilogue.relu = relu;
    multiply(x, rows, stride, packed_, y, stride_y, epilogue);
  } else {
    multiply(x, rows, in(), stride, weights_.data(), out(), out(), y, stride_y, false);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t o = 0; o < out(); ++o) {
        T& value = y[r * stride_y + o];
        value += bias_[o];
        if (relu) value = std::max(value, T(0));
      }
  }
}

template <class T>
void Linear<T>::backward(const T* x, std::size_t rows, std::size_t stride, const T* gy, std::size_t stride_gy, T* gx,
                         std::size_t stride_gx, bool accumulate) {
  T* bias_gradient = bias_gradient_.data();
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t o = 0; o < out(); ++o) bias_gradient[o] += gy[r * stride_gy + o];
  if (out() == 1) {
    backward_single(x, rows, stride, weights_.data(), in(), gy, stride_gy, weights_gradient_.data(), gx, stride_gx,
                    accumulate);
    return;
  }
  if constexpr (std::is_same_v<T, float>) {
    multiply_transposed(x, rows, in(), stride, gy, out(), stride_gy, weights_gradient_.data(), out(), true);
    if (gx == nullptr) return;
    packed_.repack_transposed(weights_.data(), in(), out(), out());
    Epilogue epilogue;
    epilogue.accumulate = accumulate;
    multiply(gy, rows, stride_gy, packed_, gx, stride_gx, epilogue);
  } else {
    add_weights_gradient(x, rows, in(), stride, gy, out(), stride_gy, weights_gradient_.data());
    if (gx != nullptr) inputs_gradient(gy, rows, out(), stride_gy, weights_.data(), in(), gx, stride_gx, accumulate);
  }
}

template <class T>
void Linear<T>::append_parameters(std::vector<Parameter<T>>& parameters) {
  parameters.push_back({name_ + ".weight", out(), weights_.values(), weights_gradient_.values()});
  parameters.push_back({name_ + ".bias", out(), bias_, bias_gradient_});
}

template <class T>
void Linear<T>::clear_gradients() {
  std::fill(weights_gradient_.values().begin(), weights_gradient_.values().end(), T(0));
  std::fill(bias_gradient_.begin(), bias_gradient_.end(), T(0));
}

template class Linear<float>;
template class Linear<double>;

}  // namespace cascade
