#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "base/matrix.h"

namespace cascade {

// The knapsack of DCAF (Jiang et al., arXiv 2006.09684): every request is served at one of a few levels of compute, a
// level has a cost, a request gains from it what it gains, and the mean cost a request has a budget. Levels may stand
// in any order.

/// The level with the greatest gain - lambda x cost; of equals the cheapest, then the first. gains, costs: [levels].
/// The cost of the choice never rises with lambda.
std::size_t best_level(std::span<const double> gains, std::span<const double> costs, double lambda);

/// What a price of compute leads to.
struct PricedChoice {
  double lambda = 0;  ///< gain a unit of cost below which a request takes a cheaper level
  double cost = 0;    ///< mean a request
  double gain = 0;    ///< mean a request
  double dual = 0;    ///< mean over requests of max_j (gain - lambda cost) + lambda x budget: at least the best gain
  bool met = false;   ///< cost <= budget: false only where every request at the cheapest level costs more
};

/// The choice of every request at this price. gains: [requests, levels], costs: [levels].
PricedChoice choose_at(const Matrix<double>& gains, std::span<const double> costs, double budget, double lambda);

/// The lowest price that meets the budget, by bisection to 1e-12 of itself; 0 where the budget is no limit.
PricedChoice solve_lambda(const Matrix<double>& gains, std::span<const double> costs, double budget);

/// A level for each group of requests: all begin at the cheapest, and the step of one group to a dearer level that
/// gains most a unit of cost is taken as long as one fits into what is left of the budget. Of equal steps the first
/// group's, then the first level's. gains: [groups, levels] means of a group; weights: [groups] shares of the
/// requests; `budget`: mean cost a request. Optimal for concave gains but for the last step that fits.
std::vector<std::size_t> greedy_levels(const Matrix<double>& gains, std::span<const double> weights,
                                       std::span<const double> costs, double budget);

/// The one level of greatest gain that costs at most the budget; the cheapest where none does. Of equals the cheaper,
/// then the first. gains, costs: [levels].
std::size_t uniform_level(std::span<const double> gains, std::span<const double> costs, double budget);

}  // namespace cascade
