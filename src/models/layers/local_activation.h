#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "models/layers/mlp.h"

namespace cascade {

/// Attention without a softmax (Zhou et al., DIN, KDD 2018, eq. 3): v_u(A) = sum_j a(e_j, v_A) e_j over the behaviours
/// e_j of a user, for a candidate v_A. a is a small network on [e_j, v_A, e_j - v_A, e_j * v_A]; its weights need not
/// sum to 1, so that many matching behaviours say more than one.
template <class T>
class LocalActivation {
 public:
  LocalActivation() = default;
  /// `width` numbers a behaviour and a candidate; `hidden` layers of the network, before its single output.
  LocalActivation(const std::string& name, std::size_t width, const std::vector<int>& hidden, Activation activation,
                  Initialiser& initialiser);

  /// out [rows, width], rows `stride` apart, from candidates v [rows, width] and behaviours e [pairs, width], those of
  /// row r being [starts[r], starts[r + 1]). A row without behaviours gets zeros.
  void forward(const Matrix<T>& e, const Matrix<T>& v, std::span<const std::size_t> starts, T* out, std::size_t stride);

  /// Adds the network's gradients and writes those of e and v, for the outputs' gradient, rows `stride` apart. Takes
  /// what forward() took.
  void backward(const Matrix<T>& e, const Matrix<T>& v, std::span<const std::size_t> starts, const T* gradient,
                std::size_t stride, Matrix<T>& e_gradient, Matrix<T>& v_gradient);

  void append_parameters(std::vector<Parameter<T>>& parameters) { network_.append_parameters(parameters); }
  void clear_gradients() { network_.clear_gradients(); }
  const Mlp<T>& network() const { return network_; }  ///< [4 width] to 1
  double flops() const;                               ///< of one pair, forward

 private:
  std::size_t width_ = 0;
  Mlp<T> network_;
  Matrix<T> input_;             ///< [pairs, 4 width]
  Matrix<T> input_gradient_;    ///< [pairs, 4 width]
  Matrix<T> weights_;           ///< [pairs, 1]
  Matrix<T> weights_gradient_;  ///< [pairs, 1]
};

}  // namespace cascade
