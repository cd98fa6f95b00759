#pragma once
#include <string>

#include "stages/catalog.h"

namespace cascade {

/// Orders candidates by an estimate of what they are worth.
struct ValueParams {
  std::string model;
  std::string conversion_model;  ///< empty: `model` estimates conversions, too, where they are wanted
  Objective by = Objective::conversion;
  void fields(config::FieldVisitor& v);
};

/// Value estimation by p(click), p(conversion | click), bid and price, from two models or from one of several tasks.
class ValueStage final : public ScoringStage, public ConversionEstimator {
 public:
  ValueStage(const ValueParams& params, const StageResources& resources);
  /// Of p(click); by after_click of p(conversion | click).
  void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override;
  void scores(const Request& request, std::span<const ItemId> items, std::span<float> out) const override;
  void conversion_logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override;
  ScorerWork work() const override;

 private:
  const Scorer& click_;
  const Scorer& conversion_;  ///< the same object where one model estimates both, or where none is wanted
};

/// `kind: value`.
StageEntry value_stage();

}  // namespace cascade
