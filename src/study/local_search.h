#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "study/funnel_space.h"
#include "study/funnel_trials.h"
#include "study/optimize_params.h"

namespace cascade {

/// Whether trial a is better than trial b for as much as a budget allows; 0: no budget.
using FunnelOrder = std::function<bool(std::size_t a, std::size_t b, double budget)>;

/// Local search from the best of the funnels drawn by chance, once for every budget, `params.restarts` times each. In a
/// round all funnels next to the present ones are tried in one replay, and each goes where it is best; one that has no
/// better neighbour looks two steps away before it stops. At most `params.max_funnels` are tried besides those drawn.
/// Returns the rounds.
int search_locally(const FunnelSpace& space, FunnelTrials& trials, std::span<const FunnelPoint> drawn,
                   std::span<const double> budgets, const OptimizeParams& params, const FunnelOrder& better);

}  // namespace cascade
