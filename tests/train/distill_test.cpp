#include "train/distill.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/real.h"
#include "models/catalog.h"
#include "tests/models/gradient_check.h"
#include "tests/models/toy_data.h"
#include "train/trainer.h"

namespace cascade {
namespace {

/// A log of three requests in a batch: the first two taught on all rows, of the third one row; the last two rows of the
/// second have no label.
struct Case {
  toy::Data data = toy::data(10, 12, 3, 4, 5);
  Targets targets;
  std::vector<std::uint32_t> rows;
  std::vector<double> logits;

  Case() {
    Rng rng(3, Stream::test, 0);
    const float none = std::nanf("");
    for (std::uint32_t row = 0; row < 12; ++row) {
      rows.push_back(row);
      logits.push_back(2 * rng.normal());
      targets.label.push_back(row == 6 || row == 7 ? none : static_cast<float>(row % 2));
      targets.teacher.push_back(row < 9 ? static_cast<float>(rng.normal() - 1) : none);
    }
    targets.rows = rows;
  }
  Batch batch() const { return {&data.store, &data.log, rows}; }
  double loss(const DistillParams& params, std::span<double> gradients, std::int64_t step = kNoStep) const {
    return distill_loss<double>(targets, params)(batch(), logits, gradients, step);
  }
};

DistillParams params_of(DistillLoss loss, double weight, double temperature = 1) {
  DistillParams params;
  params.loss = loss;
  params.weight = weight;
  params.temperature = temperature;
  return params;
}

const std::vector<DistillLoss> kLosses = {DistillLoss::point, DistillLoss::softmax, DistillLoss::pairwise,
                                          DistillLoss::listwise, DistillLoss::mse_logit};

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

TrainParams few_steps() {
  TrainParams params;
  params.batch = 64;
  params.epochs = 2;
  return params;
}

/// A teacher's logits that no click depends on.
std::vector<float> made_up_logits(const LogTable& log) {
  std::vector<float> logits(log.size());
  for (std::size_t row = 0; row < log.size(); ++row) logits[row] = static_cast<float>(row % 7) - 3;
  return logits;
}

std::vector<float> trained(const toy::Data& data, const DistillParams& params, const std::vector<float>& teacher) {
  const auto model = make("two_tower", data.store);
  Targets targets = label_rows(data.log, {});
  teach_rows(data.log, params.on, teacher, targets);
  train_on(*model, data.store, data.log, targets.rows, distill_loss<float>(targets, params), few_steps(), 5, {},
           params.by_lists() ? Unit::request : Unit::row);
  return all_values(*model);
}

}  // namespace

TEST_CASE("the student's gradient is that of the blended label") {
  // (1 - l) (sigma(f) - y) + l (sigma(f) - sigma(t)) = sigma(f) - [(1 - l) y + l sigma(t)] where every row has both.
  Case c;
  for (std::size_t row = 0; row < 12; ++row) {
    c.targets.label[row] = static_cast<float>(row % 2);
    c.targets.teacher[row] = static_cast<float>(row) / 4 - 1;
  }
  std::vector<double> gradients(12);
  for (const double weight : {0.0, 0.3, 0.5, 1.0}) {
    c.loss(params_of(DistillLoss::point, weight), gradients);
    for (std::size_t row = 0; row < 12; ++row) {
      const double label = (1 - weight) * static_cast<double>(c.targets.label[row]) +
                           weight * sigmoid(static_cast<double>(c.targets.teacher[row]));
      CHECK(gradients[row] == Approx(bce(c.logits[row], label).gradient / 12).margin(1e-15));
    }
  }
}

TEST_CASE("every distillation loss against central differences") {
  std::vector<double> gradients(12);
  std::vector<double> unused(12);
  for (const DistillLoss loss : kLosses) {
    for (const double temperature : {1.0, 2.5}) {
      Case c;
      const DistillParams params = params_of(loss, 0.7, temperature);
      c.loss(params, gradients);
      testing::check_gradient("loss " + std::to_string(static_cast<int>(loss)), c.logits, gradients,
                              [&] { return c.loss(params, unused); });
    }
  }
}

TEST_CASE("distillation losses by hand: one request of two rows, no labels") {
  Case c;
  const float none = std::nanf("");
  std::fill(c.targets.label.begin(), c.targets.label.end(), none);
  std::fill(c.targets.teacher.begin(), c.targets.teacher.end(), none);
  c.rows = {0, 1};
  c.logits = {0, std::log(3.0)};
  c.targets.teacher[0] = std::log(3.0f);
  c.targets.teacher[1] = 0;
  std::vector<double> g(2);
  // sigma(0) = 1/2 and sigma(log 3) = 3/4. BCE(0, 3/4) = log 2; BCE(log 3, 1/2) = log 4 - log(3) / 2. Mean of the two.
  CHECK(c.loss(params_of(DistillLoss::point, 1), g) == Approx((std::log(2.0) + std::log(4.0) - std::log(3.0) / 2) / 2));
  CHECK(g[0] == Approx(-0.25 / 2));
  CHECK(g[1] == Approx(0.25 / 2));
  // One pair, m = 2: 2 / (m - 1) = 2 times BCE(-log 3, sigma(log 3) = 3/4) = log(4/3) + 3/4 log 3, over n = 2 rows.
  CHECK(c.loss(params_of(DistillLoss::pairwise, 1), g) == Approx(std::log(4.0 / 3) + 0.75 * std::log(3.0)));
  CHECK(g[0] == Approx(0.25 - 0.75));
  CHECK(g[1] == Approx(0.75 - 0.25));
  // p = (3/4, 1/4), q = (1/4, 3/4): m = 2 times 3/4 log 4 + 1/4 log(4/3), over n = 2 rows.
  CHECK(c.loss(params_of(DistillLoss::listwise, 1), g) == Approx(0.75 * std::log(4.0) + 0.25 * std::log(4.0 / 3)));
  CHECK(g[0] == Approx(0.25 - 0.75));
  CHECK(g[1] == Approx(0.75 - 0.25));
  // Each row is log 3 away from its teacher.
  CHECK(c.loss(params_of(DistillLoss::mse_logit, 1), g) == Approx(std::log(3.0) * std::log(3.0)));
  CHECK(g[1] == Approx(std::log(3.0)));
  // T = 2: labels sigma(log(3) / 2) = s and 1/2, T^2 = 4. The first row: 4 log 2, gradient 2 (1/2 - s).
  const double s = sigmoid(std::log(3.0) / 2);
  c.loss(params_of(DistillLoss::softmax, 1, 2), g);
  CHECK(g[0] == Approx(2 * (0.5 - s) / 2));
  CHECK(g[1] == Approx(2 * (s - 0.5) / 2));
  // Rows of two requests are two lists of one row each: nothing to compare.
  c.rows = {0, 4};
  c.targets.teacher[4] = 2;
  CHECK(c.loss(params_of(DistillLoss::pairwise, 1), g) == 0);
  CHECK(c.loss(params_of(DistillLoss::listwise, 1), g) == 0);
  CHECK(g == std::vector<double>{0, 0});
}

TEST_CASE("warm-up: the weight comes in at its very step, or in proportion") {
  DistillParams params = params_of(DistillLoss::point, 0.8);
  CHECK(distill_weight(params, 0) == 0.8);
  params.warm_up = {100, WarmUpShape::step};
  CHECK(distill_weight(params, 0) == 0);
  CHECK(distill_weight(params, 99) == 0);
  CHECK(distill_weight(params, 100) == 0.8);
  CHECK(distill_weight(params, kNoStep) == 0.8);
  params.warm_up.shape = WarmUpShape::ramp;
  CHECK(distill_weight(params, 0) == 0);
  CHECK(distill_weight(params, 50) == Approx(0.4));
  CHECK(distill_weight(params, 100) == 0.8);
  // In the loss: the step before is that of labels alone.
  Case c;
  std::vector<double> warm(12);
  std::vector<double> labels(12);
  params.warm_up.shape = WarmUpShape::step;
  const double loss = c.loss(params, warm, 99);
  CHECK(loss == label_loss<double>(c.targets)(c.batch(), c.logits, labels, 99));
  CHECK(warm == labels);
  CHECK(c.loss(params, warm, 100) == c.loss(params_of(DistillLoss::point, 0.8), labels));
  CHECK(warm == labels);
}

TEST_CASE("weight 0 trains the same bits as no teacher; so do a warm-up that never ends and the default samples") {
  const toy::Data data = toy::data(40, 60, 100, 8, 1);
  const auto plain = make("two_tower", data.store);
  train(*plain, data.store, data.log, few_steps(), 5);
  const std::vector<float> expected = all_values(*plain);
  const std::vector<float> teacher = made_up_logits(data.log);
  CHECK(trained(data, params_of(DistillLoss::point, 0), teacher) == expected);
  DistillParams never = params_of(DistillLoss::mse_logit, 0.5);
  never.warm_up.steps = 1000000;
  CHECK(trained(data, never, teacher) == expected);
  CHECK(trained(data, params_of(DistillLoss::point, 0.5), teacher) != expected);
  const auto sampled = make("two_tower", data.store);
  const Targets targets = label_rows(data.log, {});
  train_on(*sampled, data.store, data.log, targets.rows, label_loss<float>(targets), few_steps(), 5);
  CHECK(all_values(*sampled) == expected);
}

TEST_CASE("weight 1 does not look at labels") {
  const toy::Data data = toy::data(40, 60, 100, 8, 1);
  toy::Data flipped = data;
  for (std::size_t row = 0; row < flipped.log.size(); ++row)
    flipped.log.click[row] = flipped.log.space[row] == Space::exposed ? 1 - flipped.log.click[row] : 0;
  const std::vector<float> teacher = made_up_logits(data.log);
  for (const DistillLoss loss : kLosses) {
    CHECK(trained(data, params_of(loss, 1), teacher) == trained(flipped, params_of(loss, 1), teacher));
    CHECK(trained(data, params_of(loss, 0.5), teacher) != trained(flipped, params_of(loss, 0.5), teacher));
  }
}

TEST_CASE("a teacher's parameters stay as they are, and its logits are those of its scorer") {
  const toy::Data data = toy::data(40, 60, 300, 8, 1);
  const auto teacher = make("cold", data.store);
  train(*teacher, data.store, data.log, few_steps(), 2);
  const std::vector<float> before = all_values(*teacher);
  const std::vector<float> logits = log_logits(*teacher, data.store, data.log);
  trained(data, params_of(DistillLoss::point, 0.9), logits);
  CHECK(all_values(*teacher) == before);
  const std::vector<float> served = log_logits(*teacher->freeze(data.store), data.store, data.log);
  REQUIRE(served.size() == logits.size());
  for (std::size_t row = 0; row < served.size(); ++row) CHECK(served[row] == Approx(logits[row]).margin(1e-4));
}

TEST_CASE("batches by request: none is split, and every row comes once an epoch") {
  const toy::Data data = toy::data(40, 60, 101, 8, 1);
  const Targets targets = label_rows(data.log, {});
  std::vector<std::vector<std::uint32_t>> batches;
  const LossFunction<float> recorder = [&](const Batch& batch, std::span<const float> logits,
                                           std::span<float> gradients, std::int64_t step) {
    CHECK(step == static_cast<std::int64_t>(batches.size()));
    batches.emplace_back(batch.rows.begin(), batch.rows.end());
    return click_bce<float>(batch, logits, gradients);
  };
  const auto model = make("logistic", data.store);
  TrainParams params = few_steps();
  const TrainSummary summary =
      train_on(*model, data.store, data.log, targets.rows, recorder, params, 5, {}, Unit::request);
  CHECK(summary.epochs == 2);
  REQUIRE(batches.size() % 2 == 0);
  std::vector<std::uint32_t> seen;
  for (std::size_t b = 0; b < batches.size() / 2; ++b) {
    for (std::size_t k = 0; k < batches[b].size(); ++k) {
      seen.push_back(batches[b][k]);
      if (k > 0 && data.log.request[batches[b][k]] == data.log.request[batches[b][k - 1]])
        CHECK(batches[b][k] > batches[b][k - 1]);
    }
    for (std::size_t other = b + 1; other < batches.size() / 2; ++other)
      CHECK(data.log.request[batches[b].back()] != data.log.request[batches[other].front()]);
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == targets.rows);
  CHECK(batches.front() != batches[batches.size() / 2]);
}

}  // namespace cascade
