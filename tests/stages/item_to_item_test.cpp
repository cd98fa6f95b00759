#include "stages/recall/item_to_item.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

FeatureStore::User clicked(std::vector<ItemId> newest_first) {
  FeatureStore::User user;
  user.recent_clicks = std::move(newest_first);
  return user;
}

/// Item 0 is in 3 histories, 1 in 2, 2 in 2, 3 in 1, 4 in none. Together: 0 and 1 twice, 0 and 2 once, 1 and 2 once,
/// 2 and 3 once.
FeatureStore four_users() {
  return small_store({clicked({1, 0, 0}), clicked({2, 1, 0}), clicked({0}), clicked({3, 2})},
                     std::vector<FeatureStore::Item>(5));
}

CandidateList recalled(const ItemToItemParams& params, UserId user, std::size_t quota = 10) {
  const FeatureStore store = four_users();
  const ItemToItemStage stage(params, SmallResources(store));
  CandidateBlock out;
  stage.run(requests_of({user}), nullptr, quota, out);
  REQUIRE(out.size() == 1);
  return out[0];
}

}  // namespace

TEST_CASE("item_to_item: similarities of the clicked items' neighbours are summed") {
  ItemToItemParams params;
  params.shrinkage = 1;
  // User 0 clicked 0 and 1. Neighbours of 0: 1 with 2 / (sqrt(6) + 1), 2 with 1 / (sqrt(6) + 1). Of 1: 0 with
  // 2 / (sqrt(6) + 1), 2 with 1 / (sqrt(4) + 1). So 2 gets 1 / (sqrt(6) + 1) + 1/3 = .623, 0 and 1 get .580 each.
  const CandidateList found = recalled(params, 0);
  CHECK(found.items == std::vector<ItemId>{2, 0, 1});
  CHECK(found.scores[0] == Approx(1 / (std::sqrt(6.0) + 1) + 1.0 / 3));
  CHECK(found.scores[1] == Approx(2 / (std::sqrt(6.0) + 1)));
  CHECK(found.scores[2] == found.scores[1]);
  CHECK(recalled(params, 0, 2).items == std::vector<ItemId>{2, 0});

  // Without shrinkage item 3 is to item 2 what item 1 is less: 1 / sqrt(2) against 1 / 2; with 100 both are about
  // .0098, but 3 stays ahead.
  params.shrinkage = 0;
  const CandidateList pure = recalled(params, 3);
  CHECK(pure.items == std::vector<ItemId>{2, 3, 1, 0});
  CHECK(pure.scores[0] == Approx(1 / std::sqrt(2.0)));
  CHECK(pure.scores[2] == Approx(0.5));
  CHECK(pure.scores[3] == Approx(1 / std::sqrt(6.0)));
}

TEST_CASE("item_to_item: one neighbour an item, and the newest clicks only") {
  ItemToItemParams params;
  params.shrinkage = 0;
  params.neighbours = 1;
  // The nearest of 0 is 1 (2 / sqrt(6) against 1 / sqrt(6)), of 1 it is 0.
  CHECK(recalled(params, 0).items == std::vector<ItemId>{0, 1});
  params.history = 1;  // histories are now {1}, {2}, {0}, {3}: nothing was clicked together
  CHECK(recalled(params, 1).size() == 0);
}

TEST_CASE("item_to_item: one user's sums do not reach the next, and its work is what it reads") {
  const FeatureStore store = four_users();
  const ItemToItemStage stage({}, SmallResources(store));
  CandidateBlock both;
  stage.run(requests_of({0, 1}), nullptr, 10, both);
  CandidateBlock alone;
  stage.run(requests_of({1}), nullptr, 10, alone);
  CHECK(both[1].items == alone[0].items);
  CHECK(both[1].scores == alone[0].scores);
  // Items 0, 1 and 3 have 2, 2 and 1 neighbours, item 2 has 3. The users read 4, 7, 2 and 4 of them. Making them took
  // 2 * 2 + 3 * 3 + 1 + 2 * 2 counts.
  const ScorerWork work = stage.work();
  CHECK(work.per_request.items == 17.0 / 4);
  CHECK(work.per_request.flops == 17.0 / 4);
  CHECK(work.per_request.bytes == 8 * 17.0 / 4);
  CHECK(work.index_build.flops == 18);
}

TEST_CASE("item_to_item: a store without clicks recalls nothing") {
  const FeatureStore store = small_store({clicked({})}, std::vector<FeatureStore::Item>(3));
  const ItemToItemStage stage({}, SmallResources(store));
  CandidateBlock out;
  stage.run(requests_of({0}), nullptr, 3, out);
  CHECK(out[0].size() == 0);
  CHECK(stage.work().per_request.items == 0);
}
