#include "engine/serving.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/parallel.h"
#include "base/stats.h"
#include "tests/engine/fault_texts.h"
#include "tests/engine/rows.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// The tiny scenario under load; pre-ranking by a model, so that it has work of both kinds.
Scenario loaded(const std::string& serving, const std::string& more = "seed=3") {
  return tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 20}",
                        "serving={qps: 500, limit_ms: 5}", serving, more});
}

double run_mean(const RunValues& metrics, const std::string& name) {
  for (const auto& [known, values] : metrics)
    if (known == name) return mean(values);
  CASCADE_CHECK(false, "no metric is called " + name);
}

}  // namespace

TEST_CASE("without serving there is nothing under load") {
  const PointRun point = run_one(tiny_scenario());
  CHECK(point.serving.outcome.empty());
  CHECK(point.serving.stages.empty());
}

TEST_CASE("serving changes nothing of what is measured besides") {
  const PointRun with = run_one(loaded("serving.every.timeout_ms=0.05"));
  const PointRun without = run_one(tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 20}"}));
  CHECK(with.columns == without.columns);
  CHECK(column(with, "value") == column(without, "value"));
  CHECK(column(with, "preranking.latency_us") == column(without, "preranking.latency_us"));
}

TEST_CASE("nearly idle, a funnel takes the latency that the cost model says") {
  const PointRun point = run_one(loaded("serving.qps=0.5"));
  double latency_ms = 0;
  for (std::size_t j = 0; j < 3; ++j) {
    const std::string stage = std::vector<std::string>{"recall", "preranking", "ranking"}[j];
    const double own = column(point, stage + ".latency_us")[0] / 1000;
    CHECK(run_mean(point.serving.stages[j], "rt_p50") == Approx(own));
    CHECK(run_mean(point.serving.stages[j], "wait") == Approx(0).margin(1e-4));
    latency_ms += own;
  }
  CHECK(run_mean(point.serving.outcome, "rt_p50") == Approx(latency_ms));
  CHECK(run_mean(point.serving.outcome, "failed") == 0);
  CHECK(run_mean(point.serving.outcome, "dropped") == 0);
}

TEST_CASE("the busy share is load times work over workers") {
  const PointRun point = run_one(loaded("serving.every.workers=2", "serving.qps=20000"));
  for (std::size_t j = 0; j < 3; ++j) {
    const std::string stage = std::vector<std::string>{"recall", "preranking", "ranking"}[j];
    const double busy = 20000 * column(point, stage + ".compute_us")[0] / 1e6 / 2;
    REQUIRE(busy < 0.9);
    CHECK(run_mean(point.serving.stages[j], "worker_utilisation") == Approx(busy).epsilon(0.03));
  }
}

TEST_CASE("shards share the candidates and each does the user's side") {
  const Scenario whole = loaded("serving.every.workers=1");
  const Scenario split = loaded("serving.stages.preranking={shards: 3}");
  Universe universe(whole.world, 11);
  const Scenario* const scenarios[] = {&whole};
  universe.train_all(scenarios, 0, {});
  const FunnelPlan plan = FunnelPlanner().plan(whole, universe.fit(whole, 0));
  // 80 candidates are 27 + 27 + 26; two are one each for the first two shards, and none for the third.
  const std::vector<std::vector<double>> scored = {{0, 0}, {80, 2}, {20, 2}};
  const QueueNetwork network = serving_network(split, plan, scored);
  REQUIRE(network.size() == 3);
  REQUIRE(network[1].service_us.size() == 3);
  CHECK(network[2].service_us.size() == 1);
  const ScorerWork& work = plan.stages[1].fitted.work;
  const auto busy = [&](double n) {
    return price(work.per_request + n * work.per_candidate, plan.stages[1].hardware).compute_us;
  };
  CHECK(network[1].service_us[0] == std::vector<double>{busy(27), busy(1)});
  CHECK(network[1].service_us[1] == std::vector<double>{busy(27), busy(1)});
  CHECK(network[1].service_us[2] == std::vector<double>{busy(26), 0});
  const QueueNetwork alone = serving_network(whole, plan, scored);
  CHECK(alone[1].service_us == std::vector<std::vector<double>>{{busy(80), busy(2)}});
}

TEST_CASE("the static cost of shards is what an unloaded service takes") {
  const std::string idle = "serving.qps=1";
  const PointRun whole = run_one(loaded(idle));
  for (const std::string& setting :
       {std::string("serving.stages.preranking={shards: 4}"), std::string("funnel.preranking.shards=4")}) {
    INFO(setting);
    const PointRun split = run_one(loaded(idle, setting));
    CHECK(run_mean(split.serving.stages[1], "rt_p50") == Approx(column(split, "preranking.latency_us")[0] / 1000));
    CHECK(column(split, "value") == column(whole, "value"));
    // Four shards do the user's side four times, the candidates once, and each is dispatched.
    Universe universe(loaded(idle).world, 11);
    const Scenario scenario = loaded(idle, setting);
    const Scenario* const scenarios[] = {&scenario};
    universe.train_all(scenarios, 0, {});
    const FunnelPlan plan = FunnelPlanner().plan(scenario, universe.fit(scenario, 0));
    CHECK(plan.stages[1].shards == 4);
    const ScorerWork& work = plan.stages[1].fitted.work;
    const auto own = [&](double n) {
      return price(work.per_request + n * work.per_candidate, plan.stages[1].hardware);
    };
    CHECK(column(split, "preranking.flops")[0] == Approx(4 * work.per_request.flops + 80 * work.per_candidate.flops));
    CHECK(column(split, "preranking.compute_us")[0] == Approx(4 * own(20).compute_us));
    CHECK(column(split, "preranking.latency_us")[0] == Approx(own(20).latency_us));
    CHECK(column(split, "preranking.latency_us")[0] < column(whole, "preranking.latency_us")[0]);
    CHECK(column(split, "preranking.compute_us")[0] > column(whole, "preranking.compute_us")[0]);
  }
  CHECK(texts_of(loaded(idle, "funnel.recall.shards=2")) ==
        Texts{"funnel.0.shards: recall is not split over shards: its channels run side by side"});
}

TEST_CASE("channels of a recall run side by side") {
  const Scenario scenario = loaded(
      "funnel.recall={kind: multi_channel, keep: 80, channels: [{name: a, keep: 40, kind: exact_inner_product, model: "
      "towers}, {name: b, keep: 40, kind: popular}]}");
  const PointRun point = run_one(scenario);
  // Together they are busy for what each is, but the request waits for the slower one only.
  CHECK(run_mean(point.serving.stages[0], "rt_p50") < column(point, "recall.latency_us")[0] / 1000 + 0.02);
  Universe universe(scenario.world, 11);
  const Scenario* const scenarios[] = {&scenario};
  universe.train_all(scenarios, 0, {});
  const FunnelPlan plan = FunnelPlanner().plan(scenario, universe.fit(scenario, 0));
  CHECK(serving_network(scenario, plan, {{0}, {80}, {20}})[0].service_us.size() == 2);
}

TEST_CASE("a stage that always times out costs what the funnel without it loses") {
  // 1 us is less than the way there and back.
  const PointRun point = run_one(loaded("serving.stages.ranking={timeout_ms: 0.001}"));
  const PointRun off = run_one(tiny_scenario(
      {"funnel.preranking={kind: logistic, model: linear, keep: 20}", "funnel.ranking={kind: pass_through, keep: 5}"}));
  CHECK(run_mean(point.serving.outcome, "degraded") == 1);
  CHECK(run_mean(point.serving.outcome, "failed") == 1);
  CHECK(run_mean(point.serving.outcome, "usable_qps") == 0);
  CHECK(run_mean(point.serving.stages[2], "timed_out") == 1);
  // 9000 measured requests over 70 served ones: nearly even.
  CHECK(run_mean(point.serving.outcome, "lost_by_degraded") ==
        Approx(mean(column(point, "value")) - mean(column(off, "value"))).margin(0.01));
  CHECK(run_mean(point.serving.outcome, "lost_by_dropped") == 0);
}

TEST_CASE("an overloaded funnel with short queues drops, and loses the pages") {
  const PointRun point = run_one(loaded("serving.every.queue=1", "serving.qps=200000"));
  const double dropped = run_mean(point.serving.outcome, "dropped");
  CHECK(dropped > 0.3);
  CHECK(run_mean(point.serving.outcome, "lost_by_dropped") ==
        Approx(dropped * mean(column(point, "value"))).epsilon(0.05));
  double by_stage = 0;
  for (const RunValues& stage : point.serving.stages) by_stage += run_mean(stage, "dropped");
  CHECK(by_stage == Approx(dropped));
}

TEST_CASE("under load: the same bits on any number of threads, and other runs for another seed") {
  const Scenario scenario = loaded("serving.every={workers: 2, dispersion: lognormal, timeout_ms: 0.4}");
  const PointRun first = run_one(scenario);
  for (const int threads : {1, 2}) {
    const ThreadLimit limit(threads);
    CHECK(run_one(scenario).serving.outcome == first.serving.outcome);
  }
  CHECK_FALSE(run_one(scenario, 12).serving.outcome == first.serving.outcome);
}

TEST_CASE("serving that cannot be is a fault") {
  CHECK(texts_of(loaded("serving.every.workers=3")).empty());
  CHECK(texts_of(loaded("serving.stages.preranknig={workers: 2}")) ==
        Texts{"serving.stages.preranknig: no stage is called 'preranknig'; did you mean 'preranking'? (there are: "
              "recall, preranking, ranking)"});
  const std::string split = ".shards: recall is not split over shards: its channels run side by side";
  CHECK(texts_of(loaded("serving.stages.recall={shards: 2}")) == Texts{"serving.stages.recall" + split});
  CHECK(texts_of(loaded("serving.every.shards=2")) == Texts{"serving.every" + split});
  CHECK(texts_of(loaded("serving.every.shards=2", "serving.stages.recall={workers: 2}")).empty());
  CHECK(texts_of(loaded("serving.arrivals={kind: step, burst_s: 20}")) ==
        Texts{"serving.arrivals.burst_s: the burst must be shorter than period_s"});
  CHECK(texts_of(loaded("serving.seconds=1e5")) ==
        Texts{"serving.seconds: a run has at most 2000000 requests, here qps x seconds is 50000000"});
}
