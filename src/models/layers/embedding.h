#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "models/layers/initialise.h"
#include "models/learnable.h"

namespace cascade {

/// out [ids, width], rows `stride` apart: the table's rows named by `ids`, zeros for kNoValue.
template <class T>
void gather_rows(const Matrix<T>& table, std::span<const std::uint32_t> ids, T* out, std::size_t stride);

/// out[r] [width], rows `stride` apart = mean of the table's rows named by ids[r * num_values, (r + 1) * num_values),
/// kNoValue skipped; zeros where none is left.
template <class T>
void pool_rows(const Matrix<T>& table, std::span<const std::uint32_t> ids, std::size_t num_values, T* out,
               std::size_t stride);

/// One vector a value, pooled by the mean over the values of a multi-hot group.
template <class T>
class Embedding {
 public:
  /// Rows drawn from N(0, sd^2): a value that no batch ever touches keeps such a vector, so sd is to be small.
  Embedding(std::string name, std::size_t rows, std::size_t width, double sd, Initialiser& initialiser);

  std::size_t width() const { return table_.cols(); }
  const Matrix<T>& table() const { return table_; }  ///< [rows, width]

  /// out[r] = pooled vector of ids[r * num_values, (r + 1) * num_values), rows `stride` apart.
  void forward(std::span<const std::uint32_t> ids, std::size_t num_values, T* out, std::size_t stride) const;
  /// Adds the gradients of those outputs.
  void backward(std::span<const std::uint32_t> ids, std::size_t num_values, const T* gradient, std::size_t stride);

  Parameter<T> parameter();
  void clear_gradients();

 private:
  /// Adds share * from to the gradient of row `id`. `Width` is a number known to the compiler or not.
  template <class Width>
  void add_gradient(std::uint32_t id, T share, const T* from, Width width);

  std::string name_;
  Matrix<T> table_;
  SparseGradient<T> gradient_;
  std::vector<std::uint32_t> line_of_row_;  ///< [rows]: line of gradient_, or kNoValue
};

}  // namespace cascade
