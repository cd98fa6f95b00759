#include "engine/allocation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/parallel.h"
#include "base/stats.h"
#include "engine/budget_control.h"
#include "engine/expected_work.h"
#include "tests/engine/fault_texts.h"
#include "tests/engine/rows.h"
#include "tests/engine/served.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const std::string kLevels = "stages: {preranking: {levels: [6, 10, 20, 40]}}, requests: 200";

/// The tiny scenario with pre-ranking by a model, so that it has work of both kinds.
Scenario allocated(const std::string& allocation, const std::string& more = "seed=3") {
  return tiny_scenario(
      {"funnel.preranking={kind: two_tower, model: towers, keep: 20}", "allocation={" + allocation + "}", more});
}

/// Whether two points measured the same, in all columns that the first has.
void check_same_rows(const PointRun& a, const PointRun& b) {
  for (const std::string& name : a.columns) {
    const std::vector<double> of_a = column(a, name);
    const std::vector<double> of_b = column(b, name);
    for (std::size_t r = 0; r < of_a.size(); ++r)
      if (!(std::isnan(of_a[r]) && std::isnan(of_b[r]))) CHECK(of_a[r] == of_b[r]);
  }
}

double run_mean(const RunValues& metrics, const std::string& name) {
  for (const auto& [known, values] : metrics)
    if (known == name) return mean(values);
  CASCADE_CHECK(false, "no metric is called " + name);
}

}  // namespace

TEST_CASE("an allocation among one level is the funnel itself, bit for bit") {
  const PointRun plain = run_one(tiny_scenario({"funnel.preranking={kind: two_tower, model: towers, keep: 20}"}));
  for (const std::string kind : {"uniform", "by_segment", "dcaf"}) {
    const PointRun point =
        run_one(allocated("kind: " + kind + ", stages: {preranking: {levels: [20]}}, requests: 100"));
    check_same_rows(plain, point);
    CHECK(column(point, "preranking.allowed") == std::vector<double>(70, 20));
    // Arms and swaps keep what the funnel keeps.
    CHECK(arm_column(plain, 1, "oracle", "value") == arm_column(point, 1, "oracle", "value"));
    CHECK(arm_column(plain, 0, "random", "value") == arm_column(point, 0, "random", "value"));
    CHECK(pooled(point, 1, "quota_share@20") == 1);
  }
}

TEST_CASE("a uniform allocation takes the dearest level that the budget pays for") {
  const PointRun same = run_one(allocated("kind: uniform, " + kLevels));
  CHECK(column(same, "preranking.allowed") == std::vector<double>(70, 20));  // as the funnel has it
  CHECK(mean(column(same, "budget_used")) == Approx(1));
  const PointRun less = run_one(allocated("kind: uniform, share: 0.999, " + kLevels));
  CHECK(column(less, "preranking.allowed") == std::vector<double>(70, 10));
  CHECK(column(less, "preranking.out") == std::vector<double>(70, 10));
  CHECK(column(less, "ranking.in") == std::vector<double>(70, 10));
}

TEST_CASE("dcaf spends its budget, each request as it is estimated to gain") {
  Scenario scenario = allocated("kind: dcaf, us: 1, " + kLevels, "evaluate.requests=300");
  // Between the cheapest and the dearest level, whatever these cost.
  const auto cost_of = [&](const std::string& level) {
    Scenario one = scenario;
    one.allocation.stages[0].second.levels = {std::stoi(level)};
    return mean(column(run_one(one), "compute_us"));
  };
  const double low = cost_of("6");
  const double high = cost_of("40");
  for (const double way : {0.2, 0.5}) {
    scenario.allocation.us = low + way * (high - low);
    const PointRun point = run_one(scenario);
    const std::vector<double> given = column(point, "preranking.allowed");
    CHECK(std::set<double>(given.begin(), given.end()).size() > 2);
    CHECK(mean(column(point, "compute_us")) == Approx(scenario.allocation.us).epsilon(0.15 * (high - low) / low));
    CHECK(mean(column(point, "budget_used")) == Approx(mean(column(point, "compute_us")) / scenario.allocation.us));
    CHECK(pooled(point, 1, "lambda") > 0);
    CHECK(pooled(point, 1, "dual_gap") >= 0);
    CHECK(pooled(point, 1, "allocation_budget") == scenario.allocation.us);
    double shares = 0;
    for (const char* level : {"6", "10", "20", "40"}) shares += pooled(point, 1, "quota_share@" + std::string(level));
    CHECK(shares == Approx(1));
  }
  // More than the dearest level costs: everyone gets it. Less than the cheapest: nobody gets more.
  scenario.allocation.us = 2 * high;
  CHECK(pooled(run_one(scenario), 1, "lambda") == 0);
  scenario.allocation.us = low / 2;
  CHECK(column(run_one(scenario), "preranking.allowed") == std::vector<double>(300, 6));
}

TEST_CASE("by segment, users of a segment get the same and the budget is met on the logs") {
  const Scenario scenario = allocated("kind: by_segment, goal: soft_recall, group: gender, share: 1.0, " + kLevels);
  Served served(scenario);
  Universe& universe = served.universe();
  LoggedReplays replays;
  const FittedAllocation fitted =
      fit_allocation(universe, scenario, served.planner(), served.plan(scenario), 0, replays, {});
  BlockRun block(served.requests());
  const FeatureStore& store = universe.world().features();
  std::map<std::uint32_t, std::size_t> by_group;
  for (std::size_t r = 0; r < served.requests().size(); ++r) {
    const std::uint32_t group = store.values(store.schema().find("gender"), served.requests()[r].user)[0];
    const std::size_t quota = block.quota(fitted.plan, 1, r);
    CHECK(by_group.emplace(group, quota).first->second == quota);
    CHECK(block.stage(fitted.plan, 1).kept[r].size() == quota);
  }
  CHECK(by_group.size() == 3);
}

TEST_CASE("allocations that differ in kind or budget replay the logs once, and give what each gives alone") {
  const std::string control = "control: {qps: 50, window_s: 1, seconds: 20, runs: 2}, ";
  const std::vector<Scenario> scenarios = {
      allocated("kind: dcaf, " + control + kLevels), allocated("kind: dcaf, share: 0.8, " + control + kLevels),
      allocated("kind: by_segment, " + kLevels),
      allocated("kind: dcaf, " + control + "stages: {preranking: {levels: [10, 20, 40]}}, requests: 200"),
      allocated("kind: dcaf, goal: soft_recall, " + kLevels)};
  Served served(scenarios[0]);
  LoggedReplays replays;
  std::vector<std::size_t> kept;
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    fit_allocation(served.universe(), scenarios[s], served.planner(), served.plan(scenarios[s]), static_cast<int>(s),
                   replays, {});
    kept.push_back(replays.size());
  }
  CHECK(kept == std::vector<std::size_t>{1, 1, 1, 2, 3});

  const ReplicateRun together = run_replicate(scenarios, 11, {}, {});
  for (std::size_t s = 0; s < scenarios.size(); ++s)
    check_same_rows(run_replicate(std::span(&scenarios[s], 1), 11, {}, {}).points[0], together.points[s]);
}

TEST_CASE("levels of several stages are those combinations that do not grow") {
  const Scenario scenario =
      allocated("kind: joint, stages: {recall: {levels: [10, 80]}, preranking: {levels: [6, 20]}}, requests: 50");
  CHECK(quota_levels(scenario) == std::vector<std::vector<std::size_t>>{{10, 6, 0}, {80, 6, 0}, {80, 20, 0}});
  const PointRun point = run_one(scenario);
  const std::vector<double> recall = column(point, "recall.allowed");
  const std::vector<double> preranking = column(point, "preranking.allowed");
  CHECK(column(point, "recall.out") == recall);
  CHECK(column(point, "preranking.out") == preranking);
  for (std::size_t r = 0; r < recall.size(); ++r) CHECK((recall[r] == 80 || preranking[r] == 6));
  CHECK(column(point, "preranking.items_scored") == recall);
}

TEST_CASE("one level of recall is the recall itself") {
  const PointRun plain = run_one(tiny_scenario());
  const PointRun point = run_one(
      tiny_scenario({"allocation={kind: dcaf, stages: {recall: {levels: [80]}}, known: [scores], requests: 50}"}));
  check_same_rows(plain, point);
}

TEST_CASE("an allocation is the same on any number of threads") {
  const Scenario scenario = allocated("kind: dcaf, " + kLevels);
  PointRun one;
  {
    const ThreadLimit limit(1);
    one = run_one(scenario);
  }
  const ThreadLimit limit(2);
  check_same_rows(one, run_one(scenario));
}

TEST_CASE("gains are estimated by a regression, by hand") {
  // One fact, 0 and 1, with gains 0 and 2: standardised the fact is -1 and 1, its product with the gain 1 in the mean,
  // its own square 1, and the ridge 0.01.
  Matrix<double> facts(2, 2);
  facts(1, 0) = 1;  // the second fact is constant
  Matrix<double> gains(2, 1);
  gains(1, 0) = 2;
  const LevelGains estimate(facts, gains, 2);
  std::vector<double> out(1);
  estimate.predict(std::vector<double>{1, 0}, out);
  CHECK(out[0] == Approx(1 + 1 / 1.01));
  estimate.predict(std::vector<double>{0.5, 7}, out);
  CHECK(out[0] == Approx(1));
}

TEST_CASE("facts of a request are its user's groups and scores at ranks") {
  Served served(tiny_scenario());
  const FeatureStore& store = served.world().features();
  const RequestFacts facts(store, {"gender"}, {1, 3});
  CHECK(facts.size() == 3 + 4);
  CandidateList list;
  list.items = {4, 5};
  list.scores = {2.0f, 0.0f};
  std::vector<double> out(facts.size());
  facts.of(served.requests()[0], list, out);
  CHECK(out[store.values(store.schema().find("gender"), served.requests()[0].user)[0]] == 1);
  CHECK(out[0] + out[1] + out[2] == 1);
  CHECK(out[3] == 2);
  CHECK(out[4] == Approx(1 / (1 + std::exp(-2.0))));
  CHECK(out[5] == 0);  // the list ends before rank 3
  CHECK(out[6] == 0.5);
}

TEST_CASE("a controller holds a burst that a fixed budget does not") {
  const std::string control =
      "control: {qps: 200, window_s: 1, seconds: 120, runs: 1, arrivals: {kind: step, period_s: 20, burst_s: 6, burst: "
      "2}, kind: ";
  const auto run_with = [&](const std::string& kind) {
    return run_one(allocated("kind: dcaf, flops: 22000, " + kLevels + ", " + control + kind + "}")).serving.outcome;
  };
  const RunValues fixed = run_with("fixed");
  CHECK(run_mean(fixed, "overshoot") == run_mean(fixed, "overshoot_fixed"));
  CHECK(run_mean(fixed, "controlled_value") == run_mean(fixed, "controlled_value_fixed"));
  CHECK(run_mean(fixed, "peak_load") > 1.2);
  for (const std::string kind : {"pid", "forecast"}) {
    const RunValues held = run_with(kind);
    CHECK(run_mean(held, "overshoot_fixed") == run_mean(fixed, "overshoot"));
    CHECK(run_mean(held, "overshoot") < 0.6 * run_mean(fixed, "overshoot"));
  }
}

TEST_CASE("plans count the quotas that a budget pays for") {
  const Scenario scenario = allocated("kind: dcaf, " + kLevels);
  const std::vector<ScorerWork> work = expected_work(scenario);
  CHECK(expected_quotas(scenario, work)[1] == Approx(20));  // as much as the funnel with 20 for everyone
  const Scenario rich = allocated("kind: dcaf, share: 100, " + kLevels);
  CHECK(expected_quotas(rich, work)[1] == Approx(40));
  CHECK(expected_quotas(tiny_scenario(), work) == std::vector<double>{80, 20, 5});
  CHECK(replayed_candidates(scenario) == 200 * (80 + 40));
  CHECK(replayed_candidates(tiny_scenario()) == 0);
}

TEST_CASE("faults of an allocation are told") {
  CHECK(texts_of(allocated("kind: dcaf, " + kLevels)).empty());
  CHECK(texts_of(allocated("kind: joint, " + kLevels)) ==
        Texts{"allocation.kind: joint allocates over several stages; over one it is dcaf"});
  CHECK(texts_of(allocated("kind: dcaf, stages: {prerank: {levels: [6]}}")) ==
        Texts{"allocation.stages.prerank: no stage is called 'prerank' (there are: recall, preranking, ranking)"});
  CHECK(texts_of(allocated("kind: dcaf, stages: {preranking: {levels: [4, 10, 10, 90]}}")) ==
        Texts{"allocation.stages.preranking.levels: quotas must ascend",
              "allocation.stages.preranking.levels: a quota cannot grow: 'recall' passes on 80, got 90",
              "allocation.stages.preranking.levels: a quota cannot grow: 'ranking' keeps 5, got 4"});
  CHECK(texts_of(allocated("kind: dcaf, flops: 1, us: 1, " + kLevels)) ==
        Texts{"allocation: a budget is in flops or in us, not in both"});
  CHECK(texts_of(allocated("kind: dcaf, " + kLevels, "funnel.ranking={kind: oracle, keep: 5}")) ==
        Texts{"allocation: what a level gains is what the fine ranker expects: stage 'ranking' (kind oracle) is a "
              "control and expects nothing from logs"});
  CHECK(texts_of(allocated("kind: uniform, control: {kind: pid}, " + kLevels)) ==
        Texts{"allocation.control: only dcaf and joint have a price of compute that a controller can move"});
  CHECK(texts_of(allocated("kind: dcaf, known: [user_id], " + kLevels))[0].starts_with(
      "allocation.known: 'user_id' is no user group of one value out of at most 64 (there are: segment, age"));
}
