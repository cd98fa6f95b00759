#include "models/item_scores.h"

#include <algorithm>

#include "base/real.h"
#include "models/feature_selection.h"

namespace cascade {
namespace {

constexpr double kLeastRate = 1e-6;

class ItemScores final : public Scorer {
 public:
  explicit ItemScores(std::vector<float> logits) : logits_(std::move(logits)) {}

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    std::transform(x.items().begin(), x.items().end(), logits.begin(), [this](ItemId item) { return logits_[item]; });
  }

  ScorerWork work() const override {
    ScorerWork work;
    work.per_candidate = {1, 0, float_bytes(1)};
    work.index_build = {static_cast<double>(logits_.size()), 0, 0};
    return work;
  }

 private:
  std::vector<float> logits_;  ///< [num_items]
};

}  // namespace

std::unique_ptr<Scorer> make_item_scores(std::vector<float> logits) {
  return std::make_unique<ItemScores>(std::move(logits));
}

float rate_logit(double rate) { return static_cast<float>(logit(std::clamp(rate, kLeastRate, 1 - kLeastRate))); }

}  // namespace cascade
