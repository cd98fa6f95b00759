#pragma once
#include <vector>

#include "cost/work.h"
#include "engine/scenario.h"

namespace cascade {

/// Counted work of every stage of a scenario's funnel, without a world, logs or training: models are made untrained
/// over the schema alone, with one user of a history like the world's for stages that read it. A recall stage's scan of
/// the catalogue is per_request. Above a million items the work is that of smaller catalogues, continued in a straight
/// line: a catalogue that fits nowhere can be planned.
std::vector<ScorerWork> expected_work(const Scenario& scenario);

/// Passes of training that a model takes over its rows and epochs: two where it first chooses its feature groups.
int num_trainings(const Scenario& scenario, const ModelSpec& spec);

}  // namespace cascade
