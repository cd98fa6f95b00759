#include "stages/ranking/score.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "stages/preranking/generations.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

FeatureStore two_users_three_items() {
  std::vector<FeatureStore::Item> items(3);
  items[0].bid = 2;
  items[1].bid = 1;
  items[2].bid = 4;
  return small_store(std::vector<FeatureStore::User>(2), std::move(items));
}

std::unique_ptr<Scorer> table() {
  return std::make_unique<TableScorer>(std::vector<std::vector<float>>{{0, 3, -1}, {1, 1, 1}});
}

CandidateBlock scored(Objective by, std::size_t quota) {
  const FeatureStore store = two_users_three_items();
  SmallResources resources(store);
  resources.add("m", table());
  ScoreParams params;
  params.model = "m";
  params.by = by;
  const CandidateBlock in = {{{0, 1, 2}, {9, 9, 9}, {}}, {{2, 0, 1}, {9, 9, 9}, {}}};
  CandidateBlock out;
  ScoreStage(params, resources).run(requests_of({0, 1}), &in, quota, out);
  return out;
}

}  // namespace

TEST_CASE("score by click: the model's logit orders, ties by lower id") {
  const CandidateBlock out = scored(Objective::click, 2);
  CHECK(out[0].items == std::vector<ItemId>{1, 0});
  CHECK(out[0].scores == std::vector<float>{3, 0});
  CHECK(out[1].items == std::vector<ItemId>{0, 1});
}

TEST_CASE("score by ecpm: bid x pCTR orders") {
  // User 0: 2 x .5 = 1, 1 x .9526, 4 x .2689 = 1.0758. User 1: pCTR .7311 throughout, so the bids order.
  const CandidateBlock out = scored(Objective::ecpm, 3);
  CHECK(out[0].items == std::vector<ItemId>{2, 0, 1});
  CHECK(out[0].scores[0] == Approx(4 / (1 + std::exp(1.0))));
  CHECK(out[0].scores[1] == Approx(1));
  CHECK(out[1].items == std::vector<ItemId>{2, 0, 1});
}

TEST_CASE("score: its work is its model's") {
  const FeatureStore store = two_users_three_items();
  SmallResources resources(store);
  resources.add("m", table());
  ScoreParams params;
  params.model = "m";
  const ScorerWork work = ScoreStage(params, resources).work();
  CHECK(work.per_request.flops == 10);
  CHECK(work.per_candidate.flops == 3);
}

TEST_CASE("each generation of pre-ranking wishes for its own kind of model") {
  for (const StageEntry& entry :
       {statistic_stage(), logistic_stage(), two_tower_stage(), cold_stage(), score_stage()}) {
    const auto parameters = entry.make_parameters();
    auto& params = dynamic_cast<config::ParametersOf<ScoreParams>&>(*parameters).value;
    params.model = "m";
    const std::vector<ModelUse> uses = entry.maker.models(*parameters);
    REQUIRE(uses.size() == 1);
    CHECK(uses[0].path == "model");
    CHECK(uses[0].model == "m");
    CHECK(uses[0].kind == (entry.name == "score" ? "" : entry.name));
    CHECK(entry.maker.place == StagePlace::candidates);

    const FeatureStore store = two_users_three_items();
    SmallResources resources(store);
    resources.add("m", table());
    const CandidateBlock in = {{{0, 1, 2}, {9, 9, 9}, {}}};
    CandidateBlock out;
    entry.maker.make(*parameters, resources)->run(requests_of({0}), &in, 1, out);
    CHECK(out[0].items == std::vector<ItemId>{1});
  }
}
