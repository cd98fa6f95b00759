#pragma once
#include <string>

#include "stages/catalog.h"

namespace cascade {

/// Orders candidates by a trained model: pre-ranking or ranking, as the funnel places it.
struct ScoreParams {
  std::string model;
  Objective by = Objective::click;
  void fields(config::FieldVisitor& v);
};

class ScoreStage final : public ScoringStage {
 public:
  ScoreStage(const ScoreParams& params, const StageResources& resources);
  void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override;
  ScorerWork work() const override { return scorer_.work(); }

 private:
  const Scorer& scorer_;
};

/// `kind: score`: any model.
StageEntry score_stage();

/// A ScoreStage under another name that takes models of one kind only.
StageEntry score_stage_of_kind(const std::string& name, const std::string& summary, const std::string& source);

}  // namespace cascade
