#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "config/catalog.h"
#include "cost/work.h"
#include "data/feature_store.h"
#include "funnel/candidates.h"

namespace cascade {

/// One stage of a funnel, fitted and immutable; used by all threads at once.
class Stage {
 public:
  virtual ~Stage() = default;

  /// Chooses for each of at most kRequestBlock requests. `in`: the candidates of each request, or null for the whole
  /// catalogue (recall). out[r]: at most `quota` items, no item twice, finite scores, best first, ties by lower item
  /// id; a subset of in[r] where that is given. What is chosen for a request does not depend on the block's others.
  virtual void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                   CandidateBlock& out) const = 0;

  /// Counted work; a request with n candidates costs per_request + n * per_candidate.
  virtual ScorerWork work() const = 0;

  /// What was measured of the fitted stage itself for this quota, by name of metric: what an approximation loses. Most
  /// stages have nothing to tell.
  virtual std::vector<std::pair<std::string, double>> facts(std::size_t) const { return {}; }

  /// Whether what it chooses from a list under a quota is the beginning of what it chooses from the same list under a
  /// larger one, so that a narrower quota is a cut of the wider one's choice.
  virtual bool nested() const { return true; }

  /// The parts of that work which run side by side, such as the channels of a recall.
  virtual std::vector<ScorerWork> parallel_work() const { return {work()}; }
};

/// What a list is ordered by, given the estimated probability of a click.
enum class Objective {
  click,        ///< the logit itself
  ecpm,         ///< bid x pCTR
  conversion,   ///< pCTR x pCVR, pCVR = p(conversion | click)
  gmv,          ///< pCTR x pCVR x price
  after_click,  ///< the logit of pCVR, which is what logits() gives
  value         ///< what logits() gives is the expected value itself, without a probability of a click: controls only
};
/// Of the first two, for which an estimate of clicks is enough.
extern const std::vector<std::string> kObjectiveNames;
/// Of all that a scenario may choose.
extern const std::vector<std::string> kValueObjectiveNames;

/// A stage that gives each candidate a score of its own and keeps the best: value estimation. Since scores do not
/// depend on the other candidates, the engine may keep them and replay any cut.
class ScoringStage : public Stage {
 public:
  ScoringStage(const FeatureStore& store, Objective objective) : store_(store), objective_(objective) {}

  /// out[k], finite: estimated logit of p(click) of items[k] for this request, whatever the other items are.
  virtual void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const = 0;

  /// What the list is ordered by: out[k], finite, for items[k], whatever the other items are. By default to_scores() of
  /// the logits.
  virtual void scores(const Request& request, std::span<const ItemId> items, std::span<float> out) const;

  /// Turns logits into what the list is ordered by. REQUIRES an objective that needs no estimate besides.
  void to_scores(std::span<const ItemId> items, std::span<float> logits) const;

  /// The estimated p(click) behind a score (NaN where the score does not tell it: by click and ecpm alone it does), and
  /// the expected value that the list is ordered by.
  double click_probability(ItemId item, float score) const;
  double expected_value(float score) const;

  Objective objective() const { return objective_; }

  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;

 protected:
  const FeatureStore& store() const { return store_; }

 private:
  const FeatureStore& store_;
  Objective objective_;
};

/// What a stage that estimates conversions besides has to say.
class ConversionEstimator {
 public:
  virtual ~ConversionEstimator() = default;
  /// out[k], finite: estimated logit of p(conversion | click) of items[k] for this request.
  virtual void conversion_logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const = 0;
};

/// Keeps the `quota` best of a list by `scores` [list size].
CandidateList keep_best(const CandidateList& list, std::span<const float> scores, std::size_t quota);

}  // namespace cascade
