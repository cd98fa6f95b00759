#include "data/row_features.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "base/rng.h"

namespace cascade {

TEST_CASE("features by rows are those by columns, for few candidates and for many") {
  const FeatureSchema schema(cross_groups());
  constexpr std::uint32_t kUsers = 7;
  constexpr std::uint32_t kItems = 300;
  std::vector<FeatureStore::Item> items(kItems);
  for (std::uint32_t i = 0; i < kItems; ++i) {
    items[i].category = i % 11;
    items[i].shop = i % 23;
    items[i].log_price = 0.03f * static_cast<float>(i % 100);
  }
  std::vector<FeatureStore::User> users(kUsers);
  for (std::uint32_t u = 1; u < kUsers; ++u) {  // user 0 has no past
    Rng rng(3, Stream::test, u);
    const auto counts = [&](std::uint32_t keys, std::uint32_t step) {
      std::vector<FeatureStore::Count> all;
      for (std::uint32_t key = u % step; key < keys; key += step) {
        FeatureStore::Count one;
        one.key = key;
        one.impressions = static_cast<std::uint16_t>(1 + rng.below(40));
        one.clicks = static_cast<std::uint16_t>(rng.below(one.impressions));
        if (one.clicks > 0) one.days_since_click = static_cast<std::uint16_t>(rng.below(20));
        all.push_back(one);
      }
      return all;
    };
    users[u].categories = counts(11, 2);
    users[u].shops = counts(23, 3);
    users[u].items = counts(kItems, 5);
    users[u].mean_log_price = 1.0f;
  }
  const FeatureStore store(schema, users, items, std::vector<std::vector<std::uint32_t>>(8));
  const std::vector<std::vector<int>> selections = {{0, 1, 2, 3, 4, 5, 6, 7}, {7}, {6, 2}};
  for (std::uint32_t u = 0; u < kUsers; ++u) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{5}, std::size_t{kItems}}) {
      std::vector<ItemId> candidates(count);
      std::iota(candidates.begin(), candidates.end(), 0u);
      Rng(9, Stream::test, u).shuffle(candidates);
      for (const std::vector<int>& groups : selections) {
        std::vector<std::uint32_t> rows(count * groups.size());
        cross_by_rows(store, u, candidates, groups, rows);
        std::vector<std::uint32_t> column(count);
        for (std::size_t g = 0; g < groups.size(); ++g) {
          store.cross(u, candidates, groups[g], column);
          for (std::size_t k = 0; k < count; ++k) REQUIRE(rows[k * groups.size() + g] == column[k]);
        }
      }
    }
  }
}

}  // namespace cascade
