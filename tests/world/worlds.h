#pragma once
#include <cstdint>
#include <numeric>
#include <vector>

#include "world/world.h"

namespace cascade::testing {

/// Small enough for a test to make several, large enough to have every kind of entity.
inline WorldParams tiny_params() {
  WorldParams p;
  p.users = 120;
  p.items = 1500;
  p.categories = 12;
  p.shops = 60;
  p.segments = 5;
  p.liked_categories = 3;
  p.liked_shops = 5;
  p.history_clicks = 12;
  return p;
}

inline LogsParams tiny_logs() {
  LogsParams p;
  p.days = 2;
  p.requests_a_day = 300;
  p.page = 6;
  p.all_space_rows = 1000;
  return p;
}

inline std::vector<ItemId> all_items(const World& world) {
  std::vector<ItemId> items(world.features().num_items());
  std::iota(items.begin(), items.end(), 0u);
  return items;
}

}  // namespace cascade::testing
