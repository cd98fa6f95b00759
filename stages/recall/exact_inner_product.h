#pragma once
#include <string>

#include "base/product.h"
#include "stages/catalog.h"

namespace cascade {

struct ExactInnerProductParams {
  std::string model;
  void fields(config::FieldVisitor& v);
};

/// The whole catalogue scanned by inner product: the quota best items of a model whose item side is precomputed.
/// Score: the inner product, which is the model's logit less its bias (adding that would round different scores to one,
/// and equal scores have an order of their own).
class ExactInnerProductStage final : public Stage {
 public:
  ExactInnerProductStage(const ExactInnerProductParams& params, const StageResources& resources);
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;

 private:
  const FeatureStore& store_;
  const InnerProductScorer& scorer_;
  PackedMatrix items_;  ///< [dim, num_items]
};

StageEntry exact_inner_product_stage();

}  // namespace cascade
