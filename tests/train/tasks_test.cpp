#include "train/tasks.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/models/gradient_check.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

const std::vector<TaskHead> kHeads = {{"click", 0, 1, 0}, {"conversion", 1, 1, 0}, {"dwell", 2, 4, 0}};

/// Four exposed rows, of which 1 and 2 were clicked and 2 converted, and a clicked row that was not exposed.
LogTable five_rows(const FeatureStore& store) {
  LogTable log;
  log.resize(5, store.schema());
  for (std::size_t row = 0; row < 5; ++row) log.item[row] = static_cast<ItemId>(row);
  log.click = {0, 1, 1, 0, 1};
  log.convert = {0, 0, 1, 0, 1};
  log.space[4] = Space::ranked;
  log.privileged[0] = {0, 3, 1, 0, 2};
  log.cross[1] = {5, 6, 7, 8, 9};
  return log;
}

LossFunction<double> clicks() {
  return [](const Batch& batch, std::span<const double> logits, std::span<double> gradients, std::int64_t) {
    return click_bce<double>(batch, logits, gradients);
  };
}

}  // namespace

TEST_CASE("a model of conversions sees the clicked exposures and no other row") {
  const FeatureStore store = toy::store(4, 12);
  const LogTable clicked = conversion_log(five_rows(store));
  CHECK(clicked.item == std::vector<ItemId>{1, 2});
  CHECK(clicked.click == std::vector<std::uint8_t>{0, 1});
  CHECK(clicked.convert == clicked.click);
  CHECK(clicked.privileged[0] == std::vector<std::uint8_t>{3, 1});
  CHECK(clicked.cross[1] == std::vector<std::uint8_t>{6, 7});
  CHECK(clicked.request.size() == 2);
  CHECK(clicked.dwell_s.size() == 2);

  const toy::Data data = toy::data();
  const LogTable all = conversion_log(data.log);
  std::size_t clicks_logged = 0;
  for (std::size_t row = 0; row < data.log.size(); ++row) clicks_logged += data.log.click[row];
  CHECK(all.size() == clicks_logged);
  for (const std::uint8_t dwell : all.privileged[0]) CHECK(dwell > 0);  // 0: no click
  CHECK(conversion_log(LogTable()).size() == 0);
}

TEST_CASE("losses of several tasks by hand: each counts the rows that say something of it") {
  const FeatureStore store = toy::store(4, 12);
  const LogTable log = five_rows(store);
  const std::vector<std::uint32_t> rows = {0, 1, 2, 4};
  const Batch batch{&store, &log, rows};
  const auto first = [](const Batch&, std::span<const double> logits, std::span<double> gradients, std::int64_t step) {
    CHECK(step == 7);
    for (std::size_t r = 0; r < logits.size(); ++r) gradients[r] = logits[r];
    return 10.0;
  };
  // All logits 0 but the first task's. Clicks are the first function's alone. Conversion: rows 1 and 2, ln 2 each.
  // Dwell: the same rows, ln 4 each. Weight .5 over 4 rows: 10 + .125 (2 ln 2 + 2 ln 4).
  std::vector<double> logits(4 * 6, 0.0);
  for (std::size_t r = 0; r < 4; ++r) logits[6 * r] = static_cast<double>(r);
  std::vector<double> gradients(logits.size(), 99);
  const double loss = multi_task_loss<double>(first, kHeads, 0.5, Target::click)(batch, logits, gradients, 7);
  CHECK(loss == Approx(10 + 0.125 * 6 * std::log(2.0)));
  for (std::size_t r = 0; r < 4; ++r) {
    INFO("row " << rows[r]);
    CHECK(gradients[6 * r] == static_cast<double>(r));
    const bool counts = r == 1 || r == 2;
    CHECK(gradients[6 * r + 1] == Approx(!counts ? 0.0 : r == 1 ? 0.125 * 0.5 : -0.125 * 0.5));
    for (std::size_t v = 0; v < 4; ++v) {
      const double label = log.privileged[0][rows[r]] == v ? 1.0 : 0.0;
      CHECK(gradients[6 * r + 2 + v] == Approx(counts ? 0.125 * (0.25 - label) : 0.0));
    }
  }
}

TEST_CASE("gradients of several tasks' losses agree with central differences") {
  const toy::Data data = toy::data();
  const std::vector<std::uint32_t> rows = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const Batch batch{&data.store, &data.log, rows};
  Rng rng(2, Stream::test, 0);
  std::vector<double> logits(rows.size() * 6);
  for (double& logit : logits) logit = 2 * rng.normal();
  std::vector<double> gradients(logits.size());
  std::vector<double> unused(logits.size());
  const auto loss = multi_task_loss<double>(clicks(), kHeads, 0.7, Target::click);
  loss(batch, logits, gradients, 0);
  testing::check_gradient("logits", logits, gradients, [&] { return loss(batch, logits, unused, 0); });
}

TEST_CASE("in a log of conversions every row is clicked") {
  const FeatureStore store = toy::store(4, 12);
  const LogTable log = conversion_log(five_rows(store));
  const std::vector<std::uint32_t> rows = {0, 1};
  const std::vector<double> logits(2 * 5, 0.0);
  std::vector<double> gradients(logits.size());
  const std::vector<TaskHead> heads = {{"conversion", 0, 1, 0}, {"dwell", 1, 4, 0}};
  const double loss =
      multi_task_loss<double>(clicks(), heads, 1, Target::conversion)({&store, &log, rows}, logits, gradients, 0);
  CHECK(loss == Approx(3 * std::log(2.0)));
  CHECK(gradients[0] == Approx(0.25));
  CHECK(gradients[5] == Approx(-0.25));
}

}  // namespace cascade
