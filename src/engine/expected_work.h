#pragma once
#include <vector>

#include "cost/work.h"
#include "engine/scenario.h"

namespace cascade {

/// Counted work of every stage of a scenario's funnel, without a world, logs or training: models are made untrained
/// over the schema alone. A recall stage's scan of the catalogue is per_request.
std::vector<ScorerWork> expected_work(const Scenario& scenario);

}  // namespace cascade
