#include "engine/environment.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

void train(Universe& universe, const std::vector<Scenario>& scenarios, int init = 0) {
  std::vector<const Scenario*> pointers;
  for (const Scenario& s : scenarios) pointers.push_back(&s);
  universe.train_all(pointers, init, {});
}

}  // namespace

TEST_CASE("logs, models and stages are made once, however many variants share them") {
  const std::vector<Scenario> scenarios = {tiny_scenario(),
                                           tiny_scenario({"funnel.preranking.keep=9", "funnel.preranking.name=other"}),
                                           tiny_scenario({"models.linear.init=0.2"})};
  Universe universe(scenarios[0].world, 3);
  train(universe, scenarios);
  CHECK(&universe.logs(scenarios[0], {}) == &universe.logs(scenarios[1], {}));
  CHECK(&universe.model(scenarios[0], "linear", 0) == &universe.model(scenarios[1], "linear", 0));
  CHECK(&universe.model(scenarios[0], "linear", 0) != &universe.model(scenarios[2], "linear", 0));
  CHECK(&universe.model(scenarios[0], "towers", 0) == &universe.model(scenarios[2], "towers", 0));
  const auto a = universe.fit(scenarios[0], 0);
  const auto b = universe.fit(scenarios[1], 0);
  const auto c = universe.fit(scenarios[2], 0);
  for (std::size_t j = 0; j < 3; ++j) CHECK(a[j].stage == b[j].stage);
  CHECK(a[0].stage == c[0].stage);
  CHECK(a[2].stage != c[2].stage);
  CHECK(a[2].key != c[2].key);
  CHECK(a[0].scoring == nullptr);
  CHECK(a[1].scoring == a[1].stage.get());
}

TEST_CASE("other logs make other models") {
  const std::vector<Scenario> scenarios = {tiny_scenario(), tiny_scenario({"logs.policy.explore=0.9"})};
  Universe universe(scenarios[0].world, 3);
  train(universe, scenarios);
  CHECK(&universe.logs(scenarios[0], {}) != &universe.logs(scenarios[1], {}));
  CHECK(&universe.model(scenarios[0], "popular", 0) != &universe.model(scenarios[1], "popular", 0));
}

TEST_CASE("only models that a funnel uses are trained, those of its channels too") {
  const Scenario scenario =
      tiny_scenario({"funnel.recall={kind: multi_channel, keep: 80, channels: [{name: a, keep: 60, kind: "
                     "exact_inner_product, model: towers}]}",
                     "funnel.ranking={kind: score, model: popular, keep: 5}"});
  CHECK(Universe::used_models(scenario) == std::vector<std::string>{"towers", "popular"});
  Universe universe(scenario.world, 3);
  train(universe, {scenario});
  CHECK_THROWS_AS(universe.model(scenario, "linear", 0), InternalError);
  CHECK_THROWS_AS(universe.model(scenario, "towers", 1), InternalError);
}

TEST_CASE("one model under two names is the same numbers; another initialisation is not") {
  const Scenario scenario =
      tiny_scenario({"models.again={kind: logistic}", "funnel.preranking={kind: score, model: again, keep: 20}"});
  Universe universe(scenario.world, 3);
  train(universe, {scenario});
  train(universe, {scenario}, 1);
  const std::vector<ItemId> items = {3, 1, 4};
  const CandidateFeatures features(universe.world().features(), 5, items);
  const auto logits = [&](const std::string& name, int init) {
    std::vector<float> out(3);
    universe.model(scenario, name, init).scorer->score(features, out);
    return out;
  };
  CHECK(logits("linear", 0) == logits("again", 0));
  CHECK(logits("linear", 0) != logits("linear", 1));
  CHECK(universe.model(scenario, "linear", 0).summary.samples == 1000);
}
