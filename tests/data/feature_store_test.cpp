#include "data/feature_store.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "data/cross_features.h"
#include "data/history.h"

using namespace cascade;

namespace {

// Four items: two shops in category 0, one in category 1.
const std::vector<FeatureStore::Item> kItems{
    {0, 0, 1.0f, 1, 0, 0}, {0, 0, 2.0f, 1, 0, 0}, {0, 1, 3.0f, 1, 0, 0}, {1, 2, 4.0f, 1, 0, 0}};

FeatureStore::User summarize(const std::vector<HistoryEvent>& events) {
  HistorySummary summary(kItems, 2, 3, 2.5f);
  static_cast<void>(summary.summarize(events));  // leaves nothing behind
  return summary.summarize(events);
}

}  // namespace

TEST_CASE("a history is summed up by category, shop and item") {
  const FeatureStore::User user =
      summarize({{0, 9, true}, {1, 5, false}, {3, 2, true}, {2, 1, false}, {1, 0, true}, {1, 0, false}});
  REQUIRE(user.categories.size() == 2);
  CHECK(user.categories[0].key == 0);
  CHECK(user.categories[0].clicks == 2);
  CHECK(user.categories[0].impressions == 5);
  CHECK(user.categories[0].days_since_click == 0);
  CHECK(user.categories[1].days_since_click == 2);
  REQUIRE(user.shops.size() == 3);
  CHECK(user.shops[1].clicks == 0);
  CHECK(user.shops[1].days_since_click == 0xFFFF);
  // The last three days: item 3 two days ago, item 2 yesterday, item 1 twice today.
  REQUIRE(user.items.size() == 3);
  CHECK(user.items[0].key == 1);
  CHECK(user.items[0].impressions == 2);
  CHECK(user.items[2].key == 3);
  CHECK(user.recent_clicks == std::vector<ItemId>{1, 3, 0});
  CHECK(user.mean_log_price == Approx((1.0 + 4.0 + 2.0) / 3));
}

TEST_CASE("nobody's history: the mean price stands in") {
  const FeatureStore::User user = summarize({});
  CHECK(user.mean_log_price == 2.5f);
  CHECK(user.categories.empty());
}

TEST_CASE("buckets by hand") {
  const auto count = [](std::uint16_t clicks, std::uint16_t impressions, std::uint16_t days) {
    FeatureStore::Count one;
    one.clicks = clicks;
    one.impressions = impressions;
    one.days_since_click = days;
    return one;
  };
  CHECK(cross_bucket(CrossKind::clicks_category, count(0, 5, 0xFFFF)) == 0);
  CHECK(cross_bucket(CrossKind::clicks_category, count(4, 5, 0)) == 3);
  CHECK(cross_bucket(CrossKind::clicks_shop, count(60, 90, 0)) == 7);
  CHECK(cross_bucket(CrossKind::rate_shop, count(0, 0, 0xFFFF)) == 0);
  // (0 + 1) / (20 + 20) = 0.025: the third step.
  CHECK(cross_bucket(CrossKind::rate_shop, count(0, 20, 0xFFFF)) == 4);
  CHECK(cross_bucket(CrossKind::days_shop, count(0, 20, 0xFFFF)) == 0);
  CHECK(cross_bucket(CrossKind::days_shop, count(1, 20, 0)) == 1);
  CHECK(cross_bucket(CrossKind::days_shop, count(1, 20, 4)) == 4);
  CHECK(cross_bucket(CrossKind::times_shown, count(0, 3, 0)) == 3);
  CHECK(price_gap_bucket(0.0f) == 8);
  CHECK(price_gap_bucket(-0.1f) == 7);
  CHECK(price_gap_bucket(-9.0f) == 0);
  CHECK(price_gap_bucket(9.0f) == 15);
  CHECK_THROWS_AS(cross_bucket(CrossKind::price_gap, count(0, 0, 0)), InternalError);
}

TEST_CASE("cross features are the same one by one and in bulk, and CandidateFeatures keeps them") {
  FeatureSchema schema(cross_groups());
  std::vector<FeatureStore::User> users{
      summarize({{0, 9, true}, {1, 5, false}, {3, 2, true}, {2, 1, false}, {1, 0, true}, {1, 0, false}})};
  const FeatureStore store(schema, users, kItems, std::vector<std::vector<std::uint32_t>>(8));
  std::vector<ItemId> many;
  for (int k = 0; k < 100; ++k) many.push_back(static_cast<ItemId>(k % 4));
  const CandidateFeatures candidates(store, 0, many);
  for (int g = 0; g < schema.size(); ++g) {
    const std::span<const std::uint32_t> column = candidates.cross(g);
    CHECK(column.data() == candidates.cross(g).data());
    for (std::size_t k = 0; k < many.size(); ++k) {
      std::uint32_t alone = 0;
      store.cross(0, std::span<const ItemId>(&many[k], 1), g, std::span<std::uint32_t>(&alone, 1));
      CHECK(column[k] == alone);
    }
  }
}

TEST_CASE("a store refuses columns of another size and unknown cross groups") {
  FeatureSchema schema({{"user_id", Side::user, 10, 2, 0, 0, ""}});
  CHECK_THROWS_AS(FeatureStore(schema, std::vector<FeatureStore::User>(3), kItems, {std::vector<std::uint32_t>(5)}),
                  InternalError);
  FeatureSchema unknown({{"moon", Side::cross, 10, 1, 0, 0, ""}});
  CHECK_THROWS_AS(FeatureStore(unknown, {}, kItems, std::vector<std::vector<std::uint32_t>>(1)), InternalError);
  const FeatureStore store(schema, std::vector<FeatureStore::User>(3), kItems, {{0, 1, 2, 3, 4, 5}});
  CHECK(store.values(0, 1)[1] == 3);
}
