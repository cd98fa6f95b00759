#include "engine/log_metrics.h"

#include <catch2/catch.hpp>

#include "metrics/ranking.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// The logit of an item is 0, +1 or -1 by id; counts how it is called.
class SignStage final : public ScoringStage {
 public:
  using ScoringStage::ScoringStage;
  void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override {
    for (std::size_t k = 0; k < items.size(); ++k)
      out[k] = static_cast<float>(items[k] % 3) - 1 + 10 * static_cast<float>(request.user);
  }
  ScorerWork work() const override { return {}; }
};

/// Besides, the logit of a conversion is minus the item's id.
class ConvertingStage final : public ScoringStage, public ConversionEstimator {
 public:
  using ScoringStage::ScoringStage;
  void logits(const Request&, std::span<const ItemId> items, std::span<float> out) const override {
    for (std::size_t k = 0; k < items.size(); ++k) out[k] = static_cast<float>(items[k]);
  }
  void conversion_logits(const Request&, std::span<const ItemId> items, std::span<float> out) const override {
    for (std::size_t k = 0; k < items.size(); ++k) out[k] = -static_cast<float>(items[k]);
  }
  ScorerWork work() const override { return {}; }
};

void add_row(LogTable& log, std::uint64_t request, UserId user, ItemId item, bool click) {
  const std::size_t row = log.size();
  log.resize(row + 1, FeatureSchema{});
  log.request[row] = request;
  log.user[row] = user;
  log.item[row] = item;
  log.click[row] = click ? 1 : 0;
}

double value_of(const NamedValues& values, const std::string& name) {
  for (const auto& [known, value] : values)
    if (known == name) return value;
  FAIL("no metric is called " << name);
  return 0;
}

}  // namespace

TEST_CASE("rows of a log are scored in their order, each for its own user") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(2), std::vector<FeatureStore::Item>(6));
  LogTable log;
  add_row(log, 0, 1, 5, true);
  add_row(log, 0, 1, 0, false);
  add_row(log, 1, 0, 4, false);
  CHECK(score_log(SignStage(store, Objective::click), log) == std::vector<float>{11, 9, 0});
  CHECK(score_log(SignStage(store, Objective::click), {}).empty());
}

TEST_CASE("metrics on a log by hand") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), std::vector<FeatureStore::Item>(6));
  Logs logs;
  // Logits 1, 0, -1, 0; clicks on the first and the last. Pairs of click and none: 1 > 0, 1 > -1, 0 = 0, 0 > -1:
  // AUC 3.5 / 4; predicted .7311 + .5 + .2689 + .5 = 2 for 2 clicks.
  add_row(logs.next_day, 0, 0, 2, true);
  add_row(logs.next_day, 0, 0, 1, false);
  add_row(logs.next_day, 1, 0, 3, false);
  add_row(logs.next_day, 1, 0, 4, true);
  // All over the catalogue: logits -1 (click) and 1: the wrong way round; predicted 1 for 1 click.
  add_row(logs.all_space, 0, 0, 0, true);
  add_row(logs.all_space, 0, 0, 5, false);
  const NamedValues values = log_metrics(SignStage(store, Objective::click), logs);
  CHECK(value_of(values, "auc") == 3.5 / 4);
  CHECK(value_of(values, "gauc") == 3.5 / 4);
  CHECK(value_of(values, "auc_all") == 0);
  CHECK(value_of(values, "pcoc.EX") == Approx(1));
  CHECK(value_of(values, "pcoc.RND") == Approx(1));
}

TEST_CASE("metrics of conversions are over the clicked rows of the held-out day") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), std::vector<FeatureStore::Item>(6));
  Logs logs;
  // Clicked: items 0 (converted), 1, 2 (converted), of logits 0, -1, -2: pairs 0 > -1 right, -2 > -1 wrong. Item 5 was
  // not clicked. Predicted .5 + .2689 + .1192 for 2 conversions.
  for (const ItemId item : {0, 1, 2, 5}) add_row(logs.next_day, 0, 0, item, item != 5);
  logs.next_day.convert = {1, 0, 1, 0};
  add_row(logs.all_space, 0, 0, 3, true);
  add_row(logs.all_space, 0, 0, 4, false);
  const NamedValues values = log_metrics(ConvertingStage(store, Objective::gmv), logs);
  CHECK(value_of(values, "auc") == 0);
  CHECK(value_of(values, "auc_cvr") == 0.5);
  CHECK(value_of(values, "gauc_cvr") == 0.5);
  CHECK(value_of(values, "pcoc_cvr") == Approx(0.4440).epsilon(1e-3));
  CHECK(log_metrics(ConvertingStage(store, Objective::click), logs).size() == 6);
  const NamedValues after = log_metrics(ConvertingStage(store, Objective::after_click), logs);
  REQUIRE(after.size() == 3);
  CHECK(after[0].first == "auc_cvr");
}
