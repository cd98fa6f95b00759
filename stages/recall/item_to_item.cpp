#include "stages/recall/item_to_item.h"

#include <algorithm>
#include <cmath>

#include "base/top_k.h"

namespace cascade {

namespace {

std::vector<ItemId> distinct(const std::vector<ItemId>& newest_first, std::size_t most) {
  const auto n = static_cast<std::ptrdiff_t>(std::min(most, newest_first.size()));
  std::vector<ItemId> items(newest_first.begin(), newest_first.begin() + n);
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace

void ItemToItemParams::fields(config::FieldVisitor& v) {
  v.field("neighbours", neighbours, "most similar items kept of each item", config::between(1, 10000));
  v.field("shrinkage", shrinkage, "users added to the denominator of a similarity, against chance pairs",
          config::at_least(0));
  v.field("history", history, "newest clicks of a user that count", config::between(1, FeatureStore::kSequence));
}

ItemToItemStage::ItemToItemStage(const ItemToItemParams& params, const StageResources& resources) {
  const FeatureStore& store = resources.store();
  const std::size_t num_items = store.num_items();
  std::vector<std::vector<UserId>> users_of(num_items);
  past_.reserve(store.num_users());
  for (UserId u = 0; u < store.num_users(); ++u) {
    past_.push_back(distinct(store.user(u).recent_clicks, static_cast<std::size_t>(params.history)));
    for (const ItemId i : past_.back()) users_of[i].push_back(u);
  }
  std::vector<std::uint32_t> together(num_items, 0);  // n_ij of the present i
  std::vector<ItemId> touched;
  std::vector<float> similarities;
  std::vector<std::uint32_t> best;
  first_.push_back(0);
  for (ItemId i = 0; i < num_items; ++i) {
    for (const UserId u : users_of[i]) {
      pairs_ += static_cast<double>(past_[u].size());
      for (const ItemId j : past_[u]) {
        if (j == i) continue;
        if (together[j]++ == 0) touched.push_back(j);
      }
    }
    similarities.clear();
    for (const ItemId j : touched) {
      const double norm = std::sqrt(static_cast<double>(users_of[i].size()) * static_cast<double>(users_of[j].size()));
      similarities.push_back(static_cast<float>(together[j] / (norm + params.shrinkage)));
      together[j] = 0;
    }
    top_positions(similarities, touched, static_cast<std::size_t>(params.neighbours), best);
    for (const std::uint32_t p : best) neighbours_.push_back({touched[p], similarities[p]});
    touched.clear();
    first_.push_back(neighbours_.size());
  }
  double read = 0;
  for (const std::vector<ItemId>& items : past_)
    for (const ItemId i : items) read += static_cast<double>(neighbours_of(i).size());
  mean_read_ = read / std::max(1.0, static_cast<double>(past_.size()));
}

std::span<const ItemToItemStage::Neighbour> ItemToItemStage::neighbours_of(ItemId item) const {
  return std::span(neighbours_).subspan(first_[item], first_[item + 1] - first_[item]);
}

void ItemToItemStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                          CandidateBlock& out) const {
  CASCADE_CHECK(in == nullptr, "recall reads the catalogue");
  out.resize(requests.size());
  std::vector<double> sum(first_.size() - 1, 0.0);
  CandidateList found;
  std::vector<float> scores;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    found.items.clear();
    scores.clear();
    // Similarities are above 0, so a sum of 0 is an item not met yet.
    for (const ItemId i : past_[requests[r].user]) {
      for (const Neighbour& n : neighbours_of(i)) {
        if (sum[n.item] == 0) found.items.push_back(n.item);
        sum[n.item] += static_cast<double>(n.similarity);
      }
    }
    for (const ItemId i : found.items) {
      scores.push_back(static_cast<float>(sum[i]));
      sum[i] = 0;
    }
    out[r] = keep_best(found, scores, quota);
  }
}

ScorerWork ItemToItemStage::work() const {
  ScorerWork work;
  work.per_request = {mean_read_, mean_read_, sizeof(Neighbour) * mean_read_};
  work.index_build = {static_cast<double>(first_.size() - 1), pairs_, sizeof(ItemId) * pairs_};
  return work;
}

StageEntry item_to_item_stage() {
  StageEntry entry;
  entry.name = "item_to_item";
  entry.summary = "Recall of items that the users who clicked the user's past items clicked too.";
  entry.source = "item-based collaborative filtering, Sarwar et al., WWW 2001";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<ItemToItemParams>>(); };
  entry.maker.place = StagePlace::recall;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<ItemToItemStage>(config::parameters_as<ItemToItemParams>(p), resources);
  };
  entry.maker.models = [](const config::Parameters&) { return std::vector<ModelUse>{}; };
  return entry;
}

}  // namespace cascade
