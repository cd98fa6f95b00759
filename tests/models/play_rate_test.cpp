#include "models/play_rate.h"

#include <catch2/catch.hpp>

#include "base/real.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

PlayRateParams params_of(double half_life, double prior_weight) {
  PlayRateParams params;
  params.half_life = half_life;
  params.prior_weight = prior_weight;
  return params;
}

void add_row(LogTable& log, ItemId item, std::uint16_t day, bool click, Space space = Space::exposed) {
  log.user.push_back(0);
  log.item.push_back(item);
  log.day.push_back(day);
  log.click.push_back(click ? 1 : 0);
  log.space.push_back(space);
}

}  // namespace

TEST_CASE("play_rate: decayed clicks over decayed impressions by hand") {
  PlayRates rates(3, params_of(2, 4));
  CHECK(rates.rate(0, 0) == Approx(0.5));  // nothing shown yet
  rates.observe(0, 0, true);
  rates.observe(0, 0, false);
  rates.observe(1, 2, true);
  rates.observe(0, 4, false);
  // On day 4 with a half-life of 2 days: item 0 has 1/4 clicks of 1/4 + 1/4 + 1 impressions, item 1 has 1/2 of 1/2;
  // all together .75 of 2, so the prior is 4 * .375 = 1.5 clicks of 4.
  CHECK(rates.rate(0, 4) == Approx((0.25 + 1.5) / (1.5 + 4)));
  CHECK(rates.rate(1, 4) == Approx((0.5 + 1.5) / (0.5 + 4)));
  CHECK(rates.rate(2, 4) == Approx(0.375));
  // Two days later everything counts half, the prior as before.
  CHECK(rates.rate(0, 6) == Approx((0.125 + 1.5) / (0.75 + 4)));
}

TEST_CASE("play_rate: rows that arrive late count as if they had come in time") {
  PlayRates in_time(2, params_of(0.7, 3));
  PlayRates late(2, params_of(0.7, 3));
  in_time.observe(0, 1, true);
  in_time.observe(1, 2, false);
  in_time.observe(0, 3, false);
  late.observe(0, 3, false);
  late.observe(0, 1, true);
  late.observe(1, 2, false);
  for (const ItemId item : {0U, 1U}) CHECK(late.rate(item, 4) == Approx(in_time.rate(item, 4)).epsilon(1e-12));
}

TEST_CASE("play_rate: fitted on the exposed rows, for the day after the last") {
  const FeatureStore store = toy::store(2, 3);
  LogTable log;
  add_row(log, 0, 0, true);
  add_row(log, 1, 1, false);
  add_row(log, 2, 1, true, Space::ranked);
  const auto scorer = fit_play_rate(params_of(1, 1), store, log);
  const std::vector<ItemId> items = {0, 1, 2};
  std::vector<float> logits(3);
  scorer->score(CandidateFeatures(store, 0, items), logits);
  // On day 2: item 0 has 1/4 of 1/4, item 1 has 0 of 1/2; the overall rate is 1/3.
  CHECK(logits[0] == Approx(logit((0.25 + 1.0 / 3) / 1.25)));
  CHECK(logits[1] == Approx(logit((1.0 / 3) / 1.5)));
  CHECK(logits[2] == Approx(logit(1.0 / 3)));
  fit_play_rate(params_of(1, 1), store, LogTable())->score(CandidateFeatures(store, 0, items), logits);
  CHECK(logits[1] == Approx(0).margin(1e-7));
}

TEST_CASE("play_rate: a short half-life follows the last day, a long one the whole log") {
  const FeatureStore store = toy::store(2, 2);
  LogTable log;  // item 0 was liked on day 0, item 1 on day 9
  for (int k = 0; k < 30; ++k) add_row(log, 0, 0, true);
  for (int k = 0; k < 20; ++k) add_row(log, 0, 9, false);
  for (int k = 0; k < 10; ++k) add_row(log, 1, 9, k % 2 == 0);
  const std::vector<ItemId> items = {0, 1};
  std::vector<float> logits(2);
  fit_play_rate(params_of(0.5, 1), store, log)->score(CandidateFeatures(store, 0, items), logits);
  CHECK(logits[1] > logits[0]);
  fit_play_rate(params_of(1000, 1), store, log)->score(CandidateFeatures(store, 0, items), logits);
  CHECK(logits[0] > logits[1]);
}

}  // namespace cascade
