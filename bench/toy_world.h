#pragma once
#include <string>
#include <vector>

#include "base/rng.h"
#include "data/feature_store.h"
#include "data/logs.h"

namespace cascade::bench {

/// Sizes of made-up data: every group has one value an entity, drawn evenly, so that a batch touches as many rows as
/// it can.
struct ToySizes {
  int user_groups = 10;
  int item_groups = 10;
  std::uint32_t cardinality = 5000;
  std::uint32_t users = 50000;
  std::uint32_t items = 50000;
  bool cross = false;  ///< all the cross groups besides
};

inline FeatureStore toy_store(const ToySizes& sizes) {
  std::vector<FeatureGroup> groups;
  std::vector<std::vector<std::uint32_t>> columns;
  for (int g = 0; g < sizes.user_groups + sizes.item_groups; ++g) {
    const bool user = g < sizes.user_groups;
    FeatureGroup group;
    group.name = (user ? "user" : "item") + std::to_string(g);
    group.side = user ? Side::user : Side::item;
    group.cardinality = sizes.cardinality;
    groups.push_back(group);
    Rng rng(1, Stream::test, static_cast<std::uint64_t>(g));
    columns.emplace_back(user ? sizes.users : sizes.items);
    for (std::uint32_t& value : columns.back()) value = rng.below(sizes.cardinality);
  }
  std::vector<FeatureStore::User> users(sizes.users);
  std::vector<FeatureStore::Item> items(sizes.items);
  for (std::uint32_t i = 0; i < sizes.items; ++i) {
    Rng rng(2, Stream::test, i);
    items[i].category = rng.below(100);
    items[i].shop = rng.below(1000);
    items[i].log_price = static_cast<float>(rng.normal());
  }
  if (sizes.cross) {
    for (const FeatureGroup& group : cross_groups()) groups.push_back(group);
    columns.resize(groups.size());
    for (std::uint32_t u = 0; u < sizes.users; ++u)
      for (std::uint32_t k = 0; k < 10; ++k) {
        FeatureStore::Count count;
        count.clicks = static_cast<std::uint16_t>(k);
        count.impressions = 20;
        count.days_since_click = 2;
        count.key = (u + 7 * k) % 1000;
        users[u].items.push_back(count);
        users[u].shops.push_back(count);
        count.key = (u % 90) + k;
        users[u].categories.push_back(count);
      }
    for (auto& user : users)
      for (auto* counts : {&user.items, &user.shops})
        std::sort(counts->begin(), counts->end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  }
  return FeatureStore(FeatureSchema(groups), std::move(users), std::move(items), std::move(columns));
}

inline LogTable toy_log(const FeatureStore& store, std::size_t rows) {
  LogTable log;
  Rng rng(3, Stream::test);
  for (std::size_t row = 0; row < rows; ++row) {
    log.request.push_back(row / 10);
    log.user.push_back(rng.below(store.num_users()));
    log.item.push_back(rng.below(store.num_items()));
    log.click.push_back(rng.bernoulli(0.5) ? 1 : 0);
  }
  log.day.resize(rows);
  log.space.resize(rows);
  return log;
}

}  // namespace cascade::bench
