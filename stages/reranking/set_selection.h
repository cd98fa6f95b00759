#pragma once
#include <cstdint>
#include <string>

#include "stages/catalog.h"
#include "stages/reranking/set_value.h"

namespace cascade {

struct SetGreedyParams {
  std::string model;
  SetValueParams value;
  void fields(config::FieldVisitor& v);
};

struct SetSampledParams {
  std::string model;
  SetValueParams value;
  int samples = 20;          ///< sets besides that of the most probable items
  double temperature = 0.5;  ///< of the draws, on log p: towards 0 the most probable items, above 1 flatter than p
  std::int64_t seed = 1;
  void fields(config::FieldVisitor& v);
};

/// Set selection: a generator proposes sets of `quota` candidates, an evaluator (SetValue, over the probabilities that
/// a trained model estimates) says what each is worth. Score of an item kept: what it adds to those kept before it.
/// Named in the talk on set selection without formulas; both are ours.
class SetStage : public Stage {
 public:
  SetStage(const std::string& model, const SetValueParams& value, const StageResources& resources);
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;
  bool nested() const override { return false; }  ///< a set is chosen for its size

 protected:
  /// The positions chosen, in any order; `logits` are the model's, fewer are wanted than there are items.
  virtual std::vector<std::uint32_t> choose(const Request& request, std::span<const ItemId> items,
                                            std::span<const float> logits, const SetValue& value,
                                            std::size_t count) const = 0;
  /// FLOPs of generating and evaluating, a candidate.
  virtual double choice_flops() const = 0;

 private:
  const FeatureStore& store_;
  const Scorer& scorer_;
  SetValueParams value_;
};

/// One set: that of greedy marginal gains.
StageEntry set_greedy_stage();
/// The best of `samples` sets drawn without replacement by p^(1/temperature) (Plackett-Luce, by Gumbel noise keyed by
/// seed, request, sample and item) and of the set of the most probable items.
StageEntry set_sampled_stage();

}  // namespace cascade
