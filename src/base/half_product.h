#pragma once
#include <cstddef>
#include <cstdint>

#include "base/half.h"
#include "base/product.h"

namespace cascade {

/// The right-hand operand B [k, n] of products, kept in 16 bits.
class HalfMatrix {
 public:
  HalfMatrix() = default;
  /// Rounds and packs B [k, n], row-major, `stride` floats from row to row.
  static HalfMatrix pack(HalfKind kind, const float* b, std::size_t k, std::size_t n, std::size_t stride);
  HalfKind kind() const { return kind_; }
  std::size_t k() const { return k_; }
  std::size_t n() const { return n_; }
  std::size_t bytes() const { return data_.size() * sizeof(std::uint16_t); }  ///< held
  /// The panel that starts at this column, a multiple of PackedMatrix::kPanelWidth: [k, kPanelWidth].
  const std::uint16_t* panel(std::size_t first_column) const { return data_.data() + first_column * k_; }

 private:
  HalfKind kind_ = HalfKind::f16;
  std::size_t k_ = 0;
  std::size_t n_ = 0;
  AlignedVector<std::uint16_t> data_;
};

/// C [m, n] = A [m, k] B, as the product of floats (base/product.h) with B's rounded numbers: factors of 16 bits where
/// A was rounded too, sums in float, which is what tensor cores do (NVIDIA, Tesla V100 whitepaper, 2017, "Tensor
/// Cores").
void multiply(const float* a, std::size_t m, std::size_t stride_a, const HalfMatrix& b, float* c, std::size_t stride_c,
              const Epilogue& epilogue = {});

}  // namespace cascade
