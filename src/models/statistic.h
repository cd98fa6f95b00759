#pragma once
#include <memory>

#include "config/fields.h"
#include "data/logs.h"
#include "models/scorer.h"

namespace cascade {

/// Pre-ranking of the first generation: the item's smoothed click rate, the same for every user.
struct StatisticParams {
  double prior_weight = 50;  ///< impressions
  bool use_history = true;
  void fields(config::FieldVisitor& v);
};

/// Counts the clicks and impressions of the exposed rows of `log`, with those of the store's histories where
/// use_history. Logit of (clicks + prior_weight * rate) / (impressions + prior_weight), rate being all clicks over all
/// impressions (0.5 where there are none), kept within [1e-6, 1 - 1e-6].
std::unique_ptr<Scorer> fit_statistic(const StatisticParams& params, const FeatureStore& store, const LogTable& log);

}  // namespace cascade
