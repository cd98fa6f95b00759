#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace cascade {

/// Shapley value of each of n players: the mean of what it adds over all orders in which players can join.
/// `worth` [2^n]: what a coalition is worth, bit j of its index standing for player j. Result [n]; it adds up to
/// worth[2^n - 1] - worth[0]. n from 1 to 16. Source: Shapley 1953.
std::vector<double> shapley(std::span<const double> worth);

}  // namespace cascade
