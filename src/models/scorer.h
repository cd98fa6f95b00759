#pragma once
#include <span>

#include "base/matrix.h"
#include "cost/work.h"
#include "data/feature_store.h"

namespace cascade {

/// A trained model, immutable, used by all threads at once.
class Scorer {
 public:
  virtual ~Scorer() = default;

  /// Writes logits[k], finite, for x.items()[k]; `logits` has x.items().size() entries. A candidate's logit depends on
  /// the user and the item only: not on the other candidates, their number or their order (same bits).
  virtual void score(const CandidateFeatures& x, std::span<float> logits) const = 0;

  /// Counted work as a serving system would do it: feature computation, embedding reads, dense layers; user side once
  /// a request, item and cross side once a candidate (tricks of this simulator are not credited).
  virtual ScorerWork work() const = 0;
};

/// A model whose logit is <user vector, item vector> + bias, so that item vectors can be computed once a model version
/// and searched.
class InnerProductScorer : public Scorer {
 public:
  virtual int dim() const = 0;
  virtual const Matrix<float>& item_vectors() const = 0;  ///< [num_items, dim]
  virtual void user_vector(const FeatureStore& store, UserId user, std::span<float> out) const = 0;  ///< [dim]
  virtual float bias() const = 0;
};

}  // namespace cascade
