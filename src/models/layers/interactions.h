#pragma once
#include <cstddef>
#include <vector>

#include "models/layers/feature_embedding.h"
#include "models/layers/linear.h"

namespace cascade {

/// Products p_k = (A e_user + a)_k (B e_item + b)_k of the sides' embeddings, as further columns of a network's input
/// (gwen.h says why).
template <class T>
class Interactions {
 public:
  /// None where `products` is 0 or a side has no columns.
  Interactions(std::size_t products, ColumnRange user, ColumnRange item, Initialiser& initialiser);

  std::size_t products() const { return products_; }
  const Linear<T>& user_side() const { return user_side_; }  ///< A; without rows where there are no products
  const Linear<T>& item_side() const { return item_side_; }  ///< B
  double flops() const;                                      ///< a row, forward

  /// Reads the sides' columns of `input` [rows, cols] and writes the products from column `at` on.
  void forward(Matrix<T>& input, std::size_t at);
  /// Adds the gradients of A, B and, in `input_gradient`, of the sides' columns, for that of the products.
  void backward(const Matrix<T>& input, Matrix<T>& input_gradient, std::size_t at);

  void append_parameters(std::vector<Parameter<T>>& parameters);
  void clear_gradients();

 private:
  std::size_t products_;
  ColumnRange user_columns_;
  ColumnRange item_columns_;
  Linear<T> user_side_;
  Linear<T> item_side_;
  Matrix<T> user_;  ///< [rows, products]: A e_user; its gradient after backward()
  Matrix<T> item_;
};

}  // namespace cascade
