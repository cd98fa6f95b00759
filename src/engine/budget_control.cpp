#include "engine/budget_control.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/rng.h"

namespace cascade {

namespace {

constexpr double kUsPerS = 1e6;

/// One run, brought down to what is reported of it.
struct HeldLoad {
  double overshoot = 0;
  double peak = 0;   ///< cost of the dearest window over capacity
  double value = 0;  ///< mean a request
};

HeldLoad held_load(const ControlledRun& run, std::size_t first, double capacity) {
  const auto measured = [&](const std::vector<double>& all) { return std::span<const double>(all).subspan(first); };
  const std::span<const double> costs = measured(run.cost);
  HeldLoad summary;
  summary.overshoot = overshoot(costs, capacity);
  summary.peak = costs.empty() ? 0 : *std::max_element(costs.begin(), costs.end()) / capacity;
  const std::span<const double> values = measured(run.value);
  const std::span<const double> requests = measured(run.requests);
  const double served = ordered_sum(requests.data(), requests.size());
  summary.value =
      served > 0 ? ordered_sum(values.data(), values.size()) / served : std::numeric_limits<double>::quiet_NaN();
  return summary;
}

}  // namespace

ControlledRun control_budget(const LearnedQuotas& rule, const ControlledRequests& served, BudgetController controller,
                             std::span<const double> arrivals_us, double window_s) {
  ControlledRun run;
  const double window_us = window_s * kUsPerS;
  const auto windows =
      arrivals_us.empty() ? std::size_t{0} : static_cast<std::size_t>(std::floor(arrivals_us.back() / window_us));
  std::size_t next = 0;
  for (std::size_t w = 0; w < windows; ++w) {
    const double lambda = rule.lambda_for(controller.budget());
    const double closes = static_cast<double>(w + 1) * window_us;
    double requests = 0;
    double cost = 0;
    double value = 0;
    for (; next < arrivals_us.size() && arrivals_us[next] < closes; ++next) {
      const std::size_t request = next % served.gains.rows();
      const std::size_t level = best_level(served.gains.row(request), rule.costs(), lambda);
      ++requests;
      cost += rule.costs()[level];
      value += served.value(request, level);
    }
    controller.observe(requests, cost);
    run.requests.push_back(requests);
    run.cost.push_back(cost);
    run.value.push_back(value);
  }
  return run;
}

RunValues simulate_control(const Scenario& scenario, const LearnedQuotas& rule, const ControlledRequests& served,
                           std::uint64_t seed) {
  const ControlParams& control = scenario.allocation.control;
  const RateProfile profile = rate_profile(control.arrivals);
  const double capacity = control.capacity * control.qps * control.window_s * rule.budget;
  double period_s = 0;
  for (const RateStep& step : profile) period_s += step.seconds;
  const auto period = static_cast<std::size_t>(std::llround(period_s / control.window_s));
  const auto [lowest, dearest] = std::minmax_element(rule.costs().begin(), rule.costs().end());
  const double least = *lowest;
  const double most = std::clamp(control.most * rule.budget, least, std::max(least, *dearest));
  ControlParams fixed = control;
  fixed.kind = ControlKind::fixed;
  const auto n = static_cast<std::size_t>(std::ceil(control.qps * control.seconds));

  std::vector<HeldLoad> with(static_cast<std::size_t>(control.runs));
  std::vector<HeldLoad> without(with.size());
  for_each_task(with.size(), [&](std::size_t k) {
    const std::vector<double> arrivals = arrival_times(profile, control.qps, n, derive_seed(seed, Stream::request, k));
    const auto run_of = [&](const ControlParams& params) {
      const ControlledRun run =
          control_budget(rule, served, BudgetController(params, capacity, rule.budget, least, most, period), arrivals,
                         control.window_s);
      const std::size_t windows = run.cost.size();
      return held_load(run, std::min(std::max(period, windows / 10), windows / 2), capacity);
    };
    with[k] = run_of(control);
    without[k] = run_of(fixed);
  });

  RunValues metrics;
  const auto add = [&](const char* name, const std::vector<HeldLoad>& runs, double HeldLoad::*part) {
    metrics.emplace_back(name, std::vector<double>());
    for (const HeldLoad& run : runs) metrics.back().second.push_back(run.*part);
  };
  add("overshoot", with, &HeldLoad::overshoot);
  add("overshoot_fixed", without, &HeldLoad::overshoot);
  add("peak_load", with, &HeldLoad::peak);
  add("peak_load_fixed", without, &HeldLoad::peak);
  add("controlled_value", with, &HeldLoad::value);
  add("controlled_value_fixed", without, &HeldLoad::value);
  return metrics;
}

}  // namespace cascade
