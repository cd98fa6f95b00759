#pragma once
#include <span>

#include "engine/scenario.h"
#include "train/batches.h"

namespace cascade {

/// What a log says to a model: labels by its `samples`, and where a teacher has a say its logits [rows of the log] on
/// the rows that `distill.on` takes. No logits: no teacher.
Targets targets_of(const ModelSpec& spec, const LogTable& log, std::span<const float> teacher_logits);

/// The loss by which a model learns its targets, those of its other tasks among it. Refers to both.
LossFunction<float> loss_of(const ModelSpec& spec, const FeatureSchema& schema, const Targets& targets);

/// What must stay together in a batch for that loss.
Unit unit_of(const ModelSpec& spec, const Targets& targets);

}  // namespace cascade
