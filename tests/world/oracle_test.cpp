#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/world/worlds.h"

using namespace cascade;

namespace {

/// The whole catalogue one item at a time, sorted.
std::vector<ScoredItem> sorted_catalogue(const World& world, const Request& request) {
  std::vector<ScoredItem> all;
  for (ItemId item = 0; item < world.features().num_items(); ++item) {
    float value = 0;
    world.true_value(request, std::span<const ItemId>(&item, 1), std::span<float>(&value, 1));
    all.push_back({value, item});
  }
  std::sort(all.begin(), all.end(), ranks_before);
  return all;
}

}  // namespace

TEST_CASE("the tiled oracle finds what a search item by item finds, bit for bit") {
  const Value kind = GENERATE(Value::click, Value::conversion, Value::ecpm, Value::gmv);
  WorldParams params = testing::tiny_params();
  params.value = kind;
  params.bids = kind == Value::ecpm;
  params.truth.whim = kind == Value::click || kind == Value::gmv ? 0.8 : 0.0;
  const World world(params, 11);
  constexpr std::size_t kTop = 40;
  std::vector<Request> requests;
  for (std::uint64_t index = 0; index < 70; ++index) requests.push_back(world.request(0, index, 1));
  std::vector<std::vector<ScoredItem>> best(requests.size());
  world.top_by_value(requests, kTop, best);
  for (std::size_t r = 0; r < requests.size(); ++r) {
    const std::vector<ScoredItem> expected = sorted_catalogue(world, requests[r]);
    REQUIRE(best[r].size() == kTop);
    for (std::size_t k = 0; k < kTop; ++k) {
      REQUIRE(best[r][k].item == expected[k].item);
      REQUIRE(best[r][k].score == expected[k].score);
    }
  }
}

TEST_CASE("where all logits are alike the oracle still orders by value, then by id") {
  WorldParams params = testing::tiny_params();
  const bool saturated = GENERATE(false, true);
  params.truth = TruthParams{};
  params.truth.quality = params.truth.latent = params.truth.category = params.truth.shop = params.truth.price = 0;
  params.truth.cross = 0;
  if (saturated) {
    params.truth.quality = 0.01;
    params.truth.base_click_rate = 0.9999;
  }
  params.history_clicks = 1;
  const World world(params, 4);
  const Request request = world.request(0, 5, 1);
  std::vector<std::vector<ScoredItem>> best(1);
  world.top_by_value(std::span(&request, 1), 25, best);
  const std::vector<ScoredItem> expected = sorted_catalogue(world, request);
  for (std::size_t k = 0; k < 25; ++k) {
    REQUIRE(best[0][k].item == expected[k].item);
    REQUIRE(best[0][k].score == expected[k].score);
  }
}

TEST_CASE("a top longer than the catalogue is the whole catalogue") {
  WorldParams params = testing::tiny_params();
  params.items = 77;
  const World world(params, 2);
  const Request request = world.request(0, 0, 0);
  std::vector<std::vector<ScoredItem>> best(1);
  world.top_by_value(std::span(&request, 1), 1000, best);
  CHECK(best[0].size() == 77);
  world.top_by_value(std::span(&request, 1), 0, best);
  CHECK(best[0].empty());
}
