#pragma once
#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "engine/allocation.h"
#include "engine/serving.h"

namespace cascade {

/// What a simulation of a budget under load needs to know of requests that were really served; request i of the
/// simulation stands for request i mod n of these.
struct ControlledRequests {
  Matrix<double> gains;  ///< [requests, levels] as the rule estimates them
  Matrix<double> value;  ///< [requests, levels] true value of the page
};

/// A run of requests over windows with the budget set by a controller.
struct ControlledRun {
  std::vector<double> requests;  ///< [windows]
  std::vector<double> cost;      ///< [windows]
  std::vector<double> value;     ///< [windows] of all pages
};

/// Serves arrivals (us, ascending) window by window: each window's requests choose at the price at which the logged
/// requests would spend the controller's budget. Only whole windows count.
ControlledRun control_budget(const LearnedQuotas& rule, const ControlledRequests& served, BudgetController controller,
                             std::span<const double> arrivals_us, double window_s);

/// The simulations of `allocation.control`: what it holds, and what the budget alone would have held, under the same
/// arrivals. REQUIRES scenario.allocation.controlled.
RunValues simulate_control(const Scenario& scenario, const LearnedQuotas& rule, const ControlledRequests& served,
                           std::uint64_t seed);

}  // namespace cascade
