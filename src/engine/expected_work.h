#pragma once
#include <string>
#include <vector>

#include "cost/work.h"
#include "engine/scenario.h"

namespace cascade {

/// Counted work of every stage of a scenario's funnel, without a world, logs or training: models are made untrained
/// over the schema alone, with one user of a history like the world's for stages that read it. A recall stage's scan of
/// the catalogue is per_request. Above a million items the work is that of smaller catalogues, continued in a straight
/// line: a catalogue that fits nowhere can be planned.
std::vector<ScorerWork> expected_work(const Scenario& scenario);

/// What names the first training of a model that chooses its feature groups, which all with the same text, training and
/// logs share; empty: it does not choose.
std::string weighing_text(const Scenario& scenario, const ModelSpec& spec);

/// FLOPs of training a model on a row of the log, all epochs, roughly: which of two models takes longer.
double expected_training_flops(const WorldParams& world, const ModelSpec& spec);

/// Candidates a request that each stage keeps: its quota, or under an allocation what the budget lets it keep in the
/// mean, all allocated stages being the same way between their first and their last level.
std::vector<double> expected_quotas(const Scenario& scenario, const std::vector<ScorerWork>& work);

/// Candidates that an allocation's replay of the logs scores, at most; 0 without one.
double replayed_candidates(const Scenario& scenario);

}  // namespace cascade
