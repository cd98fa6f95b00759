#pragma once
#include <initializer_list>
#include <vector>

#include "data/feature_store.h"

namespace cascade::testing {

/// Clicks and impressions of one item in the histories, and where it belongs.
struct Counted {
  float clicks;
  float impressions;
  std::uint32_t category = 0;
  std::uint32_t shop = 0;
};

inline std::vector<FeatureStore::Item> counted_items(std::initializer_list<Counted> counts) {
  std::vector<FeatureStore::Item> items;
  for (const Counted& c : counts) {
    items.emplace_back();
    items.back().clicks = c.clicks;
    items.back().impressions = c.impressions;
    items.back().category = c.category;
    items.back().shop = c.shop;
  }
  return items;
}

}  // namespace cascade::testing
