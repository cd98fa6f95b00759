#include "engine/measure.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "metrics/ranking.h"
#include "tests/engine/rows.h"
#include "tests/engine/served.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("what a funnel does not lose at a stage, it has at the end") {
  const PointRun point = run_one(tiny_scenario());
  for (const std::string k : {"5", "10"}) {
    const auto end = column(point, "joint_recall@" + k);
    CHECK(end == column(point, "ranking.joint_recall@" + k));
    for (std::size_t r = 0; r < end.size(); ++r) {
      double all = end[r];
      double before = 1;
      for (const std::string stage : {"recall", "preranking", "ranking"}) {
        const double lost = column(point, stage + ".lost@" + k)[r];
        const double joint = column(point, stage + ".joint_recall@" + k)[r];
        CHECK(lost >= 0);
        CHECK(joint == Approx(before - lost).margin(1e-12));
        const double alone = column(point, stage + ".stage_recall@" + k)[r];
        if (before > 0)
          CHECK(alone == Approx(joint / before).margin(1e-12));
        else
          CHECK(std::isnan(alone));
        all += lost;
        before = joint;
      }
      CHECK(all == Approx(1).margin(1e-12));
    }
  }
}

TEST_CASE("what a stage gets is what the one before it passed on") {
  const PointRun point = run_one(tiny_scenario());
  const std::vector<double> quotas = {80, 20, 5};
  const std::vector<std::string> stages = {"recall", "preranking", "ranking"};
  for (std::size_t r = 0; r < 70; ++r) {
    CHECK(column(point, "recall.in")[r] == 400);
    CHECK(column(point, "recall.items_scored")[r] == 400);
    for (std::size_t j = 0; j < 3; ++j) {
      CHECK(column(point, stages[j] + ".out")[r] == quotas[j]);
      CHECK(column(point, stages[j] + ".cut")[r] == 0);
      if (j == 0) continue;
      CHECK(column(point, stages[j] + ".in")[r] == column(point, stages[j - 1] + ".out")[r]);
      CHECK(column(point, stages[j] + ".items_scored")[r] == column(point, stages[j] + ".in")[r]);
    }
    double flops = 0;
    double compute = 0;
    double latency = 0;
    for (const std::string& stage : stages) {
      flops += column(point, stage + ".flops")[r];
      compute += column(point, stage + ".compute_us")[r];
      latency += column(point, stage + ".latency_us")[r];
    }
    CHECK(column(point, "flops")[r] == Approx(flops));
    CHECK(column(point, "compute_us")[r] == Approx(compute));
    CHECK(column(point, "latency_us")[r] == Approx(latency));
    CHECK(column(point, "value_per_compute")[r] == Approx(1000 * column(point, "value")[r] / compute));
  }
}

TEST_CASE("the stages' shares of the regret add up to it, and perfect stages have none") {
  const PointRun point = run_one(tiny_scenario());
  const auto regret = column(point, "regret");
  for (std::size_t r = 0; r < regret.size(); ++r)
    CHECK(column(point, "regret.recall")[r] + column(point, "regret.preranking")[r] +
              column(point, "regret.ranking")[r] ==
          Approx(regret[r]).margin(1e-6));  // true values are floats

  // With a perfect recall before it and a perfect ranking behind it, all that is missed is pre-ranking's.
  const PointRun one = run_one(tiny_scenario({"funnel.recall={name: recall, kind: oracle, keep: 80}",
                                              "funnel.ranking={name: ranking, kind: oracle, keep: 5}"}));
  const auto all = column(one, "regret");
  for (std::size_t r = 0; r < all.size(); ++r) {
    CHECK(column(one, "regret.recall")[r] == Approx(0).margin(1e-6));
    CHECK(column(one, "regret.preranking")[r] == Approx(all[r]).margin(1e-6));
    CHECK(column(one, "regret.ranking")[r] == Approx(0).margin(1e-6));
  }
  const PointRun off = run_one(tiny_scenario({"evaluate.split_regret=false"}));
  CHECK(std::find(off.columns.begin(), off.columns.end(), "regret.recall") == off.columns.end());
}

TEST_CASE("regret is the share of the oracle's page that is missed") {
  const Scenario scenario = tiny_scenario();
  const PointRun point = run_one(scenario);
  const World world(scenario.world, 11);
  const auto value = column(point, "value");
  const auto regret = column(point, "regret");
  for (std::size_t r = 0; r < value.size(); ++r) {
    const Request request = world.request(kEvaluationSample, r, 1);
    std::vector<std::vector<ScoredItem>> best(1);
    world.top_by_value(std::span(&request, 1), 5, best);
    double most = 0;
    for (const ScoredItem& s : best[0]) most += static_cast<double>(s.score);
    CHECK(regret[r] == Approx(1 - value[r] / most).margin(1e-12));
    CHECK(regret[r] >= 0);
    CHECK(regret[r] <= 1);
    CHECK(column(point, "ctr")[r] == Approx(value[r] / 5));
  }
}

TEST_CASE("a funnel of oracles loses nothing and regrets nothing") {
  for (const std::string value : {"click", "conversion", "ecpm", "gmv"}) {
    const PointRun point = run_one(
        tiny_scenario({"world.bids=true", "world.value=" + value, "models={}", "funnel.recall={kind: oracle, keep: 30}",
                       "funnel.preranking={kind: oracle, keep: 20}", "funnel.ranking={kind: oracle, keep: 10}"}));
    INFO(value);
    for (const double r : column(point, "regret")) CHECK(r == Approx(0).margin(1e-6));
    for (const double r : column(point, "joint_recall@10")) CHECK(r == 1);
    for (const double r : column(point, "joint_recall@5")) CHECK(r == 1);
    for (const double r : column(point, "preranking.overlap_fine@5")) CHECK(r == 1);
    for (std::size_t stage = 0; stage < 3; ++stage)
      for (const double gain : arm_column(point, stage, "oracle", "headroom")) CHECK(gain == Approx(0).margin(1e-6));
  }
}

TEST_CASE("no order of the last stage beats the oracle's, none is far below chance") {
  for (const std::string value : {"click", "conversion", "ecpm", "gmv"}) {
    const PointRun point = run_one(tiny_scenario({"world.bids=true", "world.value=" + value}));
    INFO(value);
    const auto own = column(point, "value");
    const auto best = arm_column(point, 2, "oracle", "value");
    const auto chance = arm_column(point, 2, "random", "value");
    const auto headroom = arm_column(point, 2, "oracle", "headroom");
    for (std::size_t r = 0; r < own.size(); ++r) {
      CHECK(best[r] >= own[r] - 1e-6);
      CHECK(best[r] >= chance[r] - 1e-6);
      CHECK(headroom[r] == Approx(best[r] - own[r]).margin(1e-12));
    }
  }
}

TEST_CASE("the rate of a page by what the world counts as value") {
  CHECK(rate_name(Value::click) == "ctr");
  CHECK(rate_name(Value::conversion) == "cvr");
  CHECK(rate_name(Value::gmv) == "gmv");
  // eCPM is money a thousand impressions.
  const PointRun point = run_one(tiny_scenario({"world.bids=true", "world.value=ecpm"}));
  const auto value = column(point, "value");
  const auto ecpm = column(point, "ecpm");
  for (std::size_t r = 0; r < value.size(); ++r) CHECK(ecpm[r] == Approx(1000 * value[r] / 5));
}

TEST_CASE("agreement with the fine ranker against the stages called one by one") {
  const Scenario scenario = tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 20}",
                                           "funnel.ranking={kind: two_tower, model: towers, keep: 5}"});
  const PointRun point = run_one(scenario);
  Served served(scenario);
  const FunnelPlan plan = served.plan(scenario);
  BlockRun block(served.requests());
  for (std::size_t r = 0; r < 70; ++r) {
    const CandidateList& recalled = block.stage(plan, 0).kept[r];
    std::vector<float> own(recalled.size());
    std::vector<float> fine(recalled.size());
    plan.stages[1].fitted.scoring->logits(served.requests()[r], recalled.items, own);
    plan.stages[2].fitted.scoring->logits(served.requests()[r], recalled.items, fine);
    for (const std::size_t m : {std::size_t{5}, std::size_t{10}}) {
      const std::string at = "@" + std::to_string(m);
      CHECK(column(point, "preranking.overlap_fine" + at)[r] == overlap_top(own, fine, recalled.items, m));
      CHECK(column(point, "preranking.overlap_next" + at)[r] == overlap_top(own, fine, recalled.items, m));
      // There is nothing between recall and pre-ranking: alone it is as good as in the funnel.
      const double alone = column(point, "preranking.alone_recall" + at)[r];
      const double in_funnel = column(point, "preranking.stage_recall" + at)[r];
      CHECK((alone == in_funnel || (std::isnan(alone) && std::isnan(in_funnel))));
    }
    CHECK(column(point, "preranking.overlap_fine@keep")[r] == overlap_top(own, fine, recalled.items, 20));
    CHECK(column(point, "preranking.kendall_tau_fine")[r] == kendall_tau_b(own, fine));
    // alone_recall of the last stage: its 5 best of all 80.
    const auto alone_5 = [&] {
      const CandidateList kept = keep_best(recalled, fine, 5);
      std::vector<std::vector<ScoredItem>> best(1);
      served.world().top_by_value(served.requests().subspan(r, 1), 5, best);
      std::vector<ItemId> top;
      for (const ScoredItem& s : best[0]) top.push_back(s.item);
      const auto came = intersection_size(recalled.items, top);
      return came == 0 ? std::nan("")
                       : static_cast<double>(intersection_size(kept.items, top)) / static_cast<double>(came);
    }();
    const double measured = column(point, "ranking.alone_recall@5")[r];
    CHECK((measured == Approx(alone_5) || (std::isnan(measured) && std::isnan(alone_5))));
  }
}

TEST_CASE("only the first requests are measured with arms and for agreement") {
  const PointRun point = run_one(tiny_scenario({"evaluate.arm_requests=7", "evaluate.alignment_requests=9"}));
  CHECK(arm_column(point, 0, "random", "value").size() == 7);
  const auto tau = column(point, "preranking.kendall_tau_fine");
  CHECK_FALSE(std::isnan(tau[8]));
  CHECK(std::isnan(tau[9]));
  const PointRun none = run_one(tiny_scenario({"evaluate.arm_requests=0", "evaluate.alignment_requests=0"}));
  CHECK(none.arms.empty());
  CHECK(std::isnan(column(none, "preranking.kendall_tau_fine")[0]));
  CHECK(column(none, "value") == column(point, "value"));
}

TEST_CASE("a scorer that is the truth is calibrated in every sample space") {
  const PointRun point = run_one(tiny_scenario({"funnel.preranking={kind: noisy_oracle, correlation: 1, keep: 20}",
                                                "logs.requests_a_day=4000", "logs.all_space_rows=40000"}));
  CHECK(pooled(point, 1, "pcoc.RC") == Approx(1).margin(1e-6));
  CHECK(pooled(point, 1, "pcoc.PRC") == Approx(1).margin(1e-6));
  // About 1200 clicks on exposures: s.e. .03; fewer all over the catalogue.
  CHECK(pooled(point, 1, "pcoc.EX") == Approx(1).margin(0.12));
  CHECK(pooled(point, 1, "pcoc.RND") == Approx(1).margin(0.15));
  CHECK(pooled(point, 1, "gauc") > pooled(point, 2, "gauc"));
  CHECK(pooled(point, 1, "auc_all") > pooled(point, 2, "auc_all"));
}

TEST_CASE("an oracle of money has no click probability to be calibrated") {
  const PointRun point = run_one(tiny_scenario({"world.value=gmv", "funnel.preranking={kind: oracle, keep: 20}"}));
  for (const char* name : {"pcoc.EX", "pcoc.RND", "pcoc.RC", "pcoc.PRC"}) CHECK(std::isnan(pooled(point, 1, name)));
  CHECK_FALSE(std::isnan(pooled(point, 1, "auc_all")));
  CHECK_FALSE(std::isnan(pooled(point, 2, "pcoc.RC")));
}
