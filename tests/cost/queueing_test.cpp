#include "cost/queueing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "tests/cost/event_loop.h"

using namespace cascade;

namespace {

QueueStage stage_of(double mean_us, int workers = 1, Dispersion dispersion = Dispersion::constant, double cv = 0.5) {
  QueueStage stage;
  stage.workers = workers;
  stage.dispersion = dispersion;
  stage.cv = cv;
  stage.service_us = {{mean_us}};
  return stage;
}

Load load_at(double qps, std::size_t requests, std::size_t warm_up = 0) { return {{}, qps, requests, warm_up}; }

/// A network of up to three stages with every feature by chance.
QueueNetwork random_network(Rng& rng) {
  QueueNetwork network;
  const std::size_t stages = 1 + rng.below(3);
  for (std::size_t j = 0; j < stages; ++j) {
    QueueStage stage;
    stage.workers = 1 + static_cast<int>(rng.below(4));
    stage.dispersion = static_cast<Dispersion>(rng.below(3));
    stage.cv = rng.uniform(0.1, 2);
    if (rng.bernoulli(0.5)) stage.queue = 1 + rng.below(6);
    if (rng.bernoulli(0.5)) stage.timeout_us = rng.uniform(50, 600);
    if (rng.bernoulli(0.5)) stage.network_us = rng.uniform(1, 100);
    const std::size_t pools = 1 + rng.below(3);
    const std::size_t rows = 1 + rng.below(5);
    for (std::size_t p = 0; p < pools; ++p) {
      stage.service_us.emplace_back();
      for (std::size_t r = 0; r < rows; ++r) stage.service_us.back().push_back(rng.uniform(20, 200));
    }
    network.push_back(stage);
  }
  return network;
}

}  // namespace

TEST_CASE("the recursion over stages gives what a clock of events gives, request by request") {
  Rng rng(3, Stream::test);
  std::size_t dropped = 0;
  std::size_t degraded = 0;
  for (int round = 0; round < 200; ++round) {
    const QueueNetwork network = random_network(rng);
    const double qps = capacity_qps(network) * rng.uniform(0.3, 1.6);
    const Load load = load_at(qps, 300);
    const auto seed = static_cast<std::uint64_t>(round);
    const LoadRun run = simulate_load(network, load, seed);
    const auto fates = testing::EventLoop(network, load, seed).run();
    for (std::size_t i = 0; i < load.requests; ++i) {
      INFO("round " << round << ", request " << i);
      REQUIRE(std::isfinite(run.rt_us[i]) == std::isfinite(fates[i].rt_us));
      if (std::isfinite(run.rt_us[i])) {
        REQUIRE(run.rt_us[i] == Approx(fates[i].rt_us));
        REQUIRE(run.degraded[i] == fates[i].degraded);
        degraded += run.degraded[i] != 0 ? 1U : 0U;
      } else {
        ++dropped;
      }
    }
  }
  CHECK(dropped > 1000);  // the rounds reached what they are for
  CHECK(degraded > 1000);
}

TEST_CASE("two requests and one worker, by hand") {
  // Both take 100 us; the way to the stage and back takes 30 us.
  QueueStage stage = stage_of(100);
  stage.network_us = 30;
  const Load load = load_at(50000, 2);
  const std::vector<double> came = arrival_times({}, load.qps, 2, 1);
  const double gap = came[1] - came[0];
  REQUIRE(gap < 100);
  const LoadRun run = simulate_load({stage}, load, 1);
  CHECK(run.rt_us[0] == Approx(130));
  CHECK(run.rt_us[1] == Approx(230 - gap));  // begun when the first is done
  CHECK(run.wait_us[0] == Approx((100 - gap) / 2));

  // A time-out of 150 us, as a second stage: the answer to the second request would come after 230 - gap us.
  stage.timeout_us = 150;
  const LoadRun late = simulate_load({stage_of(0), stage}, load, 1);
  CHECK(late.rt_us[1] == Approx(std::min(150.0, 230 - gap)));
  CHECK(late.degraded[1] == (gap < 80 ? 2U : 0U));
  // As the first stage there is nothing to fall back on.
  const LoadRun lost = simulate_load({stage}, load, 1);
  CHECK(std::isfinite(lost.rt_us[1]) == (gap >= 80));
}

TEST_CASE("without load a request takes the sum of its service times and ways") {
  QueueStage wide = stage_of(300, 2);
  wide.service_us = {{300, 310}, {250, 500}};  // two pools: the slower one counts
  wide.network_us = 40;
  const QueueNetwork network = {wide, stage_of(70), stage_of(0), stage_of(5)};
  const LoadRun run = simulate_load(network, load_at(0.01, 100), 5);
  for (std::size_t i = 0; i < 100; ++i) CHECK(run.rt_us[i] == Approx(40 + (i % 2 == 0 ? 300 : 500) + 70 + 5));
  CHECK(run.failing(10000) == 0);
  CHECK(run.failing(500) == Approx(0.5));
}

TEST_CASE("more workers make no request slower, a higher load none faster") {
  for (const Dispersion dispersion : {Dispersion::constant, Dispersion::exponential, Dispersion::lognormal}) {
    std::vector<double> before;
    for (int workers = 1; workers <= 5; ++workers) {
      const LoadRun run = simulate_load({stage_of(100, workers, dispersion, 1.5)}, load_at(9000, 4000), 8);
      if (!before.empty())
        for (std::size_t i = 0; i < before.size(); ++i) REQUIRE(run.rt_us[i] <= before[i] + 1e-6);
      before = run.rt_us;
    }
    for (const double qps : {8000.0, 12000.0, 30000.0}) {
      const LoadRun run = simulate_load({stage_of(100, 2, dispersion, 1.5)}, load_at(qps, 4000), 8);
      const LoadRun faster = simulate_load({stage_of(100, 2, dispersion, 1.5)}, load_at(1.3 * qps, 4000), 8);
      for (std::size_t i = 0; i < 4000; ++i) REQUIRE(run.rt_us[i] <= faster.rt_us[i] + 1e-6);
    }
  }
}

TEST_CASE("a request's draws depend on its number, stage and pool only") {
  const QueueNetwork narrow = {stage_of(100, 1, Dispersion::exponential), stage_of(50, 1, Dispersion::lognormal)};
  QueueNetwork wide = narrow;
  wide[0].workers = 7;
  wide[0].service_us.push_back({30});
  wide[0].queue = 3;
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(service_time(narrow, 0, 0, i, 4) == service_time(wide, 0, 0, i, 4));
    CHECK(service_time(narrow, 1, 0, i, 4) == service_time(wide, 1, 0, i, 4));
    CHECK(service_time(wide, 0, 0, i, 4) != service_time(wide, 0, 1, i, 4));
  }
}

TEST_CASE("dispersion keeps the mean and has the coefficient of variation it says") {
  for (const auto& [dispersion, cv] :
       {std::pair{Dispersion::constant, 0.0}, {Dispersion::exponential, 1.0}, {Dispersion::lognormal, 0.7}}) {
    const QueueNetwork network = {stage_of(100, 1, dispersion, 0.7)};
    constexpr std::size_t kDraws = 200000;
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < kDraws; ++i) {
      const double us = service_time(network, 0, 0, i, 17);
      sum += us;
      squares += us * us;
    }
    const double mean = sum / kDraws;
    CHECK(mean == Approx(100).margin(4 * 100 * cv / std::sqrt(kDraws) + 1e-9));
    CHECK(std::sqrt(std::max(0.0, squares / kDraws - mean * mean)) / 100 == Approx(cv).margin(0.02));
  }
}

TEST_CASE("percentiles by nearest rank") {
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 1.0);
  std::reverse(values.begin(), values.end());
  values.push_back(std::numeric_limits<double>::infinity());
  values.push_back(std::numeric_limits<double>::quiet_NaN());
  CHECK(percentiles(values, std::vector<double>{0, 0.5, 0.95, 0.99, 1}) == std::vector<double>{1, 50, 95, 99, 100});
  CHECK(std::isnan(percentiles({}, std::vector<double>{0.5})[0]));
}

TEST_CASE("capacity is that of the busiest pool") {
  QueueStage forked = stage_of(100, 2);  // 20,000 a second
  forked.service_us.push_back({400});    // 5,000
  CHECK(capacity_qps({forked, stage_of(300, 3), stage_of(0)}) == Approx(5000));
  CHECK(capacity_qps({stage_of(0)}) == std::numeric_limits<double>::infinity());
}

TEST_CASE("the usable load is where one request in a hundred fails") {
  const QueueNetwork network = {stage_of(100, 4), stage_of(250, 8, Dispersion::lognormal)};
  UsableLoad search;
  search.limit_us = 2000;
  const double usable = usable_qps(network, search, 9);
  CHECK(usable < capacity_qps(network));
  CHECK(simulate_load(network, load_of({}, usable, 1), 9).failing(2000) <= 0.01);
  CHECK(simulate_load(network, load_of({}, 1.02 * usable, 1), 9).failing(2000) > 0.01);
  // Bursts and a tighter limit leave less of it.
  UsableLoad bursts = search;
  bursts.profile = rate_profile({ArrivalKind::step, 0.2, 0.5, 4, 0.05, "", 1, {}});
  CHECK(usable_qps(network, bursts, 9) < usable);
  search.limit_us = 1200;
  CHECK(usable_qps(network, search, 9) < usable);
  // An empty network is too slow already; a network without work is never.
  search.limit_us = 300;
  CHECK(usable_qps(network, search, 9) == 0);
  CHECK(std::isnan(usable_qps({stage_of(0)}, search, 9)));
  // A time-out does not make a load usable: what it answers instead counts as failed.
  QueueNetwork impatient = network;
  impatient[1].timeout_us = 600;
  search.limit_us = 2000;
  CHECK(usable_qps(impatient, search, 9) <= usable_qps(network, search, 9));
}
