// The simulation against what queueing theory gives exactly. Each mean is taken over independent runs and must lie
// within four standard errors of the formula.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/stats.h"
#include "cost/queueing.h"

using namespace cascade;

namespace {

constexpr int kRuns = 24;
constexpr std::size_t kRequests = 40000;
constexpr std::size_t kWarmUp = 4000;
constexpr double kServiceUs = 1000;  // mu = 1000 a second

QueueStage stage_of(int workers, Dispersion dispersion, double cv = 0.5) {
  QueueStage stage;
  stage.workers = workers;
  stage.dispersion = dispersion;
  stage.cv = cv;
  stage.service_us = {{kServiceUs}};
  return stage;
}

template <class Measure>
void check_mean(const QueueNetwork& network, double qps, double expected, const Measure& measure) {
  std::vector<double> values;
  for (int run = 0; run < kRuns; ++run)
    values.push_back(measure(simulate_load(network, {{}, qps, kRequests, kWarmUp}, 1000 + static_cast<unsigned>(run))));
  INFO("mean " << mean(values) << " +- " << standard_error(values) << ", theory " << expected);
  CHECK(std::abs(mean(values) - expected) <= 4 * standard_error(values));
  CHECK(standard_error(values) < 0.05 * expected);  // or the check would say nothing
}

double wait_s(const LoadRun& run) { return run.wait_us[0] / 1e6; }

double rt_s(const LoadRun& run) {
  double sum = 0;
  for (std::size_t i = run.warm_up; i < run.rt_us.size(); ++i) sum += run.rt_us[i];
  return sum / 1e6 / static_cast<double>(run.rt_us.size() - run.warm_up);
}

/// Probability of waiting in M/M/c with a = lambda / mu (Erlang 1917), by the recursion of Erlang B.
double erlang_c(int c, double a) {
  double b = 1;
  for (int k = 1; k <= c; ++k) b = a * b / (k + a * b);
  const double rho = a / c;
  return b / (1 - rho * (1 - b));
}

/// Mean wait of M/G/1 (Pollaczek 1930, Khinchine 1932).
double mg1_wait(double rho, double cv) { return rho * (1 + cv * cv) / (2 * (1 - rho)) * kServiceUs / 1e6; }

}  // namespace

TEST_CASE("M/M/1: waiting time, busy share and the whole distribution of response times", "[slow]") {
  for (const double rho : {0.3, 0.7, 0.85}) {
    const QueueNetwork network = {stage_of(1, Dispersion::exponential)};
    const double lambda = rho * 1000;
    check_mean(network, lambda, rho / (1000 - lambda), wait_s);
    check_mean(network, lambda, rho, [](const LoadRun& run) { return run.utilisation[0]; });
    // The response time is exponential with rate mu - lambda.
    for (const double share : {0.5, 0.95, 0.99})
      check_mean(network, lambda, share, [&](const LoadRun& run) {
        const double t = -std::log(1 - share) / (1000 - lambda) * 1e6;
        std::size_t within = 0;
        for (std::size_t i = run.warm_up; i < run.rt_us.size(); ++i) within += run.rt_us[i] <= t ? 1U : 0U;
        return static_cast<double>(within) / static_cast<double>(run.rt_us.size() - run.warm_up);
      });
  }
}

TEST_CASE("M/M/c: waiting time by Erlang C") {
  for (const int c : {2, 5, 16}) {
    const double lambda = 0.85 * c * 1000;
    check_mean({stage_of(c, Dispersion::exponential)}, lambda, erlang_c(c, lambda / 1000) / (c * 1000 - lambda),
               wait_s);
  }
}

TEST_CASE("M/D/1 and M/G/1: waiting time by Pollaczek and Khinchine") {
  check_mean({stage_of(1, Dispersion::constant)}, 600, mg1_wait(0.6, 0), wait_s);
  check_mean({stage_of(1, Dispersion::constant)}, 850, mg1_wait(0.85, 0), wait_s);
  check_mean({stage_of(1, Dispersion::lognormal, 1.3)}, 600, mg1_wait(0.6, 1.3), wait_s);
}

TEST_CASE("Jackson's tandem: each queue as if it stood alone") {
  // 1 and 3 workers, then 2: lambda = 800 (Burke 1956, Jackson 1957).
  QueueNetwork network = {stage_of(1, Dispersion::exponential), stage_of(3, Dispersion::exponential),
                          stage_of(2, Dispersion::exponential)};
  network[1].service_us = {{2500}};
  network[2].service_us = {{1800}};
  const double lambda = 800;
  const auto response = [&](int c, double mu) { return erlang_c(c, lambda / mu) / (c * mu - lambda) + 1 / mu; };
  check_mean(network, lambda, response(1, 1000) + response(3, 400) + response(2, 1e6 / 1800), rt_s);
}

TEST_CASE("fork and join of two: Nelson and Tantawi") {
  // T = (12 - rho) / 8 / (mu - lambda), exact for two (IEEE Trans. Computers 37(6), 1988).
  QueueStage forked = stage_of(1, Dispersion::exponential);
  forked.service_us.push_back({kServiceUs});
  for (const double rho : {0.4, 0.8}) check_mean({forked}, rho * 1000, (12 - rho) / 8 / (1000 * (1 - rho)), rt_s);
}

TEST_CASE("M/M/1/K: who finds the queue full") {
  // One in service and four waiting: K = 5. P(full) = (1 - rho) rho^K / (1 - rho^(K + 1)).
  QueueStage stage = stage_of(1, Dispersion::exponential);
  stage.queue = 4;
  for (const double rho : {0.8, 1.5})
    check_mean({stage}, rho * 1000, (1 - rho) * std::pow(rho, 5) / (1 - std::pow(rho, 6)),
               [](const LoadRun& run) { return run.dropped_share(); });
}
