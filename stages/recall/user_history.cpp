#include "stages/recall/user_history.h"

#include <algorithm>

#include "base/real.h"
#include "base/top_k.h"

namespace cascade {

void UserHistoryParams::fields(config::FieldVisitor& v) {
  v.field("prior_impressions", prior_impressions, "smoothing of every rate, in impressions at the mean rate",
          config::above(0));
}

UserHistoryStage::UserHistoryStage(const UserHistoryParams& params, const StageResources& resources)
    : store_(resources.store()), prior_(params.prior_impressions) {
  double clicks = 0;
  double impressions = 0;
  std::uint32_t categories = 0;
  std::uint32_t shops = 0;
  for (ItemId i = 0; i < store_.num_items(); ++i) {
    const FeatureStore::Item& item = store_.item(i);
    clicks += static_cast<double>(item.clicks);
    impressions += static_cast<double>(item.impressions);
    categories = std::max(categories, item.category + 1);
    shops = std::max(shops, item.shop + 1);
  }
  mean_rate_ = (clicks + 1) / (impressions + 2);
  mean_logit_ = logit(mean_rate_);
  items_of_category_.resize(categories);
  items_of_shop_.resize(shops);
  item_logit_.reserve(store_.num_items());
  for (ItemId i = 0; i < store_.num_items(); ++i) {
    const FeatureStore::Item& item = store_.item(i);
    items_of_category_[item.category].push_back(i);
    items_of_shop_[item.shop].push_back(i);
    const double rate =
        (static_cast<double>(item.clicks) + prior_ * mean_rate_) / (static_cast<double>(item.impressions) + prior_);
    item_logit_.push_back(static_cast<float>(logit(rate)));
  }
  double scanned = 0;
  for (UserId u = 0; u < store_.num_users(); ++u) {
    for (const FeatureStore::Count& c : store_.user(u).categories)
      if (c.clicks > 0) scanned += static_cast<double>(items_of_category_[c.key].size());
    for (const FeatureStore::Count& c : store_.user(u).shops)
      if (c.clicks > 0) scanned += static_cast<double>(items_of_shop_[c.key].size());
  }
  mean_scanned_ = scanned / std::max(1.0, static_cast<double>(store_.num_users()));
}

double UserHistoryStage::lift(const FeatureStore::Count& count) const {
  const double rate = (count.clicks + prior_ * mean_rate_) / (count.impressions + prior_);
  return logit(rate) - mean_logit_;
}

void UserHistoryStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                           CandidateBlock& out) const {
  CASCADE_CHECK(in == nullptr, "recall reads the catalogue");
  out.assign(requests.size(), {});
  std::vector<float> of_category(items_of_category_.size(), 0.0F);
  std::vector<float> of_shop(items_of_shop_.size(), 0.0F);
  std::vector<std::uint8_t> category_clicked(items_of_category_.size(), 0);
  for (std::size_t r = 0; r < requests.size(); ++r) {
    const FeatureStore::User& user = store_.user(requests[r].user);
    for (const FeatureStore::Count& c : user.categories) {
      of_category[c.key] = static_cast<float>(lift(c));
      category_clicked[c.key] = c.clicks > 0 ? 1 : 0;
    }
    for (const FeatureStore::Count& c : user.shops) of_shop[c.key] = static_cast<float>(lift(c));
    CandidateList found;
    std::vector<float> scores;
    const auto add = [&](ItemId i) {
      const FeatureStore::Item& item = store_.item(i);
      found.items.push_back(i);
      scores.push_back(item_logit_[i] + of_category[item.category] + of_shop[item.shop]);
    };
    for (const FeatureStore::Count& c : user.categories)
      if (c.clicks > 0)
        for (const ItemId i : items_of_category_[c.key]) add(i);
    // A shop's items in a clicked category are there already.
    for (const FeatureStore::Count& c : user.shops)
      if (c.clicks > 0)
        for (const ItemId i : items_of_shop_[c.key])
          if (category_clicked[store_.item(i).category] == 0) add(i);
    out[r] = keep_best(found, scores, quota);
    for (const FeatureStore::Count& c : user.categories) {
      of_category[c.key] = 0;
      category_clicked[c.key] = 0;
    }
    for (const FeatureStore::Count& c : user.shops) of_shop[c.key] = 0;
  }
}

ScorerWork UserHistoryStage::work() const {
  ScorerWork work;
  work.per_request = {mean_scanned_, 3 * mean_scanned_, 12 * mean_scanned_};
  const double n = store_.num_items();
  work.index_build = {n, 4 * n, 16 * n};
  return work;
}

StageEntry user_history_stage() {
  StageEntry entry;
  entry.name = "user_history";
  entry.summary = "Recall of items from the categories and shops that the user clicked in before.";
  entry.source = "user-to-tag-to-item channel of multi-channel recall; the estimate is ours";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<UserHistoryParams>>(); };
  entry.maker.place = StagePlace::recall;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<UserHistoryStage>(config::parameters_as<UserHistoryParams>(p), resources);
  };
  entry.maker.models = [](const config::Parameters&) { return std::vector<ModelUse>{}; };
  return entry;
}

}  // namespace cascade
