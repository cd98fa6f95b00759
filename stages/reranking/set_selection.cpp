#include "stages/reranking/set_selection.h"

#include <algorithm>
#include <numeric>

#include "base/real.h"
#include "base/rng.h"
#include "base/top_k.h"

namespace cascade {

void SetGreedyParams::fields(config::FieldVisitor& v) {
  v.field("model", model, "the model whose logits are the probabilities of a click", config::Need::required);
  value.fields(v);
}

void SetSampledParams::fields(config::FieldVisitor& v) {
  v.field("model", model, "the model whose logits are the probabilities of a click", config::Need::required);
  value.fields(v);
  v.field("samples", samples, "sets drawn, besides that of the most probable items", config::between(0, 10000));
  v.field("temperature", temperature, "of the draws: towards 0 the most probable items, 1 in proportion to p",
          config::between(1e-3, 1000));
  v.field("seed", seed, "of the draws", config::at_least(0));
}

SetStage::SetStage(const std::string& model, const SetValueParams& value, const StageResources& resources)
    : store_(resources.store()), scorer_(resources.model(model)), value_(value) {}

void SetStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                   CandidateBlock& out) const {
  CASCADE_CHECK(in != nullptr && in->size() == requests.size(), "selecting a set needs candidates");
  out.resize(requests.size());
  for (std::size_t r = 0; r < requests.size(); ++r) {
    const CandidateList& list = (*in)[r];
    std::vector<float> logits(list.size());
    scorer_.score(CandidateFeatures(store_, requests[r], list.items), logits);
    std::vector<double> probability(list.size());
    std::transform(logits.begin(), logits.end(), probability.begin(),
                   [](float x) { return sigmoid(static_cast<double>(x)); });
    const SetValue value(value_, store_, list.items, probability);
    std::vector<std::uint32_t> chosen(list.size());
    std::iota(chosen.begin(), chosen.end(), 0U);
    if (quota < list.size()) chosen = choose(requests[r], list.items, logits, value, quota);
    CandidateList set;
    std::vector<float> gains;
    for (const SetValue::Pick& pick : value.greedy(chosen, chosen.size())) {
      set.items.push_back(list.items[pick.position]);
      if (!list.channel.empty()) set.channel.push_back(list.channel[pick.position]);
      gains.push_back(static_cast<float>(pick.gain));
    }
    out[r] = keep_best(set, gains, quota);
  }
}

ScorerWork SetStage::work() const {
  constexpr double kGain = 6;  // what is left of the category and of the shop, weighted, times p
  ScorerWork work = scorer_.work();
  work.per_candidate += Work{0, kGain + choice_flops(), 2 * sizeof(std::uint32_t)};
  return work;
}

namespace {

class SetGreedyStage final : public SetStage {
 public:
  SetGreedyStage(const SetGreedyParams& params, const StageResources& resources)
      : SetStage(params.model, params.value, resources) {}

 protected:
  std::vector<std::uint32_t> choose(const Request&, std::span<const ItemId> items, std::span<const float>,
                                    const SetValue& value, std::size_t count) const override {
    std::vector<std::uint32_t> everything(items.size());
    std::iota(everything.begin(), everything.end(), 0U);
    std::vector<std::uint32_t> chosen;
    for (const SetValue::Pick& pick : value.greedy(everything, count)) chosen.push_back(pick.position);
    return chosen;
  }
  double choice_flops() const override { return 0; }
};

class SetSampledStage final : public SetStage {
 public:
  SetSampledStage(const SetSampledParams& params, const StageResources& resources)
      : SetStage(params.model, params.value, resources), params_(params) {}

 protected:
  std::vector<std::uint32_t> choose(const Request& request, std::span<const ItemId> items,
                                    std::span<const float> logits, const SetValue& value,
                                    std::size_t count) const override {
    std::vector<std::uint32_t> best;
    std::vector<std::uint32_t> set;
    std::vector<float> keys(logits.begin(), logits.end());
    top_positions(keys, items, count, best);
    double most = value.value(best);
    for (int sample = 0; sample < params_.samples; ++sample) {
      const std::uint64_t seed =
          derive_seed(static_cast<std::uint64_t>(params_.seed), Stream::arm_random, static_cast<std::uint64_t>(sample));
      for (std::size_t k = 0; k < items.size(); ++k) {
        const double log_p = -softplus(-static_cast<double>(logits[k]));
        const double u = hashed_uniform(seed, Stream::arm_random, request.index, items[k]);
        keys[k] = static_cast<float>(log_p / params_.temperature - exact_log(-exact_log(u)));
      }
      top_positions(keys, items, count, set);
      const double worth = value.value(set);
      if (worth <= most) continue;
      most = worth;
      best.swap(set);
    }
    return best;
  }
  double choice_flops() const override {
    constexpr double kDraw = 6;   // log p over the temperature, Gumbel noise, comparison
    constexpr double kValue = 8;  // a gain, and what it leaves
    return (kDraw + kValue) * params_.samples;
  }

 private:
  SetSampledParams params_;
};

template <class StageKind, class Params>
StageEntry set_stage_entry(const std::string& name, const std::string& summary) {
  StageEntry entry;
  entry.name = name;
  entry.summary = summary;
  entry.source = "set generator and set evaluator of set selection; the formulas are ours";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<Params>>(); };
  entry.maker.place = StagePlace::candidates;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<StageKind>(config::parameters_as<Params>(p), resources);
  };
  entry.maker.models = [](const config::Parameters& p) -> std::vector<ModelUse> {
    return {{"model", config::parameters_as<Params>(p).model, "", false}};
  };
  return entry;
}

}  // namespace

StageEntry set_greedy_stage() {
  return set_stage_entry<SetGreedyStage, SetGreedyParams>(
      "set_greedy", "Selects a set: always the item that adds most, less where its category or shop is there already.");
}

StageEntry set_sampled_stage() {
  return set_stage_entry<SetSampledStage, SetSampledParams>(
      "set_sampled", "Selects a set: the best of a number of sets drawn at random, by what the whole set is worth.");
}

}  // namespace cascade
