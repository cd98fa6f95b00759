#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cost/queueing.h"
#include "engine/funnel_run.h"
#include "engine/scenario.h"

namespace cascade {

/// Metrics with a value a run of the simulation; NaN: does not apply.
using RunValues = std::vector<std::pair<std::string, std::vector<double>>>;

/// A funnel under the load of `serving:`. docs/reference/metrics.md defines each metric.
struct ServingResult {
  RunValues outcome;
  std::vector<RunValues> stages;
};

/// What the simulation needs to know of the requests that the funnel really served; request i of the simulation stands
/// for request i mod n of these.
struct ServedRequests {
  std::vector<std::vector<double>> scored;  ///< [stages][requests] candidates that each stage scored; recall's: unused
  std::vector<double> value;                ///< [requests] of the page
  /// [requests] value of the page where these stages (bit j: stage j) pass on the order of the stage before.
  std::function<std::vector<double>(std::uint32_t stages)> fallback_values;
};

/// The funnel as queues: the work of each stage, counted and priced by its hardware, is what a worker takes for a
/// request. A recall's channels run side by side; a later stage's candidates are split evenly over its shards.
QueueNetwork serving_network(const Scenario& scenario, const FunnelPlan& plan,
                             const std::vector<std::vector<double>>& scored);

/// REQUIRES scenario.under_load. Funnels of one seed meet the same arrivals and the same luck with service times.
ServingResult simulate_serving(const Scenario& scenario, const FunnelPlan& plan, const ServedRequests& served,
                               std::uint64_t seed);

}  // namespace cascade
