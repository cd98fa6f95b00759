#include "cost/allocation.h"

#include <algorithm>

#include "base/errors.h"
#include "base/parallel.h"

namespace cascade {

namespace {

std::size_t cheapest(std::span<const double> costs) {
  return static_cast<std::size_t>(std::min_element(costs.begin(), costs.end()) - costs.begin());
}

double mean_of(const std::vector<double>& values) {
  return ordered_sum(values.data(), values.size()) / static_cast<double>(values.size());
}

}  // namespace

std::size_t best_level(std::span<const double> gains, std::span<const double> costs, double lambda) {
  CASCADE_CHECK(!costs.empty() && gains.size() == costs.size(), "a gain and a cost for every level");
  std::size_t best = 0;
  for (std::size_t j = 1; j < costs.size(); ++j) {
    const double more = (gains[j] - gains[best]) - lambda * (costs[j] - costs[best]);
    if (more > 0 || (more >= 0 && costs[j] < costs[best])) best = j;
  }
  return best;
}

PricedChoice choose_at(const Matrix<double>& gains, std::span<const double> costs, double budget, double lambda) {
  CASCADE_CHECK(gains.rows() > 0, "an allocation needs requests");
  std::vector<double> cost(gains.rows());
  std::vector<double> gain(gains.rows());
  for (std::size_t i = 0; i < gains.rows(); ++i) {
    const std::size_t j = best_level(gains.row(i), costs, lambda);
    cost[i] = costs[j];
    gain[i] = gains(i, j);
  }
  PricedChoice choice;
  choice.lambda = lambda;
  choice.cost = mean_of(cost);
  choice.gain = mean_of(gain);
  choice.dual = choice.gain - lambda * choice.cost + lambda * budget;
  choice.met = choice.cost <= budget;
  return choice;
}

PricedChoice solve_lambda(const Matrix<double>& gains, std::span<const double> costs, double budget) {
  const PricedChoice free = choose_at(gains, costs, budget, 0);
  if (free.met) return free;
  // From this price on every request takes the cheapest level.
  const double least = costs[cheapest(costs)];
  double high = 0;
  for (std::size_t i = 0; i < gains.rows(); ++i) {
    double at_least = 0;  // gain of the best among the cheapest levels
    bool found = false;
    for (std::size_t j = 0; j < costs.size(); ++j)
      if (costs[j] <= least && (!found || gains(i, j) > at_least)) {
        at_least = gains(i, j);
        found = true;
      }
    for (std::size_t j = 0; j < costs.size(); ++j)
      if (costs[j] > least) high = std::max(high, (gains(i, j) - at_least) / (costs[j] - least));
  }
  constexpr double kAbove = 1 + 1e-9;
  PricedChoice met = choose_at(gains, costs, budget, high * kAbove);
  if (!met.met) return met;
  double low = 0;
  constexpr double kPrecision = 1e-12;
  constexpr int kMostSteps = 200;
  for (int step = 0; step < kMostSteps && met.lambda - low > kPrecision * met.lambda; ++step) {
    const PricedChoice middle = choose_at(gains, costs, budget, (low + met.lambda) / 2);
    if (middle.met)
      met = middle;
    else
      low = middle.lambda;
  }
  return met;
}

std::vector<std::size_t> greedy_levels(const Matrix<double>& gains, std::span<const double> weights,
                                       std::span<const double> costs, double budget) {
  CASCADE_CHECK(gains.rows() == weights.size() && gains.cols() == costs.size(), "a gain for every group and level");
  std::vector<std::size_t> level(gains.rows(), cheapest(costs));
  double left = budget;
  for (const double weight : weights) left -= weight * costs[cheapest(costs)];
  while (true) {
    double best_rate = 0;
    std::size_t best_group = 0;
    std::size_t best_step = 0;
    for (std::size_t g = 0; g < gains.rows(); ++g) {
      for (std::size_t j = 0; j < costs.size(); ++j) {
        const double more_cost = costs[j] - costs[level[g]];
        if (more_cost <= 0 || weights[g] <= 0 || weights[g] * more_cost > left) continue;
        const double rate = (gains(g, j) - gains(g, level[g])) / more_cost;
        if (rate <= best_rate) continue;
        best_rate = rate;
        best_group = g;
        best_step = j;
      }
    }
    if (best_rate <= 0) return level;
    left -= weights[best_group] * (costs[best_step] - costs[level[best_group]]);
    level[best_group] = best_step;
  }
}

std::size_t uniform_level(std::span<const double> gains, std::span<const double> costs, double budget) {
  std::size_t best = cheapest(costs);
  for (std::size_t j = 0; j < costs.size(); ++j) {
    if (costs[j] > budget) continue;
    if (gains[j] > gains[best] || (gains[j] >= gains[best] && costs[j] < costs[best])) best = j;
  }
  return best;
}

}  // namespace cascade
