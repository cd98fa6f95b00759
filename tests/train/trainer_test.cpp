#include "train/trainer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

#include "models/catalog.h"
#include "models/cold.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::unique_ptr<Learnable<float>> make(const std::string& kind, const FeatureStore& store, std::uint64_t seed = 1) {
  const auto* entry = model_catalog().find(kind);
  REQUIRE(entry != nullptr);
  return entry->maker.make(*entry->make_parameters(), store, seed);
}

double mean_loss(Learnable<float>& model, const FeatureStore& store, const LogTable& log,
                 std::span<const std::uint32_t> rows) {
  std::vector<float> outputs(rows.size() * model.outputs());
  const Batch batch{&store, &log, rows};
  model.forward(batch, outputs);
  std::vector<float> logits;
  for (std::size_t r = 0; r < rows.size(); ++r) logits.push_back(outputs[r * model.outputs()]);
  std::vector<float> gradients(rows.size());
  return click_bce<float>(batch, logits, gradients);
}

double truth_loss(const LogTable& log, std::span<const std::uint32_t> rows) {
  double sum = 0;
  for (const std::uint32_t row : rows) sum += bce(toy::true_logit(log.user[row], log.item[row]), log.click[row]).loss;
  return sum / static_cast<double>(rows.size());
}

std::vector<float> all_values(Learnable<float>& model) {
  std::vector<float> values;
  for (const auto& parameter : model.parameters())
    values.insert(values.end(), parameter.value.begin(), parameter.value.end());
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// Sees every batch that training takes.
struct Recorder {
  std::vector<std::vector<std::uint32_t>> batches;
  LossFunction<float> loss() {
    return [this](const Batch& batch, std::span<const float> logits, std::span<float> gradients, std::int64_t) {
      batches.emplace_back(batch.rows.begin(), batch.rows.end());
      return click_bce<float>(batch, logits, gradients);
    };
  }
};

}  // namespace

TEST_CASE("training finds the planted truth and only models that can express it do") {
  // 80 users, 60 items, 64 000 rows: about 13 rows a pair's cell. The truth is a product of user and item parts plus
  // an indicator: nothing for the logistic model, easy for towers and networks.
  const toy::Data data = toy::data(80, 60, 8000, 8, 3);
  const toy::Data fresh = toy::data(80, 60, 2000, 8, 99);
  const auto rows = exposed_rows(fresh.log);
  const double best = truth_loss(fresh.log, rows);
  std::map<std::string, double> excess;
  for (const auto& entry : model_catalog().entries()) {
    if (!entry.maker.make) continue;
    const auto model = entry.maker.make(*entry.make_parameters(), data.store, 1);
    const double before = mean_loss(*model, data.store, fresh.log, rows);
    TrainParams params;
    params.batch = 256;
    params.epochs = 2;
    const TrainSummary summary = train(*model, data.store, data.log, params, 1);
    excess[entry.name] = mean_loss(*model, data.store, fresh.log, rows) - best;
    INFO(entry.name << ": before " << before << ", excess over the truth " << excess[entry.name]);
    CHECK(excess[entry.name] + best < before);
    CHECK(summary.train_loss < before);
  }
  CHECK(excess["logistic"] > 0.1);
  CHECK(excess["two_tower"] < 0.03);
  CHECK(excess["cold"] < 0.03);
  CHECK(excess["deep_mlp"] < 0.03);
  CHECK(excess["multi_task"] < 0.03);
}

TEST_CASE("same seed, same bits; another seed, another model") {
  const toy::Data data = toy::data();
  TrainParams params;
  params.batch = 64;
  params.epochs = 2;
  const auto trained = [&](std::uint64_t init, std::uint64_t shuffle) {
    const auto model = make("deep_mlp", data.store, init);
    train(*model, data.store, data.log, params, shuffle);
    return all_values(*model);
  };
  const auto reference = trained(1, 1);
  CHECK(same_bits(reference, trained(1, 1)));
  CHECK_FALSE(same_bits(reference, trained(2, 1)));
  CHECK_FALSE(same_bits(reference, trained(1, 2)));
}

TEST_CASE("each epoch takes every exposed row once, in another order") {
  const toy::Data data = toy::data(20, 20, 50, 6);
  const auto model = make("logistic", data.store);
  const auto rows = exposed_rows(data.log);
  REQUIRE(rows.size() == 50 * 6 - 10);
  Recorder recorder;
  TrainParams params;
  params.batch = 100;
  params.epochs = 2;
  const TrainSummary summary = train_on(*model, data.store, data.log, rows, recorder.loss(), params, 5);
  REQUIRE(recorder.batches.size() == 6);
  CHECK(recorder.batches[2].size() == 90);
  std::vector<std::uint32_t> epochs[2];
  for (std::size_t b = 0; b < 6; ++b)
    epochs[b / 3].insert(epochs[b / 3].end(), recorder.batches[b].begin(), recorder.batches[b].end());
  CHECK(epochs[0] != epochs[1]);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    CHECK(epoch == rows);
  }
  CHECK(summary.steps == 6);
  CHECK(summary.samples == 580);
  CHECK(summary.epochs == 2);
  // Besides, Adagrad's steps (7 FLOPs a number) on the weights that each batch touched, and Adam's (13) on the bias.
  CHECK(summary.flops > model->flops_per_sample() * 580 + 6 * 13);
  CHECK(summary.flops < (model->flops_per_sample() + 7 * model->lookups_per_sample()) * 580 + 6 * 13);
  CHECK(summary.bytes > 4 * 3 * model->lookups_per_sample() * 580);
  CHECK(summary.held_out_loss == 0);
  std::int64_t count = 0;
  for (const auto& parameter : model->parameters()) count += static_cast<std::int64_t>(parameter.value.size());
  CHECK(summary.parameters == count);
}

TEST_CASE("max_steps ends training in the middle of an epoch") {
  const toy::Data data = toy::data(20, 20, 50, 6);
  const auto model = make("logistic", data.store);
  Recorder recorder;
  TrainParams params;
  params.batch = 100;
  params.epochs = 10;
  params.max_steps = 4;
  std::int64_t done = 0;
  const TrainSummary summary = train_on(*model, data.store, data.log, exposed_rows(data.log), recorder.loss(), params,
                                        5, [&done](std::int64_t steps, std::int64_t) { done = steps; });
  CHECK(summary.steps == 4);
  CHECK(summary.epochs == 2);
  CHECK(summary.samples == 390);
  CHECK(done == 4);
  CHECK(recorder.batches.size() == 4);
}

TEST_CASE("held-out requests are whole, of the last day, about as many as asked, and not trained on") {
  const toy::Data data = toy::data(20, 20, 600, 6);
  const auto model = make("logistic", data.store);
  Recorder recorder;
  TrainParams params;
  params.batch = 100000;
  params.held_out = 0.3;
  const auto rows = exposed_rows(data.log);
  const TrainSummary summary = train_on(*model, data.store, data.log, rows, recorder.loss(), params, 5);
  REQUIRE(recorder.batches.size() == 2);  // one step, one look at the rows held out
  std::set<std::uint64_t> trained;
  std::set<std::uint64_t> held_out;
  for (const std::uint32_t row : recorder.batches[0]) trained.insert(data.log.request[row]);
  for (const std::uint32_t row : recorder.batches[1]) {
    held_out.insert(data.log.request[row]);
    CHECK(data.log.day[row] == 2);
  }
  for (const std::uint64_t request : held_out) CHECK(trained.count(request) == 0);
  CHECK(trained.size() + held_out.size() == 600);
  CHECK(static_cast<double>(held_out.size()) == Approx(60).margin(20));
  CHECK(summary.held_out_loss > 0);
}

TEST_CASE("early stopping keeps the best parameters seen") {
  // Few rows and many epochs: the network learns the noise by heart and gets worse on what it does not see.
  const toy::Data data = toy::data(30, 30, 120, 8, 4);
  TrainParams params;
  params.batch = 32;
  params.epochs = 40;
  params.held_out = 0.5;
  params.patience = 3;
  const auto stopped = make("deep_mlp", data.store);
  const TrainSummary summary = train(*stopped, data.store, data.log, params, 2);
  CHECK(summary.epochs < 40);
  CHECK(summary.epochs > 3);

  // The kept parameters are those of the epoch `epochs - patience`: train as long without stopping.
  Recorder recorder;
  params.patience = 1000;
  params.epochs = summary.epochs - 3;
  const auto same = make("deep_mlp", data.store);
  const TrainSummary best = train(*same, data.store, data.log, params, 2);
  CHECK(best.held_out_loss == summary.held_out_loss);
  CHECK(same_bits(all_values(*stopped), all_values(*same)));
}

TEST_CASE("training without a row changes nothing") {
  const toy::Data data = toy::data();
  const auto model = make("cold", data.store);
  const auto before = all_values(*model);
  LogTable none;
  none.cross.resize(2);
  none.privileged.resize(1);
  const TrainSummary summary = train(*model, data.store, none, TrainParams{}, 1);
  CHECK(summary.steps == 0);
  CHECK(summary.samples == 0);
  CHECK(same_bits(before, all_values(*model)));
}

TEST_CASE("a value that never occurs keeps its initial embedding") {
  toy::Data data = toy::data(40, 60);
  for (ItemId& item : data.log.item)
    if (item == 7) item = 8;
  const auto model = make("two_tower", data.store);
  const auto row_of = [&](const std::string& name, std::size_t row) {
    for (const auto& parameter : model->parameters())
      if (parameter.name == name)
        return std::vector<float>(parameter.value.begin() + static_cast<std::ptrdiff_t>(row * parameter.width),
                                  parameter.value.begin() + static_cast<std::ptrdiff_t>((row + 1) * parameter.width));
    return std::vector<float>();
  };
  const auto seen = row_of("item.embedding.item_id", 8);
  const auto unseen = row_of("item.embedding.item_id", 7);
  REQUIRE(seen.size() == 16);
  train(*model, data.store, data.log, TrainParams{}, 1);
  CHECK(row_of("item.embedding.item_id", 7) == unseen);
  CHECK(row_of("item.embedding.item_id", 8) != seen);
}

TEST_CASE(
    "the default penalty of pruning leaves scales to be told apart, a penalty of .001 pulls all of them to zero") {
  // Few clicks, so that the loss pulls at a scale no harder than in a feed: one of twelve is kept.
  toy::Data data = toy::data(80, 60, 8000, 8, 3);
  std::size_t clicks = 0;
  for (std::uint8_t& click : data.log.click)
    if (click != 0 && clicks++ % 12 != 0) click = 0;
  TrainParams params;
  params.batch = 256;
  params.epochs = 4;
  const auto mean_scale = [&](double penalty) {
    ColdParams cold;
    cold.hidden = {24, 12};
    cold.prune.share = 0.01;  // of 24 and 12 none
    cold.prune.penalty = penalty;
    const auto model = make_gwen<float>("cold", cold, data.store, 1);
    REQUIRE(train(*model, data.store, data.log, params, 1).steps > 900);
    double sum = 0;
    std::size_t n = 0;
    for (const auto& parameter : model->parameters())
      if (parameter.name.ends_with(".scale"))
        for (const float scale : parameter.value) {
          sum += std::abs(static_cast<double>(scale));
          ++n;
        }
    REQUIRE(n == 36);
    return sum / static_cast<double>(n);
  };
  const double by_default = mean_scale(PruneParams{}.penalty);
  const double crushed = mean_scale(0.001);
  INFO("mean scale by default " << by_default << ", at .001 " << crushed);
  CHECK(by_default > 0.3);
  CHECK(crushed < 0.15);
}

}  // namespace cascade
