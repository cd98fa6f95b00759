#include "models/multi_task.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/errors.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

MultiTaskParams small(std::vector<std::string> tasks, int experts) {
  MultiTaskParams params;
  params.features = {"segment", "category"};
  params.embedding_dim = 1;
  params.hidden = {1};
  params.interactions = 0;
  params.experts = experts;
  params.tasks = std::move(tasks);
  return params;
}

void set(Learnable<double>& model, const std::string& name, const std::vector<double>& values) {
  for (auto& parameter : model.parameters()) {
    if (parameter.name != name) continue;
    REQUIRE(parameter.value.size() % values.size() == 0);
    for (std::size_t i = 0; i < parameter.value.size(); ++i) parameter.value[i] = values[i % values.size()];
    return;
  }
  FAIL("no parameter is called " << name);
}

std::vector<double> forward(Learnable<double>& model, const toy::Data& data, std::size_t num_rows) {
  const auto rows = testing::first_rows(num_rows);
  std::vector<double> logits(rows.size() * model.outputs());
  model.forward({&data.store, &data.log, rows}, logits);
  return logits;
}

std::vector<float> asked(const Scorer& scorer, const FeatureStore& store, bool click) {
  const std::vector<ItemId> items = {0, 7, 3};
  std::vector<float> logits(items.size());
  const CandidateFeatures features(store, 5, items);
  const auto& tasks = dynamic_cast<const MultiTaskScorer&>(scorer);
  if (click)
    tasks.score_tasks(features, logits, {});
  else
    tasks.score_tasks(features, {}, logits);
  return logits;
}

}  // namespace

TEST_CASE("a mixture of two experts by hand") {
  const toy::Data data = toy::data();
  const auto model = make_multi_task<double>(small({"click", "conversion"}, 2), data.store, 1);
  // x = (1, 2). E_0 = relu(1 + .5 x 2) = 2, E_1 = relu(-1 + 2 - .5) = .5.
  set(*model, "embedding.segment", {1});
  set(*model, "embedding.category", {2});
  set(*model, "expert_0.0.weight", {1, 0.5});
  set(*model, "expert_0.0.bias", {0});
  set(*model, "expert_1.0.weight", {-1, 1});
  set(*model, "expert_1.0.bias", {-0.5});
  // Gate of clicks: logits (0, ln 3), so shares 1/4 and 3/4: h = .25 x 2 + .75 x .5 = .875, logit 2 h + .1 = 1.85.
  set(*model, "gate_0.weight", {0, std::log(3.0), 0, 0});
  set(*model, "gate_0.bias", {0});
  set(*model, "tower_click.0.weight", {2});
  set(*model, "tower_click.0.bias", {0.1});
  // Gate of conversions: even, h = 1.25, logit .25 - h = -1.
  set(*model, "gate_1.weight", {0});
  set(*model, "gate_1.bias", {0});
  set(*model, "tower_conversion.0.weight", {-1});
  set(*model, "tower_conversion.0.bias", {0.25});
  REQUIRE(model->outputs() == 2);
  const std::vector<double> logits = forward(*model, data, 2);
  for (std::size_t row = 0; row < 2; ++row) {
    CHECK(logits[2 * row] == Approx(1.85));
    CHECK(logits[2 * row + 1] == Approx(-1));
  }
  const auto scorer = model->freeze(data.store);
  CHECK(asked(*scorer, data.store, true)[1] == Approx(1.85));
  CHECK(asked(*scorer, data.store, false)[1] == Approx(-1));
}

TEST_CASE("one expert is a shared bottom, the network of a GwEN; alike experts are one, whatever the gates") {
  const toy::Data data = toy::data();
  MultiTaskParams params;
  params.embedding_dim = 3;
  params.hidden = {6};
  params.interactions = 2;
  params.experts = 1;
  const auto bottom = make_multi_task<double>(params, data.store, 1);
  testing::perturb(*bottom, 4);
  const auto gwen = make_gwen<double>("deep_mlp", params, data.store, 9);
  const auto from = bottom->parameters();  // embeddings, products, expert, tower of clicks, tower of conversions
  const auto into = gwen->parameters();    // embeddings, products, two layers
  REQUIRE(from.size() == into.size() + 2);
  for (std::size_t p = 0; p < into.size(); ++p)
    std::copy(from[p].value.begin(), from[p].value.end(), into[p].value.begin());
  const std::vector<double> shared = forward(*bottom, data, 30);
  const std::vector<double> single = forward(*gwen, data, 30);
  for (std::size_t row = 0; row < 30; ++row) CHECK(shared[2 * row] == Approx(single[row]).epsilon(1e-12));

  params.experts = 3;
  const auto mixture = make_multi_task<double>(params, data.store, 2);
  testing::perturb(*mixture, 5);
  for (auto& to : mixture->parameters()) {
    std::string name = to.name;
    if (name.starts_with("expert_")) name.replace(0, 8, "expert_0");
    for (const auto& one : from)
      if (one.name == name) std::copy(one.value.begin(), one.value.end(), to.value.begin());
  }
  const std::vector<double> mixed = forward(*mixture, data, 30);
  for (std::size_t i = 0; i < mixed.size(); ++i) CHECK(mixed[i] == Approx(shared[i]).epsilon(1e-12));
}

TEST_CASE("gradients with towers, predicted groups and one expert") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  MultiTaskParams params;
  params.embedding_dim = 3;
  params.hidden = {5, 4};
  params.tower_hidden = {3};
  params.interactions = 2;
  params.activation = Activation::leaky_relu;
  params.tasks = {"conversion", "dwell", "click"};
  for (const int experts : {1, 3}) {
    params.experts = experts;
    const auto model = make_multi_task<double>(params, data.store, 5);
    CHECK(model->outputs() == 6);  // 1 + 4 values of dwell + 1
    testing::check_model_gradients("multi_task of " + std::to_string(experts), *model, data);
  }
}

TEST_CASE("what a model predicts after the click is no input of it: it serves, without these heads") {
  const toy::Data data = toy::data();
  MultiTaskParams params = small({"conversion", "dwell"}, 2);
  const auto model = make_multi_task<double>(params, data.store, 1);
  const auto scorer = model->freeze(data.store);
  CHECK(asked(*scorer, data.store, false).size() == 3);
  CHECK_THROWS_AS(asked(*scorer, data.store, true), InternalError);
  // The heads of groups cost nothing at serving.
  params.tasks = {"conversion"};
  const ScorerWork alone = make_multi_task<double>(params, data.store, 1)->freeze(data.store)->work();
  CHECK(scorer->work().per_candidate.flops == alone.per_candidate.flops);
  CHECK(scorer->work().per_request.bytes == alone.per_request.bytes);
  // As an input the group can be learned from, and not served.
  params.features = {"segment", "dwell"};
  CHECK_THROWS_WITH(make_multi_task<double>(params, data.store, 1)->freeze(data.store),
                    "multi_task: feature group 'dwell' is privileged, known only after the click: a model that reads "
                    "it can teach but not serve");
}

TEST_CASE("tasks that do not exist are told") {
  const toy::Data data = toy::data();
  const auto heads = [&](std::vector<std::string> tasks) {
    return task_heads(small(std::move(tasks), 1), data.store.schema());
  };
  CHECK_THROWS_WITH(heads({}), "multi_task: there is no task to learn");
  CHECK_THROWS_WITH(heads({"click", "segment"}),
                    "multi_task: there is no task 'segment' (there are: click, conversion, dwell)");
  CHECK_THROWS_WITH(heads({"click", "click"}), "multi_task: task 'click' is named twice");
  CHECK_THROWS_WITH(heads({"dwell"}), "multi_task: the first task must be click or conversion, got 'dwell'");
  const auto both = heads({"conversion", "dwell", "click"});
  CHECK(both[1].begin == 1);
  CHECK(both[1].width == 4);
  CHECK(both[2].begin == 5);
}

}  // namespace cascade
