#include "stages/recall/user_history.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/tools/counted_items.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// 9 clicks of 98 impressions: the mean rate, with one click and two impressions more, is .1. With 20 impressions more
/// at that rate items 0..3 have 5 of 50, 4 of 40, 6 of 60 and 2 of 28.
std::vector<FeatureStore::Item> four_items() {
  return counted_items({{3, 30, 0, 0}, {2, 20, 0, 1}, {4, 40, 1, 2}, {0, 8, 1, 2}});
}

FeatureStore::Count count(std::uint32_t key, std::uint16_t clicks, std::uint16_t impressions) {
  return {key, clicks, impressions, 0};
}

double log_odds(double p) { return std::log(p / (1 - p)); }

CandidateList recalled(const FeatureStore::User& user, std::size_t quota = 10) {
  const FeatureStore store = small_store({user}, four_items());
  const UserHistoryStage stage({}, SmallResources(store));
  CandidateBlock out;
  stage.run(requests_of({0}), nullptr, quota, out);
  REQUIRE(out.size() == 1);
  return out[0];
}

}  // namespace

TEST_CASE("user_history: items of clicked categories, by their rate and the user's lifts") {
  FeatureStore::User user;
  // Rates with 20 impressions more at .1: category 0 (4 + 2) / 40 = .15, shop 0 (3 + 2) / 30 = 1/6, shop 1
  // (1 + 2) / 30 = .1, so no lift. Category 1 was shown and not clicked: none of its items.
  user.categories = {count(0, 4, 20), count(1, 0, 4)};
  user.shops = {count(0, 3, 10), count(1, 1, 10)};
  const CandidateList found = recalled(user);
  CHECK(found.items == std::vector<ItemId>{0, 1});
  // Item 0: logit(.1) + (logit(.15) - logit(.1)) + (logit(1/6) - logit(.1)).
  CHECK(found.scores[0] == Approx(log_odds(.15) + log_odds(1.0 / 6) - log_odds(.1)));
  CHECK(found.scores[1] == Approx(log_odds(.15)));
  CHECK(recalled(user, 1).items == std::vector<ItemId>{0});
}

TEST_CASE("user_history: a clicked shop brings its items where its category does not, each once") {
  FeatureStore::User user;
  user.categories = {count(1, 0, 10)};
  user.shops = {count(2, 2, 10)};
  // Category 1: (0 + 2) / 30; shop 2: (2 + 2) / 30. Item 2 has rate .1, item 3 has 2 / 28.
  const CandidateList found = recalled(user);
  REQUIRE(found.items == std::vector<ItemId>{2, 3});
  const double lifts = log_odds(2.0 / 30) + log_odds(4.0 / 30) - 2 * log_odds(.1);
  CHECK(found.scores[0] == Approx(log_odds(.1) + lifts));
  CHECK(found.scores[1] == Approx(log_odds(2.0 / 28) + lifts));
  user.categories = {count(1, 1, 10)};
  CHECK(recalled(user).items == std::vector<ItemId>{2, 3});
}

TEST_CASE("user_history: nothing clicked, nothing recalled") {
  FeatureStore::User user;
  user.categories = {count(0, 0, 5)};
  user.shops = {count(0, 0, 5)};
  CHECK(recalled(user).size() == 0);
  CHECK(recalled({}).size() == 0);
}

TEST_CASE("user_history: one user's lifts do not reach the next") {
  FeatureStore::User likes_0;
  likes_0.categories = {count(0, 5, 5)};
  FeatureStore::User likes_1;
  likes_1.categories = {count(1, 1, 10)};
  const FeatureStore store = small_store({likes_0, likes_1}, four_items());
  const UserHistoryStage stage({}, SmallResources(store));
  CandidateBlock both;
  stage.run(requests_of({0, 1}), nullptr, 10, both);
  CandidateBlock alone;
  stage.run(requests_of({1}), nullptr, 10, alone);
  CHECK(both[1].items == alone[0].items);
  CHECK(both[1].scores == alone[0].scores);
  // Users scan 2 items each, so the counted work is that of 2.
  CHECK(stage.work().per_request.items == 2);
}
