#pragma once
#include <cstddef>
#include <cstdint>

#include "base/simd.h"

namespace cascade {

/// Writes the positions i, rising, at which scores[i] >= least, and returns their number. `positions` has room for
/// n + kPositionPadding: what lies behind those written may be overwritten.
using FindAtLeast = std::size_t (*)(const float* scores, std::size_t n, float least, std::uint32_t* positions);
inline constexpr std::size_t kPositionPadding = 16;

/// REQUIRES simd_path_available(path).
FindAtLeast find_at_least(SimdPath path);

}  // namespace cascade
