#pragma once
#include <bit>
#include <cstdint>

#include "base/ids.h"
#include "base/top_k.h"

namespace cascade {

/// A score and an item as one integer: the larger key ranks before. -0 counts as 0.
inline std::uint64_t rank_key(float score, ItemId item) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);
  const std::uint32_t ordered = bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
  return static_cast<std::uint64_t>(ordered) << 32 | static_cast<std::uint32_t>(~item);
}

inline ScoredItem scored_item(std::uint64_t key) {
  const auto ordered = static_cast<std::uint32_t>(key >> 32);
  const std::uint32_t bits = ordered ^ ((ordered >> 31) != 0 ? 0x80000000u : 0xffffffffu);
  return {std::bit_cast<float>(bits), static_cast<ItemId>(~key)};
}

}  // namespace cascade
