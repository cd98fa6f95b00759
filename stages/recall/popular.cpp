#include "stages/recall/popular.h"

#include <algorithm>
#include <numeric>

#include "base/top_k.h"

namespace cascade {

void PopularParams::fields(config::FieldVisitor& v) {
  static const std::string kBy[] = {"clicks", "impressions", "rate"};
  v.choose("by", by, kBy, "what is counted in the histories; rate: smoothed clicks per impression");
  v.field("prior_impressions", prior_impressions, "by rate: impressions at the mean rate added to every item",
          config::at_least(0));
}

PopularStage::PopularStage(const PopularParams& params, const StageResources& resources) {
  const FeatureStore& store = resources.store();
  double clicks = 0;
  double impressions = 0;
  for (ItemId i = 0; i < store.num_items(); ++i) {
    clicks += static_cast<double>(store.item(i).clicks);
    impressions += static_cast<double>(store.item(i).impressions);
  }
  const double mean_rate = impressions > 0 ? clicks / impressions : 0;
  CandidateList all;
  all.items.resize(store.num_items());
  std::iota(all.items.begin(), all.items.end(), ItemId{0});
  std::vector<float> scores;
  for (const ItemId i : all.items) {
    const FeatureStore::Item& item = store.item(i);
    double score = static_cast<double>(params.by == PopularBy::impressions ? item.impressions : item.clicks);
    if (params.by == PopularBy::rate)
      score = (score + params.prior_impressions * mean_rate) /
              std::max(1.0, static_cast<double>(item.impressions) + params.prior_impressions);
    scores.push_back(static_cast<float>(score));
  }
  ranked_ = keep_best(all, scores, all.size());
}

void PopularStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                       CandidateBlock& out) const {
  CASCADE_CHECK(in == nullptr, "recall reads the catalogue");
  const auto n = static_cast<std::ptrdiff_t>(std::min(quota, ranked_.size()));
  CandidateList head;
  head.items.assign(ranked_.items.begin(), ranked_.items.begin() + n);
  head.scores.assign(ranked_.scores.begin(), ranked_.scores.begin() + n);
  out.assign(requests.size(), head);
}

ScorerWork PopularStage::work() const {
  // The list is made once and read: an index build of one pass over the counters, nothing a request but the read.
  ScorerWork work;
  const auto n = static_cast<double>(ranked_.size());
  work.index_build = {n, n, 8 * n};
  work.per_request = {1, 0, 8};
  return work;
}

StageEntry popular_stage() {
  StageEntry entry;
  entry.name = "popular";
  entry.summary = "Recall of the same items for everybody: the most clicked, most shown or best rated.";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<PopularParams>>(); };
  entry.maker.place = StagePlace::recall;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<PopularStage>(config::parameters_as<PopularParams>(p), resources);
  };
  entry.maker.models = [](const config::Parameters&) { return std::vector<ModelUse>{}; };
  return entry;
}

}  // namespace cascade
