#include "engine/serving.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/parallel.h"
#include "base/rng.h"
#include "cost/shards.h"

namespace cascade {

namespace {

constexpr double kUsPerMs = 1000;
constexpr double kShares[] = {0.5, 0.95, 0.99};

/// One run, brought down to what is reported of it.
struct RunSummary {
  std::vector<double> outcome;              ///< as kOutcome
  std::vector<std::vector<double>> stages;  ///< [stages], as kStage
  double measured = 0;                      ///< requests
  std::vector<double> dropped;              ///< [served requests] how often each was
  /// By the stages that it missed (bit j: stage j): [served requests] how often each was answered without them.
  std::map<std::uint32_t, std::vector<double>> degraded;
};

const std::vector<std::string> kOutcome = {"rt_p50", "rt_p95", "rt_p99", "failed", "dropped", "degraded", "usable_qps"};
const std::vector<std::string> kStage = {"rt_p50",  "rt_p95",   "rt_p99", "wait", "worker_utilisation",
                                         "dropped", "timed_out"};

std::vector<double> percentiles_ms(std::span<const double> us) {
  std::vector<double> ms = percentiles(us, kShares);
  for (double& value : ms) value /= kUsPerMs;
  return ms;
}

RunSummary summarise(const LoadRun& run, double limit_us, std::size_t served) {
  RunSummary summary;
  const auto measured = [&](const std::vector<double>& all) {
    return std::span<const double>(all).subspan(run.warm_up);
  };
  summary.measured = static_cast<double>(run.rt_us.size() - run.warm_up);
  summary.outcome = percentiles_ms(measured(run.rt_us));
  for (const double share : {run.failing(limit_us), run.dropped_share(), run.degraded_share()})
    summary.outcome.push_back(share);
  for (std::size_t j = 0; j < run.stage_rt.size(); ++j) {
    summary.stages.push_back(percentiles_ms(measured(run.stage_rt[j])));
    for (const double value : {run.wait_us[j] / kUsPerMs, run.utilisation[j], run.dropped[j], run.timed_out[j]})
      summary.stages.back().push_back(value);
  }
  summary.dropped.assign(served, 0);
  for (std::size_t i = run.warm_up; i < run.rt_us.size(); ++i) {
    if (std::isinf(run.rt_us[i])) {
      ++summary.dropped[i % served];
    } else if (run.degraded[i] != 0) {
      std::vector<double>& counts = summary.degraded[run.degraded[i]];
      counts.resize(served);
      ++counts[i % served];
    }
  }
  return summary;
}

/// Value a request that was lost where pages were worth `instead` of `value`, so many times each.
double lost(const std::vector<double>& counts, const std::vector<double>& value, const std::vector<double>& instead,
            double measured) {
  std::vector<double> losses(counts.size());
  for (std::size_t r = 0; r < counts.size(); ++r) losses[r] = counts[r] * (value[r] - instead[r]);
  return ordered_sum(losses.data(), losses.size()) / measured;
}

}  // namespace

QueueNetwork serving_network(const Scenario& scenario, const FunnelPlan& plan,
                             const std::vector<std::vector<double>>& scored) {
  QueueNetwork network;
  for (std::size_t j = 0; j < plan.stages.size(); ++j) {
    const StageServingParams& params = scenario.serving.of(scenario.funnel[j].name);
    const PlannedStage& planned = plan.stages[j];
    QueueStage stage;
    stage.workers = params.workers;
    stage.queue = static_cast<std::size_t>(params.queue);
    stage.timeout_us = params.timeout_ms * kUsPerMs;
    stage.network_us = planned.hardware.network_us;
    stage.dispersion = params.dispersion;
    stage.cv = params.cv;
    const auto busy_us = [&](const ScorerWork& work, double n) { return price(work, n, planned.hardware).compute_us; };
    if (j == 0) {
      for (const ScorerWork& channel : planned.fitted.stage->parallel_work())
        stage.service_us.push_back({busy_us(channel, 0)});
      network.push_back(stage);
      continue;
    }
    const ScorerWork& work = planned.fitted.work;
    const int shards = shards_of(scenario, j);
    for (int shard = 0; shard < shards; ++shard) {
      std::vector<double>& service = stage.service_us.emplace_back();
      for (const double n : scored[j]) {
        const double own = shard_candidates(n, shard, shards);
        service.push_back(own > 0 ? busy_us(work, own) : 0.0);
      }
    }
    network.push_back(stage);
  }
  return network;
}

ServingResult simulate_serving(const Scenario& scenario, const FunnelPlan& plan, const ServedRequests& served,
                               std::uint64_t seed) {
  const ServingParams& serving = scenario.serving;
  const QueueNetwork network = serving_network(scenario, plan, served.scored);
  UsableLoad usable;
  usable.profile = rate_profile(serving.arrivals);
  usable.limit_us = serving.limit_ms * kUsPerMs;
  usable.seconds = serving.seconds;
  const Load load = load_of(usable.profile, serving.qps, serving.seconds);
  std::vector<RunSummary> runs(static_cast<std::size_t>(serving.runs));
  for_each_task(runs.size(), [&](std::size_t k) {
    const std::uint64_t run_seed = derive_seed(seed, Stream::request, k);
    runs[k] = summarise(simulate_load(network, load, run_seed), usable.limit_us, served.value.size());
    runs[k].outcome.push_back(usable_qps(network, usable, run_seed));
  });

  ServingResult result;
  for (std::size_t m = 0; m < kOutcome.size(); ++m) {
    result.outcome.emplace_back(kOutcome[m], std::vector<double>());
    for (const RunSummary& run : runs) result.outcome.back().second.push_back(run.outcome[m]);
  }
  result.stages.resize(network.size());
  for (std::size_t j = 0; j < network.size(); ++j) {
    for (std::size_t m = 0; m < kStage.size(); ++m) {
      result.stages[j].emplace_back(kStage[m], std::vector<double>());
      for (const RunSummary& run : runs) result.stages[j].back().second.push_back(run.stages[j][m]);
    }
  }
  const std::vector<double> nothing(served.value.size(), 0.0);
  std::map<std::uint32_t, std::vector<double>> fallback;
  std::vector<double> by_degraded;
  std::vector<double> by_dropped;
  for (const RunSummary& run : runs) {
    by_dropped.push_back(lost(run.dropped, served.value, nothing, run.measured));
    by_degraded.push_back(0);
    for (const auto& [stages, counts] : run.degraded) {
      if (fallback.count(stages) == 0) fallback[stages] = served.fallback_values(stages);
      by_degraded.back() += lost(counts, served.value, fallback[stages], run.measured);
    }
  }
  result.outcome.emplace_back("lost_by_degraded", by_degraded);
  result.outcome.emplace_back("lost_by_dropped", by_dropped);
  return result;
}

}  // namespace cascade
