#pragma once
#include <bit>
#include <cstdint>

#include "base/ids.h"
#include "base/top_k.h"

namespace cascade {

/// Without a branch on the sign of a score.
inline std::uint32_t all_ones_if_top_bit(std::uint32_t x) { return 0U - (x >> 31); }

/// A score and an item as one integer: the larger key ranks before. -0 counts as 0.
inline std::uint64_t rank_key(float score, ItemId item) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);
  const std::uint32_t ordered = bits ^ (all_ones_if_top_bit(bits) | 0x80000000u);
  return static_cast<std::uint64_t>(ordered) << 32 | static_cast<std::uint32_t>(~item);
}

inline ScoredItem scored_item(std::uint64_t key) {
  const auto ordered = static_cast<std::uint32_t>(key >> 32);
  const std::uint32_t bits = ordered ^ (all_ones_if_top_bit(~ordered) | 0x80000000u);
  return {std::bit_cast<float>(bits), static_cast<ItemId>(~key)};
}

}  // namespace cascade
