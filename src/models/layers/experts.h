#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "models/layers/mlp.h"

namespace cascade {

/// Experts E_k, activated after their last layer, and the gates g_t = softmax(W_t x + b_t) that mix them for each task.
template <class T>
class Experts {
 public:
  /// One expert has no gates.
  Experts(std::size_t in, const std::vector<std::size_t>& widths, std::size_t experts, std::size_t tasks,
          Activation activation, Initialiser& initialiser);

  std::size_t out() const { return experts_.front().out(); }
  std::size_t tasks() const { return mixed_.size(); }
  Activation activation() const { return experts_.front().activation(); }
  const std::vector<Mlp<T>>& networks() const { return experts_; }
  const std::vector<Linear<T>>& gates() const { return gates_; }  ///< [tasks], or empty
  double flops() const;                                           ///< a row, forward

  /// x [rows, in] must stay as it is until backward().
  void forward(const Matrix<T>& x);
  const Matrix<T>& mixed(std::size_t task) const { return gates_.empty() ? outputs_[0] : mixed_[task]; }  ///< h_t

  /// Adds all gradients for those of h_t, [tasks][rows, out], and writes x's.
  void backward(const Matrix<T>& x, const std::vector<Matrix<T>>& gradients, Matrix<T>& x_gradient);

  void append_parameters(std::vector<Parameter<T>>& parameters);
  void clear_gradients();

 private:
  std::vector<Mlp<T>> experts_;
  std::vector<Linear<T>> gates_;
  std::vector<Matrix<T>> outputs_;  ///< [experts][rows, out], activated
  std::vector<Matrix<T>> shares_;   ///< [tasks][rows, experts]: g_t
  std::vector<Matrix<T>> mixed_;    ///< [tasks][rows, out]
  std::vector<Matrix<T>> output_gradients_;
  Matrix<T> share_gradient_;
  Matrix<T> one_gradient_;  ///< [rows, in], of one expert
};

/// logits <- softmax(logits), a row at a time.
template <class T>
void softmax_rows(Matrix<T>& logits);

}  // namespace cascade
