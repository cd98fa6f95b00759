#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/product.h"
#include "models/layers/initialise.h"
#include "models/learnable.h"

namespace cascade {

/// y = x W + b.
template <class T>
class Linear {
 public:
  Linear() = default;
  /// Weights uniform in +-sqrt(gain / in), biases zero. Gain 6 keeps the variance through a relu (He et al., 2015,
  /// eq. 10); 3 keeps it without one.
  Linear(std::string name, std::size_t in, std::size_t out, double gain, Initialiser& initialiser);

  /// Given weights [in, out] and biases [out].
  Linear(std::string name, Matrix<T> weights, std::vector<T> bias);

  std::size_t in() const { return weights_.rows(); }
  std::size_t out() const { return weights_.cols(); }
  const Matrix<T>& weights() const { return weights_; }  ///< [in, out]
  const std::vector<T>& bias() const { return bias_; }   ///< [out]
  void set_bias(std::size_t column, T value) { bias_[column] = value; }
  double flops() const { return 2.0 * static_cast<double>(weights_.size()) + static_cast<double>(out()); }

  /// y [rows, out] from x [rows, in], rows `stride` apart; with max(0, .) after it where `relu`.
  void forward(const T* x, std::size_t rows, std::size_t stride, T* y, std::size_t stride_y, bool relu = false);

  /// Adds the gradients of W and b for outputs' gradient gy [rows, out]. Where gx is given: writes the inputs'
  /// gradient [rows, in] there, or adds it where `accumulate`.
  void backward(const T* x, std::size_t rows, std::size_t stride, const T* gy, std::size_t stride_gy, T* gx,
                std::size_t stride_gx, bool accumulate = false);

  void append_parameters(std::vector<Parameter<T>>& parameters);
  void clear_gradients();

 private:
  std::string name_;
  Matrix<T> weights_;           ///< [in, out]
  Matrix<T> weights_gradient_;  ///< [in, out]
  std::vector<T> bias_;
  std::vector<T> bias_gradient_;
  PackedMatrix packed_;  ///< reused memory, float only
};

}  // namespace cascade
