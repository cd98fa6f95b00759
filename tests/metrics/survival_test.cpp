#include "metrics/survival.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace cascade;

namespace {
using Items = std::vector<ItemId>;
}

TEST_CASE("survival of the oracle's items by hand") {
  // oracle 1 2 3 4; recall keeps 1 2 4, ranking 4 9, page 9: item 3 dies in recall, 1 and 2 in ranking, 4 on the page
  const std::vector<Items> kept = {{4, 1, 9, 2}, {9, 4}, {9}};
  const OracleSurvival s(Items{1, 2, 3, 4}, kept);
  CHECK(std::vector<int>(s.depths().begin(), s.depths().end()) == std::vector<int>{1, 1, 0, 2});
  CHECK(s.joint_recall(4, 0) == 0.75);
  CHECK(s.joint_recall(4, 1) == 0.25);
  CHECK(s.lost(4, 0) == 0.25);
  CHECK(s.lost(4, 1) == 0.5);
  CHECK(s.stage_recall(4, 1) == Approx(1.0 / 3).epsilon(1e-15));
  CHECK(s.stage_recall(4, 2) == 0.0);
  CHECK(s.joint_recall(2, 0) == 1.0);
  CHECK(std::isnan(s.stage_recall(2, 2)));  // neither 1 nor 2 came to the page
}

TEST_CASE("k beyond the catalogue is cut to it") {
  const std::vector<Items> kept = {{1}};
  const OracleSurvival s(Items{1, 2}, kept);
  CHECK(s.joint_recall(10, 0) == 0.5);
  CHECK(s.lost(10, 0) + s.joint_recall(10, 0) == 1.0);
}

TEST_CASE("alone recall counts against what recall returned") {
  CHECK(alone_recall(Items{1, 8}, Items{1, 2, 8, 9}, Items{1, 2, 3}) == 0.5);
  CHECK(std::isnan(alone_recall(Items{8}, Items{8, 9}, Items{1})));
}

TEST_CASE("lost over the stages and the last joint recall add up to one") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    Items oracle;
    for (ItemId item = 0; item < 30; ++item)
      if (random() % 2 == 0) oracle.push_back(item);
    oracle.push_back(31);
    std::vector<Items> kept(4);
    Items before;
    for (ItemId item = 0; item < 32; ++item) before.push_back(item);
    for (Items& stage : kept) {
      for (ItemId item : before)
        if (random() % 4 != 0) stage.push_back(item);
      before = stage;
    }
    const OracleSurvival s(oracle, kept);
    for (std::size_t k : {1u, 5u, 10u, 100u}) {
      double sum = s.joint_recall(k, 3);
      for (int stage = 0; stage < 4; ++stage) sum += s.lost(k, stage);
      REQUIRE(std::fabs(sum - 1) < 1e-12);
      for (int stage = 1; stage < 4; ++stage) REQUIRE(s.joint_recall(k, stage) <= s.joint_recall(k, stage - 1));
    }
  }
}
