#pragma once
#include <cstddef>

#include "base/aligned.h"

namespace cascade {

/// Dense products: the one door to whatever does them fastest (see bench/product.cpp for the choice and its figures).
/// Single-threaded; callers run blocks side by side. Promise, on which determinism rests: an element of the result
/// depends on its own row and column only, never on the number of rows, the row's place, or the thread.

/// The right-hand operand B [k, n], packed once and used for many products.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Packs B [k, n], row-major, `stride` floats from row to row.
  static PackedMatrix pack(const float* b, std::size_t k, std::size_t n, std::size_t stride);
  /// Packs the transpose of B^T [n, k], row-major: weights stored as rows of outputs, item vectors [num_items, dim].
  static PackedMatrix pack_transposed(const float* bt, std::size_t n, std::size_t k, std::size_t stride);
  /// As above into memory already owned (training packs anew at every step).
  void repack(const float* b, std::size_t k, std::size_t n, std::size_t stride);
  void repack_transposed(const float* bt, std::size_t n, std::size_t k, std::size_t stride);
  std::size_t k() const { return k_; }
  std::size_t n() const { return n_; }
  std::size_t bytes() const { return data_.size() * sizeof(float); }  ///< held
  const float* panel(std::size_t first_column) const;  ///< packed panel that starts at a multiple of kPanelWidth

  static constexpr std::size_t kPanelWidth = 32;

 private:
  void resize(std::size_t k, std::size_t n);
  std::size_t k_ = 0;
  std::size_t n_ = 0;
  AlignedVector<float> data_;  ///< [panels, k, kPanelWidth] or more, missing columns 0
};

/// What happens to each element of the product before it is stored.
struct Epilogue {
  const float* bias = nullptr;  ///< [n], added where given
  bool relu = false;            ///< max(0, x) after the bias
  bool accumulate = false;      ///< C += A B instead of C = A B (before bias and relu); sums start from C
};

/// C [m, n] = A [m, k] B. Row-major, strides in floats.
void multiply(const float* a, std::size_t m, std::size_t stride_a, const PackedMatrix& b, float* c,
              std::size_t stride_c, const Epilogue& epilogue = {});

/// Columns [first, first + count) of the product only; `first` is a multiple of kPanelWidth.
void multiply_columns(const float* a, std::size_t m, std::size_t stride_a, const PackedMatrix& b, std::size_t first,
                      std::size_t count, float* c, std::size_t stride_c, const Epilogue& epilogue = {});

/// C [k, n] (+)= A^T B for A [m, k], B [m, n]: the gradient of weights. Sums over m in a fixed order.
void multiply_transposed(const float* a, std::size_t m, std::size_t k, std::size_t stride_a, const float* b,
                         std::size_t n, std::size_t stride_b, float* c, std::size_t stride_c, bool accumulate);

/// The same in double, plain loops: gradient checks and references, not a hot path.
void multiply(const double* a, std::size_t m, std::size_t k, std::size_t stride_a, const double* b, std::size_t n,
              std::size_t stride_b, double* c, std::size_t stride_c, bool accumulate);

/// <a, b> of n floats, in a fixed order.
float dot(const float* a, const float* b, std::size_t n);

}  // namespace cascade
