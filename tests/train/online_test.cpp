#include "train/online.h"

#include <catch2/catch.hpp>

#include "models/catalog.h"
#include "tests/models/toy_data.h"
#include "train/distill.h"
#include "train/losses.h"

namespace cascade {
namespace {

std::unique_ptr<Learnable<float>> make(const std::string& kind, const FeatureStore& store) {
  const auto* entry = model_catalog().find(kind);
  return entry->maker.make(*entry->make_parameters(), store, 1);
}

std::vector<float> all_values(Learnable<float>& model) {
  std::vector<float> values;
  for (const auto& parameter : model.parameters())
    values.insert(values.end(), parameter.value.begin(), parameter.value.end());
  return values;
}

TrainParams params_of(int batch, int epochs = 1) {
  TrainParams params;
  params.batch = batch;
  params.epochs = epochs;
  return params;
}

/// Clicks of the toy log, which a training learns by.
struct Clicks {
  toy::Data data = toy::data();
  Targets targets = label_rows(data.log, {});
  LossFunction<float> loss = label_loss<float>(targets);
  OnlineTraining::Lesson lesson(std::span<const std::uint32_t> rows, Unit unit = Unit::row) const {
    return {data.store, data.log, rows, loss, unit};
  }
};

}  // namespace

TEST_CASE("one pass is the trainer's steps, in the order of the rows") {
  const Clicks clicks;
  const toy::Data& data = clicks.data;
  const std::vector<std::uint32_t> rows = exposed_rows(data.log);
  OnlineTraining online(make("two_tower", data.store), params_of(100), 7);
  online.pass(clicks.lesson(rows));

  const auto model = make("two_tower", data.store);
  const auto parameters = model->parameters();
  Optimizer<float> optimizer(parameters, params_of(100));
  std::int64_t steps = 0;
  for (std::size_t begin = 0; begin < rows.size(); begin += 100) {
    const Batch batch{&data.store, &data.log,
                      std::span(rows).subspan(begin, std::min<std::size_t>(100, rows.size() - begin))};
    std::vector<float> logits(batch.rows.size());
    std::vector<float> gradients(batch.rows.size());
    model->forward(batch, logits);
    click_bce<float>(batch, logits, gradients);
    model->backward(std::span<const float>(gradients));
    optimizer.step(parameters);
    model->clear_gradients();
    ++steps;
  }
  CHECK(all_values(online.model()) == all_values(*model));
  CHECK(online.steps() == steps);
  CHECK(online.samples() == static_cast<std::int64_t>(rows.size()));
  CHECK(online.flops() > model->flops_per_sample() * static_cast<double>(rows.size()));  // the updates besides
}

TEST_CASE("a pass goes on where the one before ended, the optimiser's state among it") {
  const Clicks clicks;
  const toy::Data& data = clicks.data;
  std::vector<std::uint32_t> rows = exposed_rows(data.log);
  rows.resize(600);
  for (const char* kind : {"two_tower", "deep_mlp", "logistic"}) {
    OnlineTraining once(make(kind, data.store), params_of(100), 7);
    once.pass(clicks.lesson(rows));
    OnlineTraining in_parts(make(kind, data.store), params_of(100), 7);
    in_parts.pass(clicks.lesson(std::span(rows).first(200)));
    in_parts.pass(clicks.lesson(std::span(rows).subspan(200)));
    CHECK(all_values(once.model()) == all_values(in_parts.model()));
    // Another optimiser of the same parameters would have forgotten its moments.
    OnlineTraining other(make(kind, data.store), params_of(100), 7);
    other.pass(clicks.lesson(std::span(rows).subspan(200)));
    CHECK(all_values(once.model()) != all_values(other.model()));
  }
}

TEST_CASE("a first batch training is what train() does; the next one takes another order") {
  const Clicks clicks;
  const toy::Data& data = clicks.data;
  const std::vector<std::uint32_t> rows = exposed_rows(data.log);
  OnlineTraining going_on(make("logistic", data.store), params_of(64, 2), 7);
  going_on.epochs(clicks.lesson(rows));
  const auto model = make("logistic", data.store);
  const TrainSummary summary = train(*model, data.store, data.log, params_of(64, 2), 7);
  CHECK(all_values(going_on.model()) == all_values(*model));
  CHECK(going_on.steps() == summary.steps);
  CHECK(going_on.flops() == Approx(summary.flops));

  const auto four = make("logistic", data.store);
  train(*four, data.store, data.log, params_of(64, 4), 7);
  going_on.epochs(clicks.lesson(rows));
  CHECK(all_values(going_on.model()) == all_values(*four));
}

TEST_CASE("passes by requests cut batches between requests, and go on as passes by rows do") {
  const Clicks clicks;
  const std::vector<std::uint32_t> rows = exposed_rows(clicks.data.log);
  OnlineTraining by_requests(make("logistic", clicks.data.store), params_of(64, 2), 7);
  by_requests.epochs(clicks.lesson(rows, Unit::request));
  const auto model = make("logistic", clicks.data.store);
  const TrainSummary summary =
      train_on(*model, clicks.data.store, clicks.data.log, rows, clicks.loss, params_of(64, 2), 7, {}, Unit::request);
  CHECK(all_values(by_requests.model()) == all_values(*model));
  CHECK(by_requests.steps() == summary.steps);
  CHECK(by_requests.forward_flops() == Approx(model->flops_per_sample() / 3));
}

TEST_CASE("a loss is told the number of the step since the training began") {
  const Clicks clicks;
  const std::vector<std::uint32_t> rows = exposed_rows(clicks.data.log);
  std::vector<std::int64_t> seen;
  const LossFunction<float> loss = [&](const Batch& batch, std::span<const float> logits, std::span<float> gradients,
                                       std::int64_t step) {
    seen.push_back(step);
    return clicks.loss(batch, logits, gradients, step);
  };
  OnlineTraining online(make("logistic", clicks.data.store), params_of(100), 7);
  online.epochs({clicks.data.store, clicks.data.log, std::span(rows).first(200), loss});
  online.pass({clicks.data.store, clicks.data.log, std::span(rows).subspan(200, 150), loss});
  CHECK(seen == std::vector<std::int64_t>{0, 1, 2, 3});
}

}  // namespace cascade
