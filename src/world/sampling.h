#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"

namespace cascade {

/// Draws 0..n-1 in proportion to weights, in constant time (Walker 1977; built as Vose 1991 does).
class AliasTable {
 public:
  AliasTable() = default;
  /// REQUIRES weights >= 0 with a positive sum, fewer than 2^32.
  explicit AliasTable(std::span<const double> weights);
  std::uint32_t draw(Rng& rng) const;
  std::size_t size() const { return cells_.size(); }

 private:
  struct Cell {
    std::uint32_t stay;  ///< the cell's own outcome when the second word is below it
    std::uint32_t other;
  };
  std::vector<Cell> cells_;
};

/// 0..n-1, each with probability 1/n up to n/2^32: one word a draw, never rejected.
inline std::uint32_t pick_below(Rng& rng, std::uint32_t n) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(rng.next_u32()) * n) >> 32);
}

/// (rank + 1)^-exponent for rank 0..n-1.
std::vector<double> zipf_weights(std::size_t n, double exponent);

/// A standardised variable (mean 0, s.d. 1) whose multiple by `spread` is the logit's bridge (Wang and Louis,
/// Biometrika 2003): E sigmoid(x + spread * e) = sigmoid(bridge_scale(spread) * x) exactly, so that an expected
/// conversion needs no quadrature. Close to normal for spreads about 1. `u`: uniform in (0, 1). Spreads below 0.01
/// count as 0.01.
double bridge_quantile(double u, double spread);
double bridge_scale(double spread);

}  // namespace cascade
