#include "study/optimize.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/errors.h"
#include "base/parallel.h"
#include "study/funnel_space.h"
#include "study/resampling.h"
#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

constexpr const char* kOptimize = R"(optimize:
  budgets: [50, 200]
  random: 20
  stages:
    - {stage: recall, keep: [20, 40, 80]}
    - {stage: preranking, range: {from: 5, to: 40, steps: 4}, settings: [{kind: statistic, model: popular}, {kind: logistic, model: linear}]}
)";

double outcome(const StudyResult& result, const std::string& metric) {
  for (const MetricValue& value : result.variants[0].outcome)
    if (value.name == metric) return value.estimate.mean;
  return std::nan("");
}

}  // namespace

TEST_CASE("the space of funnels: quotas that do not grow, neighbours one step or setting away") {
  const ScenarioFolder folder("cascade_optimize_test");
  const FunnelSpace space(folder.load(kOptimize));
  REQUIRE(space.num_stages() == 3);
  CHECK(space.quotas(1) == std::vector<int>{5, 10, 20, 40});
  CHECK(space.quotas(2) == std::vector<int>{5});
  // Recall 20: three quotas of pre-ranking fit; 40 and 80: four. Two settings.
  CHECK(space.size() == 2 * (3 + 4 + 4));
  const std::vector<FunnelPoint> all = space.all();
  CHECK(all.size() == 22);
  CHECK(std::set<FunnelPoint>(all.begin(), all.end()).size() == 22);
  for (const FunnelPoint& point : all) CHECK(space.valid(point));
  // Recall 20, pre-ranking 20: the setting, recall up, pre-ranking down; pre-ranking cannot go up, nor recall down.
  const FunnelPoint corner{{0, 0, 0}, {0, 2, 0}};
  CHECK(space.neighbours(corner).size() == 3);
  // From recall 20, pre-ranking 20 by two steps: recall two up; recall up with the setting, with pre-ranking up and
  // with pre-ranking down; pre-ranking down with the setting, and two down.
  const std::vector<FunnelPoint> away = space.two_steps_away(corner);
  CHECK(away == std::vector<FunnelPoint>{{{0, 0, 0}, {0, 0, 0}},
                                         {{0, 0, 0}, {1, 1, 0}},
                                         {{0, 0, 0}, {1, 3, 0}},
                                         {{0, 0, 0}, {2, 2, 0}},
                                         {{0, 1, 0}, {0, 1, 0}},
                                         {{0, 1, 0}, {1, 2, 0}}});
  const Scenario scenario = space.scenario({{0, 1, 0}, {2, 3, 0}});
  CHECK(scenario.funnel[0].keep == 80);
  CHECK(scenario.funnel[1].keep == 40);
  CHECK(scenario.funnel[1].stage.kind == "logistic");
  std::set<FunnelPoint> drawn;
  for (std::uint64_t n = 0; n < 400; ++n) {
    Rng rng(1, Stream::test, n);
    drawn.insert(space.draw(rng));
    CHECK(space.valid(*drawn.rbegin()));
  }
  CHECK(drawn.size() == 22);
}

TEST_CASE("the bootstrap of requests: a mean of nothing but one value has no spread, and pairs keep theirs") {
  const Resampling resampling(2, 50, 3);
  const Estimate same = resampling.estimate(std::vector<double>(100, 0.25));
  CHECK(same.mean == 0.25);
  CHECK(same.lo == Approx(0.25));
  CHECK(same.hi == Approx(0.25));
  // 0 and 1 in turns: a mean of 0.5 with standard error 0.5 / sqrt(100) = 0.05.
  std::vector<double> turns;
  for (int i = 0; i < 100; ++i) turns.push_back(i % 2);
  const Estimate e = resampling.estimate(turns);
  CHECK(e.mean == 0.5);
  CHECK(e.lo == Approx(0.5 - 1.96 * 0.05).margin(0.015));
  CHECK(e.hi == Approx(0.5 + 1.96 * 0.05).margin(0.015));
}

TEST_CASE("without finals the choice is the best of all funnels by the even requests and is judged by the odd ones") {
  const ScenarioFolder folder("cascade_optimize_test");
  const Study study = folder.load(kOptimize, {"evaluate.replicates=2", "optimize.finalists=0"});
  const OptimizeResult result = optimize(study);
  CHECK(result.exhaustive);
  CHECK(result.final_requests == 0);
  REQUIRE(result.tried.size() == 22);
  const TriedFunnel& chosen = result.tried[result.chosen.funnel];
  for (const TriedFunnel& tried : result.tried) {
    CHECK(tried.choosing <= chosen.choosing);
    CHECK(tried.all == Approx((tried.choosing + tried.judged) / 2));  // 35 requests each
  }
  CHECK(result.chosen_by == chosen.choosing);
  CHECK(result.chosen.judged.mean == Approx(chosen.judged));
  CHECK(result.optimism >= 0);

  // The front: dearer is better, and nothing tried beats a member at its cost.
  REQUIRE(!result.front.empty());
  for (std::size_t m = 0; m < result.front.size(); ++m) {
    const TriedFunnel& member = result.tried[result.front[m].funnel];
    CHECK(member.on_front);
    if (m > 0) {
      CHECK(member.cost > result.tried[result.front[m - 1].funnel].cost);
      CHECK(member.choosing > result.tried[result.front[m - 1].funnel].choosing);
    }
    for (const TriedFunnel& tried : result.tried)
      CHECK_FALSE((tried.cost <= member.cost && tried.choosing > member.choosing));
  }

  // What is written is the scenario of the choice: it loads, has nothing left to choose, and a run gives its figures.
  const Study again = load_study(folder.write("optimum.yaml", result.optimum));
  CHECK_FALSE(again.file.optimized);
  REQUIRE(again.points.size() == 1);
  for (std::size_t j = 0; j < 3; ++j) CHECK(again.points[0].scenario.funnel[j].keep == chosen.stages[j].keep);
  const StudyResult run = run_study(again);
  CHECK(outcome(run, "value") == chosen.all);
  CHECK(outcome(run, "compute_us") == Approx(chosen.compute_us));
  CHECK(outcome(run, "flops") == Approx(chosen.flops));
  CHECK(outcome(run, "latency_us") == Approx(chosen.latency_us));
}

TEST_CASE("finals: the best of the search serve further requests, of which half help to choose and half judge") {
  const ScenarioFolder folder("cascade_optimize_test");
  const OptimizeResult result =
      optimize(folder.load(kOptimize, {"evaluate.replicates=2", "optimize.finalists=3", "optimize.final_requests=100",
                                       "optimize.random=3", "optimize.budgets=[]"}));
  REQUIRE(result.tried.size() == 22);
  CHECK(result.requests == 70);
  CHECK(result.final_requests == 100);
  const auto finalist = [&](std::size_t t) { return std::isfinite(result.tried[t].judged); };
  std::vector<std::size_t> by_search;
  std::size_t finalists = 0;
  for (std::size_t t = 0; t < result.tried.size(); ++t) {
    by_search.push_back(t);
    finalists += finalist(t) ? 1 : 0;
    CHECK(std::isfinite(result.tried[t].choosing) == finalist(t));
  }
  CHECK(finalists == result.finalists);
  CHECK(finalists < result.tried.size());
  std::sort(by_search.begin(), by_search.end(),
            [&](std::size_t a, std::size_t b) { return result.tried[a].all > result.tried[b].all; });
  for (std::size_t i = 0; i < 3; ++i) CHECK(finalist(by_search[i]));
  CHECK(finalist(result.random.funnel));
  for (const JudgedFunnel& near : result.neighbours) CHECK(finalist(near.funnel));
  for (const QuotaStep& step : result.steps) CHECK((!step.known || step.gain.n == 2 * 50));
  for (const JudgedFunnel& member : result.front) CHECK(finalist(member.funnel));

  const TriedFunnel& chosen = result.tried[result.chosen.funnel];
  for (std::size_t t = 0; t < result.tried.size(); ++t)
    if (finalist(t)) CHECK(result.tried[t].choosing <= chosen.choosing);
  CHECK(result.chosen.judged.n == 2 * 50);
  CHECK(result.chosen.judged.mean == Approx(chosen.judged));

  // A run of the choice gives its figure over the search's 70 requests. The 100 of the finals are those that come next,
  // each once: 70 + 50 chose and 50 judged, and a run of 170 gives the mean of them all.
  const auto file = folder.write("optimum.yaml", result.optimum);
  CHECK(outcome(run_study(load_study(file)), "value") == chosen.all);
  config::Faults faults;
  const Study longer = load_study(file, {{config::override_from_text("evaluate.requests=170", "--set", faults)}});
  CHECK(outcome(run_study(longer), "value") == Approx((120 * chosen.choosing + 50 * chosen.judged) / 170));
}

TEST_CASE("a case by hand: an oracle ranks, so that the widest funnel is best, and a limit decides") {
  const ScenarioFolder folder("cascade_optimize_test");
  // Recall by popularity and an oracle behind it: more candidates can only help. A popular item costs 8 bytes of
  // reading a request, pre-ranking is off and free: the cost is that of recall whatever the quota, so the first of
  // equal cost is the best, and the front has one member.
  const std::string text = R"(optimize:
  random: 0
  stages: [{stage: recall, keep: [10, 50, 400]}]
)";
  const Study study =
      folder.load(text, {"funnel.recall={kind: popular, keep: 50}", "funnel.preranking={kind: pass_through, keep: 10}",
                         "funnel.ranking={kind: oracle, keep: 5}",
                         "optimize.stages=[{stage: recall, keep: [10, 50, 400]}, "
                         "{stage: preranking, keep: [10, 400]}]"});
  const OptimizeResult result = optimize(study);
  REQUIRE(result.tried.size() == 4);
  const TriedFunnel& chosen = result.tried[result.chosen.funnel];
  CHECK(chosen.stages[0].keep == 400);
  CHECK(chosen.stages[1].keep == 400);
  CHECK(result.front.size() == 1);
  REQUIRE(result.steps.size() == 2);
  CHECK_FALSE(result.steps[0].known);  // it has all that can be chosen
  CHECK(result.random_funnels == 0);
  // The whole catalogue before an oracle: no regret.
  const Study regret =
      folder.load(text + "  objective: regret\n",
                  {"funnel.recall={kind: popular, keep: 50}", "funnel.preranking={kind: pass_through, keep: 10}",
                   "funnel.ranking={kind: oracle, keep: 5}",
                   "optimize.stages=[{stage: recall, keep: [10, 400]}, {stage: preranking, keep: [10, 400]}]"});
  const OptimizeResult none = optimize(regret);
  CHECK(none.less_is_better);
  CHECK(none.tried[none.chosen.funnel].all == 0);
  CHECK(none.chosen.judged.mean == 0);
}

TEST_CASE("limits and budgets") {
  const ScenarioFolder folder("cascade_optimize_test");
  const OptimizeResult free = optimize(folder.load(kOptimize));
  double cheapest = std::numeric_limits<double>::infinity();
  double dearest = 0;
  for (const TriedFunnel& tried : free.tried) {
    cheapest = std::min(cheapest, tried.compute_us);
    dearest = std::max(dearest, tried.compute_us);
  }
  const double middle = (cheapest + dearest) / 2;
  const OptimizeResult held = optimize(folder.load(
      kOptimize, {"optimize.within.compute_us=" + std::to_string(middle), "optimize.objective=joint_recall@10",
                  "optimize.budgets=[" + std::to_string(cheapest / 2) + ", " + std::to_string(middle) + "]"}));
  CHECK(held.tried[held.chosen.funnel].compute_us <= middle);
  for (const TriedFunnel& tried : held.tried) CHECK(tried.allowed == (tried.compute_us <= middle));
  REQUIRE(held.budgets.size() == 1);  // none keeps the first
  CHECK(held.budgets[0].second.funnel == held.chosen.funnel);
  CHECK_THROWS_WITH(optimize(folder.load(kOptimize, {"optimize.within.flops=1"})),
                    Catch::Matchers::Contains("none of the 22 funnels tried keeps the limits; the cheapest takes"));
}

TEST_CASE("a local search where the space is too large, the same on any number of threads") {
  const ScenarioFolder folder("cascade_optimize_test");
  const Study study = folder.load(kOptimize, {"optimize.max_funnels=18", "optimize.restarts=3", "optimize.random=3"});
  const OptimizeResult result = optimize(study);
  CHECK_FALSE(result.exhaustive);
  CHECK(result.rounds > 0);
  CHECK(result.tried.size() <= 21);
  const ThreadLimit limit(1);
  const OptimizeResult again = optimize(study);
  REQUIRE(again.tried.size() == result.tried.size());
  for (std::size_t t = 0; t < again.tried.size(); ++t) {
    CHECK(again.tried[t].all == result.tried[t].all);
    CHECK(again.tried[t].compute_us == result.tried[t].compute_us);
  }
  CHECK(again.chosen.funnel == result.chosen.funnel);
  CHECK(again.finalists == result.finalists);
  CHECK(again.chosen.judged.lo == result.chosen.judged.lo);
  CHECK(again.optimum == result.optimum);
}

TEST_CASE("where a limit binds, the search from the best drawn funnels finds what trying all of them finds") {
  const ScenarioFolder folder("cascade_optimize_test");
  std::vector<double> costs;
  for (const TriedFunnel& tried : optimize(folder.load(kOptimize)).tried) costs.push_back(tried.compute_us);
  std::sort(costs.begin(), costs.end());
  for (const std::size_t within : {std::size_t{5}, std::size_t{14}}) {
    const std::string limit = "optimize.within.compute_us=" + std::to_string(costs[within] + 1e-3);
    const OptimizeResult all = optimize(folder.load(kOptimize, {limit, "optimize.random=0", "optimize.budgets=[]"}));
    const OptimizeResult found = optimize(
        folder.load(kOptimize, {limit, "optimize.random=4", "optimize.budgets=[]", "optimize.max_funnels=21"}));
    REQUIRE(all.exhaustive);
    CHECK_FALSE(found.exhaustive);
    CHECK(found.tried[found.chosen.funnel].choosing == all.tried[all.chosen.funnel].choosing);
    // Those drawn have been tried, too, so that the choice is never worse by the requests that choose.
    REQUIRE(found.random_funnels > 0);
    CHECK(found.tried[found.chosen.funnel].choosing >= found.tried[found.random.funnel].choosing);
  }
}

TEST_CASE("logs by a funnel are those of the funnel as it stands, whichever is tried") {
  const ScenarioFolder folder("cascade_optimize_test");
  const Study study = folder.load(kOptimize, {"logs.days=2", "logs.policy={kind: funnel}", "optimize.budgets=[]"});
  const OptimizeResult result = optimize(study);
  REQUIRE(result.tried.size() == 22);
  // The choice's scenario names the funnel that logged, so that a run of it learns from the same logs.
  const Study again = load_study(folder.write("optimum.yaml", result.optimum));
  REQUIRE(again.file.scenario.logging_funnel.size() == 3);
  for (std::size_t j = 0; j < 3; ++j)
    CHECK(again.file.scenario.logging_funnel[j].keep == study.file.scenario.funnel[j].keep);
  CHECK(outcome(run_study(again), "value") == result.tried[result.chosen.funnel].all);
  // The funnel as it stands gives what it gives in a run without any of this.
  for (const TriedFunnel& tried : result.tried)
    if (tried.stages[0].keep == 80 && tried.stages[1].keep == 20 && tried.stages[1].setting == "statistic popular")
      CHECK(outcome(run_study(study), "value") == tried.all);
}

TEST_CASE("faults of what to choose among") {
  const ScenarioFolder folder("cascade_optimize_test");
  const auto fault = [&](const std::string& stages, const std::string& more = "") {
    return folder.faults("optimize:\n  stages: " + stages + "\n" + more);
  };
  CHECK_THAT(fault("[{stage: rnking, settings: [{kind: oracle}]}]"),
             Catch::Matchers::Contains("no stage is called 'rnking'; did you mean 'ranking'?"));
  CHECK_THAT(fault("[{stage: ranking, keep: [5, 6]}]"), Catch::Matchers::Contains("it cannot be chosen"));
  CHECK_THAT(fault("[{stage: recall}]"), Catch::Matchers::Contains("names neither quotas nor settings"));
  CHECK_THAT(fault("[]"), Catch::Matchers::Contains("there is nothing to choose"));
  CHECK_THAT(fault("[{stage: preranking, settings: [{kind: cold, model: towers}]}]"),
             Catch::Matchers::Contains("this stage needs a model of kind 'cold'"));
  CHECK_THAT(fault("[{stage: preranking, keep: [100]}]"), Catch::Matchers::Contains("no funnel can be made"));
  CHECK_THAT(fault("[{stage: preranking, keep: [9]}]", "  objective: valeu\n"),
             Catch::Matchers::Contains("did you mean 'value'?"));
  CHECK_THAT(fault("[{stage: preranking, keep: [9]}]", "  within: {p99_ms: 3}\n"),
             Catch::Matchers::Contains("are figures under load: give serving"));
  CHECK_THAT(fault("[{stage: preranking, keep: [9]}]", "  final_requests: 1\n"),
             Catch::Matchers::Contains("half of them help to choose and half judge: give 2 or more"));
  CHECK_THAT(fault("[{stage: preranking, keep: [9]}]", "variants: [{name: a, set: {optimize.random: 3}}]\n"),
             Catch::Matchers::Contains("cannot differ between variants"));
}

TEST_CASE("limits under load: the best of the front that keeps them") {
  const ScenarioFolder folder("cascade_optimize_test");
  const std::string serving = "serving: {qps: 500, limit_ms: 5, seconds: 1, runs: 1}\n";
  const OptimizeResult result = optimize(folder.load(kOptimize + serving, {"optimize.within={p99_ms: 1000, qps: 1}"}));
  REQUIRE(!result.loaded.empty());
  CHECK(result.loaded[0].passes);
  CHECK(result.loaded[0].funnel == result.chosen.funnel);
  CHECK(result.loaded[0].p99_ms > 0);
  CHECK_THROWS_AS(optimize(folder.load(kOptimize + serving, {"optimize.within={p99_ms: 0.001}"})), InputError);
}
