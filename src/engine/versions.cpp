#include "engine/versions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/product.h"

namespace cascade {

void Versions::publish(int hour, std::shared_ptr<const Scorer> scorer, int updates) {
  by_hour_[hour] = {hour, std::move(scorer), updates};
}

Version Versions::at(int hour) const {
  CASCADE_CHECK(!by_hour_.empty(), "no version of the model is live");
  auto found = by_hour_.upper_bound(hour);
  if (found != by_hour_.begin()) --found;
  return found->second;
}

void Versions::forget_before(int hour) { by_hour_.erase(by_hour_.begin(), by_hour_.find(at(hour).hour)); }

namespace {

class LateVectors final : public InnerProductScorer {
 public:
  LateVectors(std::shared_ptr<const InnerProductScorer> users, std::shared_ptr<const InnerProductScorer> items,
              std::span<const ItemId> unknown)
      : users_(std::move(users)), vectors_(items->item_vectors()) {
    CASCADE_CHECK(users_->dim() == items->dim(), "versions of different models");
    std::vector<bool> known(vectors_.rows(), true);
    for (const ItemId item : unknown) known[item] = false;
    std::vector<double> mean(vectors_.cols(), 0.0);
    const auto n = static_cast<double>(std::max<std::size_t>(1, vectors_.rows() - unknown.size()));
    for (std::size_t i = 0; i < vectors_.rows(); ++i)
      for (std::size_t d = 0; known[i] && d < mean.size(); ++d) mean[d] += static_cast<double>(vectors_(i, d)) / n;
    for (const ItemId item : unknown)
      for (std::size_t d = 0; d < mean.size(); ++d) vectors_(item, d) = static_cast<float>(mean[d]);
  }

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    std::vector<float> user(vectors_.cols());
    users_->user_vector(x.store(), x.user(), user);
    for (std::size_t k = 0; k < logits.size(); ++k)
      logits[k] = dot(user.data(), vectors_.row(x.items()[k]).data(), user.size()) + users_->bias();
  }
  ScorerWork work() const override { return users_->work(); }
  int dim() const override { return users_->dim(); }
  const Matrix<float>& item_vectors() const override { return vectors_; }
  void user_vector(const FeatureStore& store, UserId user, std::span<float> out) const override {
    users_->user_vector(store, user, out);
  }
  float bias() const override { return users_->bias(); }

 private:
  std::shared_ptr<const InnerProductScorer> users_;
  Matrix<float> vectors_;  ///< [num_items, dim]
};

}  // namespace

std::shared_ptr<const InnerProductScorer> late_item_vectors(std::shared_ptr<const InnerProductScorer> users,
                                                            std::shared_ptr<const InnerProductScorer> items,
                                                            std::span<const ItemId> unknown) {
  return std::make_shared<LateVectors>(std::move(users), std::move(items), unknown);
}

}  // namespace cascade
