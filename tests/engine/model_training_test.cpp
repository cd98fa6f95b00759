#include "engine/model_training.h"

#include <catch2/catch.hpp>

#include "engine/environment.h"
#include "engine/expected_work.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

void train(Universe& universe, const std::vector<Scenario>& scenarios, int init) {
  std::vector<const Scenario*> pointers;
  for (const Scenario& s : scenarios) pointers.push_back(&s);
  universe.train_all(pointers, init, {});
}

void check_same(const TrainedModel& a, const TrainedModel& b, const FeatureStore& store) {
  CHECK(a.key == b.key);
  CHECK(a.log_logits == b.log_logits);
  CHECK(a.forward_flops == b.forward_flops);
  CHECK(a.forward_bytes == b.forward_bytes);
  CHECK(a.facts == b.facts);
  CHECK(a.summary.steps == b.summary.steps);
  CHECK(a.summary.train_loss == b.summary.train_loss);
  CHECK(a.summary.flops == b.summary.flops);
  CHECK(a.summary.bytes == b.summary.bytes);
  REQUIRE((a.scorer == nullptr) == (b.scorer == nullptr));
  if (a.scorer == nullptr) return;
  std::vector<ItemId> items(store.num_items());
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<ItemId>(i);
  for (const UserId user : {0U, 17U, 99U}) {
    std::vector<float> of_a(items.size());
    std::vector<float> of_b(items.size());
    a.scorer->score(CandidateFeatures(store, user, items), of_a);
    b.scorer->score(CandidateFeatures(store, user, items), of_b);
    CHECK(of_a == of_b);
  }
}

/// Scenarios of one world that train every kind of model in every way.
std::vector<Scenario> all_ways() {
  const std::string serves = "funnel.ranking={kind: score, model: one, keep: 5}";
  const std::string tower = "models.towers={kind: two_tower, dim: 4, embedding_dim: 8";
  const std::string fine = "models.fine={kind: deep_mlp, hidden: [8], features: [user, item, cross, privileged]}";
  return {
      tiny_scenario({"models.one={kind: lambda_mart, rounds: 4, depth: 3}", serves}),
      tiny_scenario({"models.one={kind: play_rate}", serves}),
      tiny_scenario({"models.one={kind: wide_two_tower, dim: 4, embedding_dim: 4}", serves}),
      tiny_scenario({"models.one={kind: din, hidden: [8]}", serves}),
      tiny_scenario({"models.one={kind: deep_mlp, hidden: [8], train: {held_out: 0.3, epochs: 3}}", serves}),
      tiny_scenario({"models.one={kind: multi_task, hidden: [8], tasks: [click, conversion, dwell]}", serves}),
      tiny_scenario({"models.one={kind: multi_task, hidden: [8], tasks: [conversion], target: conversion}",
                     "funnel.ranking={kind: value, model: towers, conversion_model: one, by: gmv, keep: 5}"}),
      tiny_scenario({"models.one={kind: cold, hidden: [8], select_groups: 2}", serves}),
      tiny_scenario(
          {"models.one={kind: cold, hidden: [8, 6], precision: f16, squash: true, prune: {share: 0.5}}", serves}),
      // A teacher with privileged groups, who cannot serve; teachers in closed form; a teacher that is taught itself.
      tiny_scenario({fine, "models.one={kind: cold, hidden: [8], distill: {teacher: fine}}", serves}),
      tiny_scenario({"models.one={kind: cold, hidden: [8], distill: {teacher: popular}}", serves}),
      tiny_scenario({"models.trees={kind: lambda_mart, rounds: 3}",
                     "models.one={kind: cold, hidden: [8], distill: {teacher: trees}}", serves}),
      tiny_scenario({fine, "models.middle={kind: cold, hidden: [8], distill: {teacher: fine}}",
                     "models.one={kind: logistic, distill: {teacher: middle}}", serves}),
      tiny_scenario({"models.fine={kind: deep_mlp, hidden: [8], embedding_dim: 8}",
                     tower + ", distill: {teacher: fine, training: joint, share: all}}"}),
      tiny_scenario({"models.one={kind: cold, hidden: [8], samples: {negatives: {EX: 0, RND: 2}}}", serves,
                     "logs={days: 2, requests_a_day: 60, page: 5, all_space_rows: 100, unexposed_a_request: 3, "
                     "policy: {kind: funnel}}"}),
  };
}

}  // namespace

TEST_CASE("models that another process has trained are the same to the last bit, and nothing is trained twice",
          "[slow]") {
  const std::vector<Scenario> scenarios = all_ways();
  for (const Scenario& scenario : scenarios) {
    const auto faults = find_faults(scenario);
    INFO((faults.empty() ? "" : faults[0].path + ": " + faults[0].message));
    CHECK(faults.empty());
  }
  WorkBoard board;
  WorkBoard::Scope exchange(board, 0);
  Universe alone(scenarios[0].world, 3);
  Universe first(scenarios[0].world, 3, &exchange);
  Universe second(scenarios[0].world, 3, &exchange);
  for (const int init : {0, 1}) {
    train(alone, scenarios, init);
    train(first, scenarios, init);
    const std::size_t trained = board.num_kept();
    CHECK(trained > 15);
    std::vector<std::string> told;
    std::vector<const Scenario*> pointers;
    for (const Scenario& s : scenarios) pointers.push_back(&s);
    second.train_all(pointers, init, [&](const std::string& phase, double) { told.push_back(phase); });
    for (const std::string& phase : told) CHECK(phase.find("training") == std::string::npos);
    CHECK(board.num_kept() == trained);
    for (const Scenario& scenario : scenarios)
      for (const std::string& name : Universe::trained_models(scenario)) {
        INFO(scenario.models.back().second.model.kind << ", " << name);
        check_same(alone.trained(scenario, name, init), first.trained(scenario, name, init), alone.world().features());
        check_same(alone.trained(scenario, name, init), second.trained(scenario, name, init), alone.world().features());
      }
  }
}

TEST_CASE("a model that teaches here and not there has its teaching logits here") {
  const std::string fine = "models.fine={kind: deep_mlp, hidden: [8]}";
  const std::vector<Scenario> plain = {tiny_scenario({fine, "funnel.preranking={kind: score, model: fine, keep: 20}"})};
  const std::vector<Scenario> taught = {tiny_scenario({fine, "models.linear.distill={teacher: fine}"})};
  WorkBoard board;
  WorkBoard::Scope exchange(board, 0);
  Universe alone(taught[0].world, 3);
  Universe first(taught[0].world, 3, &exchange);
  Universe second(taught[0].world, 3, &exchange);
  train(alone, taught, 0);
  train(first, plain, 0);
  CHECK(first.trained(plain[0], "fine", 0).log_logits.empty());
  train(second, taught, 0);
  for (const std::string name : {"fine", "linear"})
    check_same(alone.trained(taught[0], name, 0), second.trained(taught[0], name, 0), alone.world().features());
}

TEST_CASE("what a training takes is expected to grow with its network and its epochs") {
  const auto flops = [](const std::string& model) {
    const Scenario scenario = tiny_scenario({"models.one=" + model});
    return expected_training_flops(scenario.world, *find_model(scenario, "one"));
  };
  CHECK(flops("{kind: statistic}") < flops("{kind: logistic}"));
  CHECK(flops("{kind: logistic}") < flops("{kind: cold, hidden: [8]}"));
  CHECK(flops("{kind: cold, hidden: [8]}") < flops("{kind: cold, hidden: [32]}"));
  CHECK(flops("{kind: cold, hidden: [8], train: {epochs: 3}}") ==
        3 * flops("{kind: cold, hidden: [8], train: {epochs: 1}}"));
}
