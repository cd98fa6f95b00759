// Simulated requests a second of one core: a funnel of three stages under 70 % of its capacity, with the dispersions of
// service times, bursts, and channels and shards; and the search for the usable load.
#include <benchmark/benchmark.h>

#include "cost/queueing.h"

namespace cascade {
namespace {

constexpr std::size_t kRequests = 1'000'000;

/// Recall, pre-ranking, ranking: 4, 8 and 16 workers.
QueueNetwork funnel(Dispersion dispersion, std::size_t pools) {
  QueueNetwork network;
  double service_us = 300;
  int workers = 4;
  for (int j = 0; j < 3; ++j) {
    QueueStage stage;
    stage.workers = workers;
    stage.dispersion = dispersion;
    stage.cv = 0.5;
    stage.network_us = 200;
    stage.service_us.assign(j == 2 ? 1 : pools, {service_us, 0.9 * service_us, 1.1 * service_us});
    network.push_back(stage);
    service_us *= 2;
    workers *= 2;
  }
  return network;
}

void simulate(benchmark::State& state, Dispersion dispersion, const RateProfile& profile, std::size_t pools,
              bool limits) {
  QueueNetwork network = funnel(dispersion, pools);
  if (limits) {
    for (QueueStage& stage : network) {
      stage.queue = 64;
      stage.timeout_us = 5000;
    }
  }
  const Load load = {profile, 0.7 * capacity_qps(network), kRequests, kRequests / 10};
  for (auto _ : state) benchmark::DoNotOptimize(simulate_load(network, load, 1).rt_us.data());
  state.counters["requests/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kRequests, benchmark::Counter::kIsRate);
}

void search(benchmark::State& state) {
  const QueueNetwork network = funnel(Dispersion::lognormal, 1);
  UsableLoad usable;
  usable.limit_us = 10000;
  for (auto _ : state) benchmark::DoNotOptimize(usable_qps(network, usable, 1));
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  using namespace cascade;
  benchmark::Initialize(&argc, argv);
  ArrivalsParams bursts;
  bursts.kind = ArrivalKind::step;
  const auto add = [](const char* name, Dispersion dispersion, const RateProfile& profile, std::size_t pools,
                      bool limits) {
    benchmark::RegisterBenchmark(name, simulate, dispersion, profile, pools, limits)->Unit(benchmark::kMillisecond);
  };
  add("simulate/constant", Dispersion::constant, {}, 1, false);
  add("simulate/exponential", Dispersion::exponential, {}, 1, false);
  add("simulate/lognormal", Dispersion::lognormal, {}, 1, false);
  add("simulate/lognormal_bursts_limits", Dispersion::lognormal, rate_profile(bursts), 1, true);
  add("simulate/lognormal_4_channels_4_shards", Dispersion::lognormal, {}, 4, false);
  benchmark::RegisterBenchmark("usable_qps", search)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
