#include "stages/ranking/score.h"

namespace cascade {

void ScoreParams::fields(config::FieldVisitor& v) {
  v.field("model", model, "the model whose scores order the candidates", config::Need::required);
  v.choose("by", by, kObjectiveNames, "what the list is ordered by: click: the logit; ecpm: bid x pCTR");
}

ScoreStage::ScoreStage(const ScoreParams& params, const StageResources& resources)
    : ScoringStage(resources.store(), params.by), scorer_(resources.model(params.model)) {}

void ScoreStage::logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  scorer_.score(CandidateFeatures(store(), request, items), out);
}

StageEntry score_stage_of_kind(const std::string& name, const std::string& summary, const std::string& source) {
  StageEntry entry;
  entry.name = name;
  entry.summary = summary;
  entry.source = source;
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<ScoreParams>>(); };
  entry.maker.place = StagePlace::candidates;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<ScoreStage>(config::parameters_as<ScoreParams>(p), resources);
  };
  const std::string kind = name == "score" ? "" : name;
  entry.maker.models = [kind](const config::Parameters& p) -> std::vector<ModelUse> {
    return {{"model", config::parameters_as<ScoreParams>(p).model, kind, false}};
  };
  return entry;
}

StageEntry score_stage() {
  return score_stage_of_kind("score", "Orders candidates by the scores of any trained model.", "");
}

}  // namespace cascade
