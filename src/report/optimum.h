#pragma once
#include <string>

#include "report/text_line.h"
#include "study/optimize.h"

namespace cascade {

/// What a search found, for people: the chosen funnel, the Pareto front, what the next unit of budget buys, and how far
/// all that can be told from noise.
std::string optimum_terminal(const OptimizeResult& result, const TextStyle& style);
/// All of it, with every figure; schema cascade-optimize/1.
std::string optimum_json(const OptimizeResult& result);
/// One row a funnel tried.
std::string optimum_csv(const OptimizeResult& result);

}  // namespace cascade
