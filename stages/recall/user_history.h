#pragma once
#include <vector>

#include "stages/catalog.h"

namespace cascade {

struct UserHistoryParams {
  double prior_impressions = 20;  ///< smoothing of every rate, in impressions at the mean rate
  void fields(config::FieldVisitor& v);
};

/// Recall from what the user did before (user -> category and shop -> item): items of the shops and categories that
/// the user clicked in, ordered by a naive-Bayes estimate: logit of the item's smoothed click rate plus the lifts of
/// the user's own smoothed rates in its category and its shop. Reads observable counts only.
/// Source: the u2i-by-tag channel of multi-channel recall systems; the estimate is ours.
class UserHistoryStage final : public Stage {
 public:
  UserHistoryStage(const UserHistoryParams& params, const StageResources& resources);
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;

 private:
  double lift(const FeatureStore::Count& count) const;
  const FeatureStore& store_;
  double prior_;
  double mean_rate_ = 0;
  double mean_logit_ = 0;
  std::vector<float> item_logit_;                       ///< [num_items]
  std::vector<std::vector<ItemId>> items_of_category_;  ///< ascending ids
  std::vector<std::vector<ItemId>> items_of_shop_;
  double mean_scanned_ = 0;  ///< items a request, for the counted work
};

StageEntry user_history_stage();

}  // namespace cascade
