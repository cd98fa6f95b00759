#include "engine/environment.h"

#include <catch2/catch.hpp>
#include <mutex>
#include <utility>

#include "base/errors.h"
#include "tests/tools/tiny_scenario.h"
#include "train/tasks.h"

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

TEST_CASE("models that choose their groups by the same weights share the training that makes these") {
  const auto chooses = [](const std::string& more) {
    return tiny_scenario({"models.linear={kind: cold, hidden: [8], " + more + "}", "funnel.preranking.model=linear"});
  };
  const auto trainings = [](const std::vector<Scenario>& scenarios) {
    Universe universe(scenarios[0].world, 3);
    std::vector<const Scenario*> pointers;
    for (const Scenario& s : scenarios) pointers.push_back(&s);
    std::mutex counting;
    int ended = 0;
    universe.train_all(pointers, 0, [&](const std::string& what, double done) {
      const std::lock_guard lock(counting);
      ended += what == "training cold" && done == 1 ? 1 : 0;
    });
    return std::pair(ended, universe.model(scenarios.back(), "linear", 0).facts);
  };
  const Scenario one = chooses("select_groups: 1");
  const Scenario two = chooses("select_groups: 2");
  const auto [alone, facts] = trainings({two});
  CHECK(alone == 2);
  CHECK(trainings({one, two}) == std::pair(3, facts));
  CHECK(trainings({one, chooses("select_groups: 1, select_by: importance_per_cost"), two}) == std::pair(4, facts));
  CHECK(trainings({one, chooses("select_groups: 1, se: talk")}).first == 4);
  CHECK(trainings({one, chooses("select_groups: 1, embedding_dim: 4")}).first == 4);
  CHECK(trainings({one, chooses("select_groups: 1, train: {epochs: 2}")}).first == 4);
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

TEST_CASE("teachers are trained before whom they teach, wherever the file lists them, and only where they are needed") {
  const std::string teaches = "models.linear.distill={teacher: cold}";
  const std::string cold = "models.cold={kind: cold, hidden: [8], train: {epochs: 1}}";
  const Scenario taught = tiny_scenario({cold, teaches});  // linear stands before its teacher
  const Scenario untaught = tiny_scenario({cold});
  const Scenario weight_0 = tiny_scenario({cold, teaches, "models.linear.distill.weight=0"});
  CHECK(Universe::used_models(taught) == std::vector<std::string>{"towers", "linear", "popular"});
  CHECK(Universe::trained_models(taught) == std::vector<std::string>{"towers", "linear", "popular", "cold"});
  CHECK(Universe::trained_models(weight_0) == Universe::used_models(taught));

  CHECK(Universe::trained_models(untaught) == Universe::used_models(taught));
}

TEST_CASE("a student hears its teacher; weight 0 is the same numbers as none") {
  const std::string cold = "models.cold={kind: cold, hidden: [8]}";
  const std::vector<Scenario> scenarios = {
      tiny_scenario({cold}), tiny_scenario({cold, "models.linear.distill={teacher: cold, weight: 0}"}),
      tiny_scenario({cold, "models.linear.distill={teacher: cold}"}),
      tiny_scenario({cold, "models.linear.distill={teacher: popular}"}),
      tiny_scenario({cold, "models.linear.distill={teacher: cold}", "models.cold.hidden=[4]"})};
  Universe universe(scenarios[0].world, 3);
  train(universe, scenarios);
  const std::vector<ItemId> items = {3, 1, 4};
  const CandidateFeatures features(universe.world().features(), 5, items);
  std::vector<std::vector<float>> logits;
  for (const Scenario& scenario : scenarios) {
    logits.emplace_back(3);
    universe.model(scenario, "linear", 0).scorer->score(features, logits.back());
  }
  CHECK(logits[0] == logits[1]);
  for (std::size_t a = 1; a < logits.size(); ++a)
    for (std::size_t b = a + 1; b < logits.size(); ++b) CHECK(logits[a] != logits[b]);
  // Trained anew in another universe and another order, the numbers are the same.
  Universe again(scenarios[0].world, 3);
  train(again, {scenarios[3]});
  train(again, {scenarios[0]});
  train(again, {scenarios[2]});
  std::vector<float> same(3);
  again.model(scenarios[2], "linear", 0).scorer->score(features, same);
  CHECK(same == logits[2]);
}

TEST_CASE("a model that was trained to serve can be asked to teach later") {
  const std::string serves = "funnel.preranking={kind: score, model: cold, keep: 20}";
  const Scenario first = tiny_scenario({"models.cold={kind: cold, hidden: [8]}", serves});
  const Scenario second =
      tiny_scenario({"models.cold={kind: cold, hidden: [8]}", serves, "models.linear.distill={teacher: cold}"});
  Universe universe(first.world, 3);
  train(universe, {first});
  const Scorer* before = universe.model(first, "cold", 0).scorer.get();
  CHECK(universe.model(first, "cold", 0).log_logits.empty());
  train(universe, {second});
  CHECK(universe.model(second, "cold", 0).scorer.get() == before);
  CHECK(universe.model(second, "cold", 0).log_logits.size() == universe.logs(second, {}).train.size());
}

TEST_CASE("a teacher may read what exists only after the click; it has no scorer") {
  const Scenario scenario = tiny_scenario(
      {"models.late={kind: logistic, features: [privileged]}", "models.linear.distill={teacher: late, weight: 0.3}"});
  CHECK(find_faults(scenario).empty());
  Universe universe(scenario.world, 3);
  train(universe, {scenario});
  CHECK_THROWS_AS(universe.model(scenario, "late", 0), InternalError);
  CHECK(universe.trained(scenario, "late", 0).log_logits.size() == 1000);
  CHECK(universe.trained(scenario, "late", 0).scorer == nullptr);
}

TEST_CASE("a funnel that logs is the same whoever teaches its models later") {
  const std::string logs =
      "logs={days: 2, requests_a_day: 60, page: 5, all_space_rows: 100, unexposed_a_request: 3, policy: {kind: "
      "funnel}}";
  const std::string cold = "models.cold={kind: cold, hidden: [8]}";
  const std::vector<Scenario> scenarios = {
      tiny_scenario({cold, logs}),
      tiny_scenario({cold, logs, "models.linear.distill={teacher: cold, on: {RC: 3, RND: 2}}"}),
      tiny_scenario({cold, logs, "models.linear.samples={positives: fine_top, top: 2, negatives: {EX: 0, RC: 3}}"})};
  for (const Scenario& scenario : scenarios) CHECK(find_faults(scenario).empty());
  Universe universe(scenarios[0].world, 3);
  train(universe, scenarios);
  for (const Scenario& scenario : scenarios) CHECK(&universe.logs(scenario, {}) == &universe.logs(scenarios[0], {}));
  // Two days of 60 requests: 600 rows on pages; 60 requests of the funnel with 3 + 2 rows, or 2 + 3.
  CHECK(universe.model(scenarios[0], "linear", 0).summary.samples == 600);
  CHECK(universe.model(scenarios[1], "linear", 0).summary.samples == 900);
  CHECK(universe.model(scenarios[2], "linear", 0).summary.samples == 300);
}

TEST_CASE("a teacher that learns with its student is a copy, and no model of its own") {
  const std::string cold = "models.cold={kind: cold, hidden: [8], embedding_dim: 16}";
  const std::string joint = "models.towers.distill={teacher: cold, training: joint}";
  const std::string wide = "models.towers.embedding_dim=16";
  const std::vector<Scenario> scenarios = {
      tiny_scenario({wide, cold}), tiny_scenario({wide, cold, joint}),
      tiny_scenario({wide, cold, joint, "models.towers.distill.weight=0"}),
      tiny_scenario({wide, cold, joint, "models.towers.distill.share=all"}),
      tiny_scenario({wide, cold, joint, "models.towers.distill.share=all", "models.cold.hidden=[4]"})};
  for (const Scenario& scenario : scenarios) {
    CHECK(find_faults(scenario).empty());
    CHECK(Universe::trained_models(scenario) == Universe::used_models(scenario));
  }
  Universe universe(scenarios[0].world, 3);
  train(universe, scenarios);
  const std::vector<ItemId> items = {3, 1, 4};
  const CandidateFeatures features(universe.world().features(), 5, items);
  std::vector<std::vector<float>> logits;
  for (const Scenario& scenario : scenarios) {
    logits.emplace_back(3);
    universe.model(scenario, "towers", 0).scorer->score(features, logits.back());
  }
  CHECK(logits[0] == logits[2]);
  for (const std::size_t a : {1u, 3u, 4u})
    for (std::size_t b = 0; b < a; ++b) CHECK(logits[a] != logits[b]);
  const auto flops = [&](std::size_t k) { return universe.model(scenarios[k], "towers", 0).summary.flops; };
  CHECK(flops(1) > flops(3));
  CHECK(flops(3) > flops(0));
}

TEST_CASE("a funnel that only logs makes the logs, whatever the funnel is") {
  const std::string logs =
      "logs={days: 2, requests_a_day: 60, page: 5, all_space_rows: 100, unexposed_a_request: 3, policy: {kind: "
      "funnel}}";
  const std::string logging =
      "logging_funnel=[{name: recall, kind: user_history, keep: 50}, {name: last, kind: score, model: linear, keep: "
      "5}]";
  const std::vector<Scenario> scenarios = {
      tiny_scenario({logs, logging}), tiny_scenario({logs, logging, "funnel.preranking.keep=9"}),
      tiny_scenario({logs, logging, "funnel.ranking={kind: random, keep: 5}"}), tiny_scenario({logs})};
  for (const Scenario& scenario : scenarios) CHECK(find_faults(scenario).empty());
  Universe universe(scenarios[0].world, 3);
  train(universe, scenarios);
  const Logs& first = universe.logs(scenarios[0], {});
  CHECK(&universe.logs(scenarios[1], {}) == &first);
  CHECK(&universe.logs(scenarios[2], {}) == &first);
  CHECK(universe.logs(scenarios[3], {}).train.item != first.train.item);
  CHECK(std::count(first.train.space.begin(), first.train.space.end(), Space::preranked) == 0);  // of two stages
  const auto ranked = std::count(first.train.space.begin(), first.train.space.end(), Space::ranked);
  CHECK(ranked > 0);
  CHECK(ranked <= 180);
}

TEST_CASE("a model of conversions learns from the clicked exposures alone, whatever its kind") {
  const Scenario scenario =
      tiny_scenario({"models.rate={kind: logistic, target: conversion}",
                     "models.both={kind: multi_task, hidden: [4], embedding_dim: 2, tasks: [click, conversion, dwell]}",
                     "models.late={kind: cold, hidden: [4], features: [user, item, privileged], target: conversion}",
                     "models.taught={kind: multi_task, hidden: [4], embedding_dim: 2, target: conversion, tasks: "
                     "[conversion, dwell], "
                     "distill: {teacher: late}}",
                     "funnel.preranking={kind: value, model: both, by: conversion, keep: 20}",
                     "funnel.ranking={kind: value, model: both, conversion_model: taught, by: gmv, keep: 5}"});
  CHECK(find_faults(scenario).empty());
  const Scenario other = tiny_scenario({"models.rate={kind: logistic, target: conversion}",
                                        "funnel.ranking={kind: value, model: rate, by: after_click, keep: 5}"});
  CHECK(find_faults(other).empty());
  Universe universe(scenario.world, 3);
  train(universe, {scenario, other});
  const LogTable& log = universe.logs(scenario, {}).train;
  const auto clicks = static_cast<std::int64_t>(conversion_log(log).size());
  REQUIRE(clicks > 10);
  CHECK(universe.model(other, "rate", 0).summary.samples == clicks);
  CHECK(universe.model(scenario, "taught", 0).summary.samples == clicks);
  CHECK(universe.model(scenario, "both", 0).summary.samples == 1000);
  CHECK(universe.trained(scenario, "late", 0).summary.samples == clicks);
  CHECK(universe.trained(scenario, "late", 0).log_logits.size() == static_cast<std::size_t>(clicks));
  // A model that reads what exists only after the click has no scorer; how good it is is told as a fact.
  CHECK(universe.trained(scenario, "late", 0).scorer == nullptr);
  REQUIRE(universe.trained(scenario, "late", 0).facts.size() == 1);
  CHECK(universe.trained(scenario, "late", 0).facts[0].first == "auc_next_day");
  CHECK(universe.model(scenario, "both", 0).facts.empty());
  // Both stages score requests.
  const auto funnel = universe.fit(scenario, 0);
  CHECK(funnel[1].scoring != nullptr);
  CHECK(dynamic_cast<const ConversionEstimator*>(funnel[2].stage.get()) != nullptr);
}
