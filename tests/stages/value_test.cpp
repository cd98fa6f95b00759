#include "stages/ranking/value.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/real.h"
#include "models/tasks.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Three items at 10, 40 and 5 a piece; bids 2, 1, 4.
FeatureStore three_items() {
  std::vector<FeatureStore::Item> items(3);
  const std::vector<double> prices = {10, 40, 5};
  const std::vector<float> bids = {2, 1, 4};
  for (std::size_t i = 0; i < 3; ++i) {
    items[i].log_price = static_cast<float>(std::log(prices[i]));
    items[i].bid = bids[i];
  }
  return small_store(std::vector<FeatureStore::User>(1), std::move(items));
}

const std::vector<float> kClicks = {static_cast<float>(std::log(0.5 / 0.5)), static_cast<float>(std::log(0.2 / 0.8)),
                                    static_cast<float>(std::log(0.4 / 0.6))};
const std::vector<float> kConversions = {static_cast<float>(std::log(0.1 / 0.9)),
                                         static_cast<float>(std::log(0.1 / 0.9)),
                                         static_cast<float>(std::log(0.5 / 0.5))};

class BothScorer final : public MultiTaskScorer {
 public:
  void score(const CandidateFeatures& x, std::span<float> logits) const override { score_tasks(x, logits, {}); }
  void score_tasks(const CandidateFeatures& x, std::span<float> click, std::span<float> conversion) const override {
    for (std::size_t k = 0; k < x.items().size(); ++k) {
      if (!click.empty()) click[k] = kClicks[x.items()[k]];
      if (!conversion.empty()) conversion[k] = kConversions[x.items()[k]];
    }
  }
  ScorerWork work() const override { return {{0, 1, 1}, {1, 5, 6}, {}}; }
};

CandidateList ordered(Objective by, bool two_models) {
  const FeatureStore store = three_items();
  SmallResources resources(store);
  resources.add("click", std::make_unique<TableScorer>(std::vector<std::vector<float>>{kClicks}));
  resources.add("conversion", std::make_unique<TableScorer>(std::vector<std::vector<float>>{kConversions}));
  resources.add("both", std::make_unique<BothScorer>());
  ValueParams params;
  params.by = by;
  params.model = !two_models ? "both" : by == Objective::after_click ? "conversion" : "click";
  if (two_models && (by == Objective::conversion || by == Objective::gmv)) params.conversion_model = "conversion";
  const CandidateBlock in = {{{0, 1, 2}, {9, 9, 9}, {}}};
  CandidateBlock out;
  ValueStage(params, resources).run(requests_of({0}), &in, 3, out);
  return out[0];
}

std::vector<ModelUse> uses_of(const std::string& conversion_model, Objective by) {
  const StageEntry entry = value_stage();
  const auto parameters = entry.make_parameters();
  auto& params = dynamic_cast<config::ParametersOf<ValueParams>&>(*parameters).value;
  params = {"m", conversion_model, by};
  return entry.maker.models(*parameters);
}

}  // namespace

TEST_CASE("value: each objective by hand, from two models or from one") {
  // pCTR .5 .2 .4, pCVR .1 .1 .5, prices 10 40 5, bids 2 1 4:
  //   click 0 2 1;  ecpm 1, .2, 1.6: 2 0 1;  conversion .05 .02 .2: 2 0 1;  gmv .5 .8 1.0: 2 1 0;
  //   after_click: 2, then the tie of 0 and 1 by the lower id.
  for (const bool two_models : {true, false}) {
    INFO((two_models ? "two models" : "one model"));
    CHECK(ordered(Objective::click, two_models).items == std::vector<ItemId>{0, 2, 1});
    CHECK(ordered(Objective::ecpm, two_models).items == std::vector<ItemId>{2, 0, 1});
    const CandidateList conversion = ordered(Objective::conversion, two_models);
    CHECK(conversion.items == std::vector<ItemId>{2, 0, 1});
    CHECK(conversion.scores[1] == Approx(0.05));
    const CandidateList gmv = ordered(Objective::gmv, two_models);
    CHECK(gmv.items == std::vector<ItemId>{2, 1, 0});
    CHECK(gmv.scores[0] == Approx(1.0));
    CHECK(gmv.scores[1] == Approx(0.8));
    CHECK(gmv.scores[2] == Approx(0.5));
    const CandidateList after = ordered(Objective::after_click, two_models);
    CHECK(after.items == std::vector<ItemId>{2, 0, 1});
    CHECK(after.scores[0] == Approx(0).margin(1e-6));
  }
}

TEST_CASE("value: two models are both paid for, for each candidate once") {
  const FeatureStore store = three_items();
  SmallResources resources(store);
  resources.add("m", std::make_unique<TableScorer>(std::vector<std::vector<float>>{kClicks}));
  resources.add("n", std::make_unique<TableScorer>(std::vector<std::vector<float>>{kConversions}));
  const ScorerWork two = ValueStage({"m", "n", Objective::gmv}, resources).work();
  CHECK(two.per_candidate.flops == 6);
  CHECK(two.per_candidate.items == 1);
  CHECK(two.per_request.bytes == 40);
  const ScorerWork one = ValueStage({"m", "", Objective::click}, resources).work();
  CHECK(one.per_candidate.flops == 3);
}

TEST_CASE("value: what each objective wants its models to have learned") {
  using Names = std::vector<std::string>;
  CHECK(uses_of("", Objective::click)[0].estimates == Names{"click"});
  CHECK(uses_of("", Objective::gmv)[0].estimates == Names{"click", "conversion"});
  CHECK(uses_of("", Objective::after_click)[0].estimates == Names{"conversion"});
  const auto two = uses_of("n", Objective::conversion);
  REQUIRE(two.size() == 2);
  CHECK(two[0].estimates == Names{"click"});
  CHECK(two[1].path == "conversion_model");
  CHECK(two[1].estimates == Names{"conversion"});
}
