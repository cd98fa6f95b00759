#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/real.h"
#include "base/rng.h"
#include "data/feature_store.h"
#include "data/logs.h"

namespace cascade::toy {

/// A hand-made store and log: every side, single and multi-hot groups, padded and empty values.
struct Data {
  FeatureStore store;
  LogTable log;
};

inline FeatureGroup group(std::string name, Side side, std::uint32_t cardinality, int max_values = 1) {
  FeatureGroup g;
  g.name = std::move(name);
  g.side = side;
  g.cardinality = cardinality;
  g.max_values = max_values;
  g.flops = 2;
  g.bytes = 4;
  return g;
}

inline FeatureSchema schema(std::uint32_t users, std::uint32_t items) {
  std::vector<FeatureGroup> groups = {
      group("user_id", Side::user, users), group("segment", Side::user, 4),  group("recent", Side::user, 5, 3),
      group("item_id", Side::item, items), group("category", Side::item, 5), group("tags", Side::item, 6, 2),
  };
  for (FeatureGroup cross : cross_groups())
    if (cross.name == "clicks_category" || cross.name == "price_gap") {
      cross.flops = 3;
      cross.bytes = 8;
      groups.push_back(cross);
    }
  groups.push_back(group("dwell", Side::privileged, 4));
  return FeatureSchema(groups);
}

/// A user's values follow from its id: user u is of segment u % 4 and has u % 4 recent categories and clicks (none for
/// some).
inline FeatureStore store(std::uint32_t users, std::uint32_t items) {
  std::vector<std::vector<std::uint32_t>> columns(9);
  std::vector<FeatureStore::User> user_facts(users);
  std::vector<FeatureStore::Item> item_facts(items);
  for (std::uint32_t u = 0; u < users; ++u) {
    columns[0].push_back(u);
    columns[1].push_back(u % 4);
    for (std::uint32_t j = 0; j < 3; ++j) columns[2].push_back(j < u % 4 ? (u + 2 * j) % 5 : kNoValue);
    FeatureStore::Count count;
    count.key = u % 5;
    count.clicks = static_cast<std::uint16_t>(u % 7);
    count.impressions = 10;
    count.days_since_click = 1;
    user_facts[u].categories = {count};
    for (std::uint32_t j = 0; j < u % 4; ++j) user_facts[u].recent_clicks.push_back((3 * u + 7 * j) % items);
    user_facts[u].mean_log_price = 0.1f * static_cast<float>(u % 9);
  }
  for (std::uint32_t i = 0; i < items; ++i) {
    columns[3].push_back(i);
    columns[4].push_back(i % 5);
    columns[5].push_back(i % 6);
    columns[5].push_back(i % 2 == 0 ? (i + 1) % 6 : kNoValue);
    item_facts[i].category = i % 5;
    item_facts[i].log_price = 0.2f * static_cast<float>(i % 6);
    item_facts[i].impressions = 20;
    item_facts[i].clicks = static_cast<float>(i % 4);
  }
  return FeatureStore(schema(users, items), user_facts, item_facts, columns);
}

/// Logit of a click that user and item ids explain: a product of their latents and a liked category.
inline double true_logit(UserId u, ItemId i) {
  const double a = u % 2 == 0 ? 1.0 : -1.0;
  const double b = i % 3 == 0 ? 1.0 : -1.0;
  return -0.5 + 1.5 * a * b + (u % 5 == i % 5 ? 1.0 : 0.0);
}

/// `requests` pages of `page` rows; every fifth page has its last row unexposed. Days 0, 1, 2 by turns of thirds.
inline LogTable log(const FeatureStore& store, std::size_t requests, std::size_t page, std::uint64_t seed) {
  LogTable table;
  table.cross.resize(2);
  table.privileged.resize(1);
  for (std::size_t q = 0; q < requests; ++q) {
    Rng rng(seed, Stream::test, q);
    const UserId user = rng.below(store.num_users());
    for (std::size_t p = 0; p < page; ++p) {
      const ItemId item = rng.below(store.num_items());
      const bool exposed = q % 5 != 0 || p + 1 < page;
      const bool click = exposed && rng.uniform() < sigmoid(true_logit(user, item));
      table.request.push_back(q);
      table.user.push_back(user);
      table.item.push_back(item);
      table.day.push_back(static_cast<std::uint16_t>(3 * q / requests));
      table.position.push_back(static_cast<std::uint16_t>(exposed ? p : 0));
      table.space.push_back(exposed ? Space::exposed : Space::ranked);
      table.score.push_back(0);
      table.click.push_back(click ? 1 : 0);
      table.convert.push_back(0);
      table.dwell_s.push_back(click ? 10.0f : 0.0f);
      for (int c = 0; c < 2; ++c) {
        std::uint32_t value = 0;
        store.cross(user, {&item, 1}, 6 + c, {&value, 1});
        table.cross[static_cast<std::size_t>(c)].push_back(static_cast<std::uint8_t>(value));
      }
      table.privileged[0].push_back(static_cast<std::uint8_t>(click ? 1 + rng.below(3) : 0));
    }
  }
  return table;
}

inline Data data(std::uint32_t users = 40, std::uint32_t items = 60, std::size_t requests = 200, std::size_t page = 8,
                 std::uint64_t seed = 1) {
  FeatureStore facts = store(users, items);
  LogTable table = log(facts, requests, page, seed);
  return {std::move(facts), std::move(table)};
}

}  // namespace cascade::toy
