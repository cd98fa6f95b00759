#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "data/cross_features.h"
#include "tests/world/worlds.h"

using namespace cascade;

namespace {

/// Counts by going through the user's past once more.
FeatureStore::Count count_where(const std::vector<HistoryEvent>& past,
                                const std::function<bool(const HistoryEvent&)>& counts) {
  FeatureStore::Count count;
  for (const HistoryEvent& event : past) {
    if (!counts(event)) continue;
    ++count.impressions;
    if (!event.click) continue;
    ++count.clicks;
    count.days_since_click = std::min(count.days_since_click, event.days_ago);
  }
  return count;
}

}  // namespace

TEST_CASE("cross features count the histories") {
  const World world(testing::tiny_params(), 6);
  const FeatureStore& store = world.features();
  const std::vector<FeatureGroup> groups = cross_groups();
  std::vector<ItemId> items;
  for (ItemId i = 0; i < 1500; i += 7) items.push_back(i);
  std::vector<std::uint32_t> column(items.size());
  for (UserId u = 0; u < 120; u += 5) {
    const std::vector<HistoryEvent> past = world.history(u);
    double price_sum = 0;
    double clicks = 0;
    for (const HistoryEvent& event : past) {
      price_sum += event.click ? store.item(event.item).log_price : 0;
      clicks += event.click;
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto kind = static_cast<CrossKind>(g);
      store.cross(u, items, store.schema().find(groups[g].name), column);
      for (std::size_t k = 0; k < items.size(); ++k) {
        const FeatureStore::Item& item = store.item(items[k]);
        std::uint32_t expected = 0;
        switch (kind) {
          case CrossKind::clicks_category:
          case CrossKind::rate_category:
          case CrossKind::days_category:
            expected = cross_bucket(kind, count_where(past, [&](const HistoryEvent& e) {
                                      return store.item(e.item).category == item.category;
                                    }));
            break;
          case CrossKind::clicks_shop:
          case CrossKind::rate_shop:
          case CrossKind::days_shop:
            expected = cross_bucket(
                kind, count_where(past, [&](const HistoryEvent& e) { return store.item(e.item).shop == item.shop; }));
            break;
          case CrossKind::times_shown:
            expected = cross_bucket(kind, count_where(past, [&](const HistoryEvent& e) {
                                      return e.item == items[k] && e.days_ago < FeatureStore::kShownDays;
                                    }));
            break;
          case CrossKind::price_gap:
            expected = price_gap_bucket(
                item.log_price - (clicks > 0 ? static_cast<float>(price_sum / clicks) : store.user(u).mean_log_price));
            break;
        }
        REQUIRE(column[k] == expected);
        REQUIRE(column[k] < groups[g].cardinality);
      }
    }
  }
}

TEST_CASE("the store sums up exactly the histories that the world tells") {
  const WorldParams params = testing::tiny_params();
  const World world(params, 7);
  const FeatureStore& store = world.features();
  std::vector<float> impressions(store.num_items(), 0);
  std::vector<float> clicks(store.num_items(), 0);
  double all_clicks = 0;
  for (UserId u = 0; u < store.num_users(); ++u) {
    const std::vector<HistoryEvent> past = world.history(u);
    std::vector<ItemId> clicked;
    for (const HistoryEvent& event : past) {
      REQUIRE(event.days_ago < params.history_days);
      impressions[event.item] += 1;
      clicks[event.item] += event.click;
      if (event.click) clicked.insert(clicked.begin(), event.item);
    }
    all_clicks += static_cast<double>(clicked.size());
    CHECK(std::is_sorted(past.begin(), past.end(),
                         [](const HistoryEvent& a, const HistoryEvent& b) { return a.days_ago > b.days_ago; }));
    if (clicked.size() > FeatureStore::kSequence) clicked.resize(FeatureStore::kSequence);
    CHECK(store.user(u).recent_clicks == clicked);
    // The multi-hot group: categories of the latest clicks, padded.
    const int group = store.schema().find("recent_categories");
    const std::span<const std::uint32_t> recent = store.values(group, u);
    for (std::size_t k = 0; k < recent.size(); ++k)
      CHECK(recent[k] == (k < clicked.size() ? store.item(clicked[k]).category : kNoValue));
  }
  for (ItemId i = 0; i < store.num_items(); ++i) {
    CHECK(store.item(i).impressions == impressions[i]);
    CHECK(store.item(i).clicks == clicks[i]);
  }
  // Clicks a user: about history_clicks; early exposures know less of the user than the calibrated ones.
  const double a_user = all_clicks / static_cast<double>(store.num_users());
  CHECK(a_user > 0.5 * params.history_clicks);
  CHECK(a_user < 1.8 * params.history_clicks);
}

TEST_CASE("new items are shown only since they were listed") {
  WorldParams params = testing::tiny_params();
  params.new_items_a_day = 0.05;
  const World world(params, 8);
  const FeatureStore& store = world.features();
  const std::span<const std::uint32_t> age = store.column(store.schema().find("item_age"));
  std::size_t early = 0;
  std::size_t shown = 0;
  for (UserId u = 0; u < store.num_users(); ++u) {
    for (const HistoryEvent& event : world.history(u)) {
      // Bucket b: ages 2^(b-1) .. 2^b - 1 days.
      if (event.days_ago > (1u << age[event.item]) - 1) ++early;
      ++shown;
    }
  }
  CHECK(shown > 10000);
  CHECK(early == 0);
}
