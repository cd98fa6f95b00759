#include "models/play_rate.h"

#include <algorithm>

#include "base/errors.h"
#include "base/real.h"
#include "models/item_scores.h"

namespace cascade {

void PlayRateParams::fields(config::FieldVisitor& v) {
  v.field("half_life", half_life, "days after which an event counts half", config::between(1e-3, 1e6));
  v.field("prior_weight", prior_weight, "impressions at the overall recent click rate that every item has besides",
          config::between(1e-3, 1e9));
}

PlayRates::PlayRates(std::size_t num_items, const PlayRateParams& params) : params_(params), items_(num_items) {}

double PlayRates::weight(int days) const { return exact_exp(-exact_log(2.0) * days / params_.half_life); }

void PlayRates::add(Decayed& counts, int day, bool click) const {
  double now = 1;
  if (day > counts.day) {
    const double older = weight(day - counts.day);
    counts.clicks *= older;
    counts.impressions *= older;
    counts.day = day;
  } else if (day < counts.day) {
    now = weight(counts.day - day);
  }
  counts.impressions += now;
  if (click) counts.clicks += now;
}

void PlayRates::observe(ItemId item, int day, bool click) {
  CASCADE_CHECK(item < items_.size(), "log of another catalogue");
  add(items_[item], day, click);
  add(all_, day, click);
}

double PlayRates::rate(ItemId item, int day) const {
  const double overall = all_.impressions > 0 ? all_.clicks / all_.impressions : 0.5;
  const Decayed& counts = items_[item];
  const double since = weight(day - counts.day);
  return (counts.clicks * since + params_.prior_weight * overall) / (counts.impressions * since + params_.prior_weight);
}

std::unique_ptr<Scorer> fit_play_rate(const PlayRateParams& params, const FeatureStore& store, const LogTable& log) {
  PlayRates rates(store.num_items(), params);
  int today = 0;
  for (std::size_t row = 0; row < log.size(); ++row) {
    if (log.space[row] != Space::exposed) continue;
    rates.observe(log.item[row], log.day[row], log.click[row] != 0);
    today = std::max(today, log.day[row] + 1);
  }
  std::vector<float> logits;
  logits.reserve(store.num_items());
  for (ItemId i = 0; i < store.num_items(); ++i) logits.push_back(rate_logit(rates.rate(i, today)));
  return make_item_scores(std::move(logits));
}

}  // namespace cascade
