#include "models/statistic.h"

#include <vector>

#include "base/errors.h"
#include "models/item_scores.h"

namespace cascade {

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
    logits[i] = rate_logit(rate);
  }
  return make_item_scores(std::move(logits));
}

}  // namespace cascade
