#include "world/params.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "tests/world/worlds.h"

using namespace cascade;

TEST_CASE("parameters that do not fit together are named") {
  WorldParams params = testing::tiny_params();
  CHECK(params.faults().empty());
  params.shops = 5;
  params.liked_categories = 13;
  params.value = Value::ecpm;
  const auto faults = params.faults();
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].first == "shops");
  CHECK(faults[0].second == "every category needs a shop: must be at least categories = 12, got 5");
  CHECK(faults[1].second == "must be at most categories = 12, got 13");
  CHECK(faults[2].second == "ecpm is bid x P(click): it needs bids: true");
  CHECK_THROWS_AS(World(params, 1), InputError);
}

TEST_CASE("memory is estimated without a world") {
  WorldParams params;
  const double small = World::memory_bytes(params);
  CHECK(small > 50e6);
  CHECK(small < 400e6);
  params.users = 4000000000;
  CHECK(World::memory_bytes(params) > 1e12);
  CHECK(World::schema(params).find("user_id") == 0);
}

TEST_CASE("an unusual world can be made") {
  WorldParams params = testing::tiny_params();
  SECTION("a single item and user") {
    params.users = params.items = 1;
    params.categories = params.shops = params.segments = 1;
    params.liked_categories = params.liked_shops = 1;
  }
  SECTION("no history, no likes, no content codes") {
    params.history_clicks = 0;
    params.liked_categories = params.liked_shops = 0;
    params.content_codes = 0;
  }
  SECTION("more shops than items, more codes than components") {
    params.items = 30;
    params.content_codes = 11;
    params.dim = 3;
  }
  SECTION("no new items, all latents own") {
    params.new_items_a_day = 0;
    params.item_own = params.user_own = 1;
    params.shop_quality_share = 1;
    params.truth.intent_on_conversion = 0;
  }
  const World world(params, 3);
  const WorldValidity validity = world.validity();
  CHECK(validity.click_rate > 0.01);
  CHECK(validity.click_rate < 0.3);
  std::vector<std::vector<ScoredItem>> best(1);
  const Request request = world.request(0, 0, 0);
  world.top_by_value(std::span(&request, 1), 1, best);
  CHECK(best[0].size() == 1);
}

TEST_CASE("validity shares add up") {
  const World world(testing::tiny_params(), 50);
  const WorldValidity validity = world.validity();
  double sum = 0;
  for (const auto& [term, share] : validity.eta_variance_share) sum += share;
  CHECK(sum == Approx(1).margin(1e-3));
  CHECK(validity.popularity_gini > 0.2);
  CHECK(validity.popularity_gini < 0.95);
  CHECK(validity.saturated_share < 0.01);
}
