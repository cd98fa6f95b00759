#include "stages/ranking/value.h"

#include "base/real.h"
#include "models/tasks.h"

namespace cascade {
namespace {

bool wants_clicks(Objective by) { return by != Objective::after_click; }

bool wants_conversions(Objective by) { return by != Objective::click && by != Objective::ecpm; }

}  // namespace

void ValueParams::fields(config::FieldVisitor& v) {
  v.field("model", model,
          "the model of clicks, or of clicks and conversions (multi_task); by after_click of conversions",
          config::Need::required);
  v.field("conversion_model", conversion_model, "the model of conversions, where `model` is of clicks alone");
  v.choose(
      "by", by, kValueObjectiveNames,
      "what the list is ordered by: click: the logit of pCTR; ecpm: bid x pCTR; conversion: pCTR x pCVR; gmv: pCTR x "
      "pCVR x price; after_click: the logit of pCVR");
}

ValueStage::ValueStage(const ValueParams& params, const StageResources& resources)
    : ScoringStage(resources.store(), params.by),
      click_(resources.model(params.model)),
      conversion_(params.conversion_model.empty() ? click_ : resources.model(params.conversion_model)) {}

void ValueStage::logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  if (!wants_clicks(objective())) return conversion_logits(request, items, out);
  const CandidateFeatures features(store(), request, items);
  if (const auto* tasks = dynamic_cast<const MultiTaskScorer*>(&click_))
    tasks->score_tasks(features, out, {});
  else
    click_.score(features, out);
}

void ValueStage::conversion_logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  const CandidateFeatures features(store(), request, items);
  if (const auto* tasks = dynamic_cast<const MultiTaskScorer*>(&conversion_))
    tasks->score_tasks(features, {}, out);
  else
    conversion_.score(features, out);
}

void ValueStage::scores(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  if (!wants_clicks(objective()) || !wants_conversions(objective())) return ScoringStage::scores(request, items, out);
  std::vector<float> conversion(items.size());
  const auto* both = &click_ == &conversion_ ? dynamic_cast<const MultiTaskScorer*>(&click_) : nullptr;
  if (both != nullptr) {
    both->score_tasks(CandidateFeatures(store(), request, items), out, conversion);
  } else {
    logits(request, items, out);
    conversion_logits(request, items, conversion);
  }
  for (std::size_t k = 0; k < items.size(); ++k) {
    double value = sigmoid(out[k]) * sigmoid(conversion[k]);
    if (objective() == Objective::gmv) value *= exact_exp(store().item(items[k]).log_price);
    out[k] = static_cast<float>(value);
  }
}

ScorerWork ValueStage::work() const {
  ScorerWork work = click_.work();
  if (&click_ == &conversion_) return work;
  const ScorerWork more = conversion_.work();
  work.per_request += more.per_request;
  work.per_candidate += more.per_candidate;
  work.index_build += more.index_build;
  work.per_candidate.items = 1;
  return work;
}

StageEntry value_stage() {
  StageEntry entry;
  entry.name = "value";
  entry.summary = "Orders candidates by an estimated value: click, eCPM, conversion or GMV.";
  entry.source = "value estimation in ranking; pCTR x pCVR as in ESMM, Ma et al., SIGIR 2018";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<ValueParams>>(); };
  entry.maker.place = StagePlace::candidates;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<ValueStage>(config::parameters_as<ValueParams>(p), resources);
  };
  entry.maker.models = [](const config::Parameters& p) {
    const auto& params = config::parameters_as<ValueParams>(p);
    ModelUse model{"model", params.model, "", false, {}};
    if (wants_clicks(params.by)) model.estimates.push_back("click");
    std::vector<ModelUse> uses;
    const bool two = !params.conversion_model.empty();
    if (wants_conversions(params.by) && !two) model.estimates.push_back("conversion");
    uses.push_back(std::move(model));
    if (two) uses.push_back({"conversion_model", params.conversion_model, "", false, {"conversion"}});
    return uses;
  };
  entry.maker.faults = [](const config::Parameters& p) {
    const auto& params = config::parameters_as<ValueParams>(p);
    std::vector<StageFault> faults;
    const bool both = wants_clicks(params.by) && wants_conversions(params.by);
    if (!params.conversion_model.empty() && !both)
      faults.push_back({"conversion_model", "by " + kValueObjectiveNames[static_cast<std::size_t>(params.by)] +
                                                " one model is asked, which is `model`"});
    return faults;
  };
  return entry;
}

}  // namespace cascade
