#include "engine/model_loss.h"

#include "models/catalog.h"
#include "train/tasks.h"

namespace cascade {

Targets targets_of(const ModelSpec& spec, const LogTable& log, std::span<const float> teacher_logits) {
  Targets targets = label_rows(log, spec.sampled ? spec.samples : SampleParams());
  if (!teacher_logits.empty()) teach_rows(log, spec.distill.on, teacher_logits, targets);
  return targets;
}

LossFunction<float> loss_of(const ModelSpec& spec, const FeatureSchema& schema, const Targets& targets) {
  LossFunction<float> loss =
      targets.teacher.empty() ? label_loss<float>(targets) : distill_loss<float>(targets, spec.distill);
  const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
  if (!maker.heads) return loss;
  const config::Parameters& parameters = *spec.model.parameters;
  return multi_task_loss<float>(std::move(loss), maker.heads(parameters, schema), maker.task_weight(parameters),
                                spec.target);
}

Unit unit_of(const ModelSpec& spec, const Targets& targets) {
  return !targets.teacher.empty() && spec.distill.by_lists() ? Unit::request : Unit::row;
}

}  // namespace cascade
