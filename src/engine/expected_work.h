#pragma once
#include <vector>

#include "cost/work.h"
#include "engine/scenario.h"

namespace cascade {

/// Counted work of every stage of a scenario's funnel, without a world, logs or training: models are made untrained
/// over the schema alone. A recall stage's scan of the catalogue is per_request.
std::vector<ScorerWork> expected_work(const Scenario& scenario);

/// Candidates a request that each stage keeps: its quota, or under an allocation what the budget lets it keep in the
/// mean, all allocated stages being the same way between their first and their last level.
std::vector<double> expected_quotas(const Scenario& scenario, const std::vector<ScorerWork>& work);

/// Candidates that an allocation's replay of the logs scores, at most; 0 without one.
double replayed_candidates(const Scenario& scenario);

}  // namespace cascade
