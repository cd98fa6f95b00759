#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "base/ids.h"

namespace cascade::test {

/// One random list with what the ranking measures need: scores on a coarse grid (many ties) or fine, labels of one
/// or two classes, distinct items in no order.
struct RankingCase {
  std::vector<float> a;
  std::vector<float> b;
  std::vector<double> gains;
  std::vector<std::uint8_t> labels;
  std::vector<UserId> users;
  std::vector<ItemId> items;
  std::size_t m = 0;
};

/// Case `index` of a fixed sequence; sizes 0 to 40. Every third is on a grid of four values, every seventh has one
/// class, every eleventh a constant score.
inline RankingCase ranking_case(std::uint32_t index) {
  std::mt19937 random(index + 1);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  RankingCase c;
  const std::size_t n = below(41);
  const std::uint32_t levels = index % 3 == 0 ? 4 : 1u << 20;
  for (std::size_t i = 0; i < n; ++i) {
    c.a.push_back(index % 11 == 0 ? 0.5f : static_cast<float>(below(levels)) / 64.0f - 2.0f);
    c.b.push_back(static_cast<float>(below(levels)) / 64.0f);
    c.gains.push_back(index % 13 == 0 ? 0.0 : below(levels) / static_cast<double>(levels));
    c.labels.push_back(index % 7 == 0 ? 1 : static_cast<std::uint8_t>(below(2)));
    c.users.push_back(below(6));
    c.items.push_back(1000 - static_cast<ItemId>(i) * 7 + below(7));
  }
  c.m = below(static_cast<std::uint32_t>(n) + 3);
  return c;
}

}  // namespace cascade::test
