#include "models/statistic.h"

#include <algorithm>
#include <vector>

#include "base/errors.h"
#include "base/real.h"
#include "models/feature_selection.h"

namespace cascade {
namespace {

constexpr double kLeastRate = 1e-6;

class StatisticScorer final : public Scorer {
 public:
  explicit StatisticScorer(std::vector<float> logits) : logits_(std::move(logits)) {}

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

void StatisticParams::fields(config::FieldVisitor& v) {
  v.field("prior_weight", prior_weight, "impressions at the overall click rate that every item starts with",
          config::between(1e-3, 1e9));
  v.field("use_history", use_history, "count the users' histories as well as the logs");
}

std::unique_ptr<Scorer> fit_statistic(const StatisticParams& params, const FeatureStore& store, const LogTable& log) {
  std::vector<double> clicks(store.num_items());
  std::vector<double> impressions(store.num_items());
  if (params.use_history)
    for (ItemId i = 0; i < store.num_items(); ++i) {
      clicks[i] = store.item(i).clicks;
      impressions[i] = store.item(i).impressions;
    }
  for (std::size_t row = 0; row < log.size(); ++row) {
    if (log.space[row] != Space::exposed) continue;
    CASCADE_CHECK(log.item[row] < store.num_items(), "log of another catalogue");
    clicks[log.item[row]] += log.click[row];
    impressions[log.item[row]] += 1;
  }
  double all_clicks = 0;
  double all_impressions = 0;
  for (ItemId i = 0; i < store.num_items(); ++i) {
    all_clicks += clicks[i];
    all_impressions += impressions[i];
  }
  const double overall = all_impressions > 0 ? all_clicks / all_impressions : 0.5;
  std::vector<float> logits(store.num_items());
  for (ItemId i = 0; i < store.num_items(); ++i) {
    const double rate = (clicks[i] + params.prior_weight * overall) / (impressions[i] + params.prior_weight);
    logits[i] = static_cast<float>(logit(std::clamp(rate, kLeastRate, 1 - kLeastRate)));
  }
  return std::make_unique<StatisticScorer>(std::move(logits));
}

}  // namespace cascade
