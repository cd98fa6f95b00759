#include "stages/recall/popular.h"

#include <catch2/catch.hpp>

#include "tests/tools/counted_items.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Items 0..3 with 10 of 100, 8 of 20, 12 of 400 and 0 of 0 clicks.
std::vector<FeatureStore::Item> four_items() { return counted_items({{10, 100}, {8, 20}, {12, 400}, {0, 0}}); }

CandidateList recalled(PopularBy by, double prior, std::size_t quota) {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(2), four_items());
  PopularParams params;
  params.by = by;
  params.prior_impressions = prior;
  const PopularStage stage(params, SmallResources(store));
  CandidateBlock out;
  stage.run(requests_of({1, 0}), nullptr, quota, out);
  REQUIRE(out.size() == 2);
  CHECK(out[0].items == out[1].items);
  return out[0];
}

}  // namespace

TEST_CASE("popular: the most clicked and the most shown") {
  CHECK(recalled(PopularBy::clicks, 100, 4).items == std::vector<ItemId>{2, 0, 1, 3});
  CHECK(recalled(PopularBy::clicks, 100, 2).scores == std::vector<float>{12, 10});
  CHECK(recalled(PopularBy::impressions, 100, 3).items == std::vector<ItemId>{2, 0, 1});
}

TEST_CASE("popular: the best rated, smoothed by the mean rate") {
  // Mean rate 30 / 520; with 100 impressions more at that rate, 5.769 clicks:
  // 15.769 / 200 = .0788, 13.769 / 120 = .1147, 17.769 / 500 = .0355, 5.769 / 100 = .0577.
  const CandidateList best = recalled(PopularBy::rate, 100, 4);
  CHECK(best.items == std::vector<ItemId>{1, 0, 3, 2});
  CHECK(best.scores[0] == Approx(13.769230769 / 120));
  CHECK(best.scores[2] == Approx(30.0 / 520));
  // Unsmoothed .1, .4, .03; an item that was never shown counts as 0.
  CHECK(recalled(PopularBy::rate, 0, 4).items == std::vector<ItemId>{1, 0, 2, 3});
}

TEST_CASE("popular: equals come by lower id, a quota beyond the catalogue is the catalogue") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), counted_items({{1, 2}, {5, 6}, {1, 9}}));
  const PopularStage stage({}, SmallResources(store));
  CandidateBlock out;
  stage.run(requests_of({0}), nullptr, 100, out);
  CHECK(out[0].items == std::vector<ItemId>{1, 0, 2});
}
