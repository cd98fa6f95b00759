#include "stages/reranking/set_value.h"

#include <algorithm>
#include <queue>

#include "base/errors.h"

namespace cascade {

void SetValueParams::fields(config::FieldVisitor& v) {
  v.field("diminishing", diminishing, "how much less a second item of a kind adds: 0 as much as alone, 1 least",
          config::between(0, 1));
  v.field("shop_weight", shop_weight, "share of the value that is counted by shop instead of by category",
          config::between(0, 1));
}

namespace {

/// Replaces keys by their numbers from 0 in ascending order; how many there are.
std::size_t number_from_0(std::vector<std::uint32_t>& keys) {
  std::vector<std::uint32_t> known = keys;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (std::uint32_t& key : keys)
    key = static_cast<std::uint32_t>(std::lower_bound(known.begin(), known.end(), key) - known.begin());
  return known.size();
}

}  // namespace

SetValue::SetValue(const SetValueParams& params, const FeatureStore& store, std::span<const ItemId> items,
                   std::span<const double> probability)
    : params_(params), items_(items), probability_(probability) {
  CASCADE_CHECK(items.size() == probability.size(), "one probability an item");
  for (const ItemId item : items) {
    category_.push_back(store.item(item).category);
    shop_.push_back(store.item(item).shop);
  }
  categories_ = number_from_0(category_);
  shops_ = number_from_0(shop_);
}

SetValue::Left SetValue::all() const {
  return {std::vector<double>(categories_, 1.0), std::vector<double>(shops_, 1.0)};
}

double SetValue::gain(const Left& left, std::uint32_t position) const {
  const double by_category = left.category[category_[position]];
  const double by_shop = left.shop[shop_[position]];
  return probability_[position] * ((1 - params_.shop_weight) * by_category + params_.shop_weight * by_shop);
}

void SetValue::take(Left& left, std::uint32_t position) const {
  const double rest = 1 - params_.diminishing * probability_[position];
  left.category[category_[position]] *= rest;
  left.shop[shop_[position]] *= rest;
}

double SetValue::value(std::span<const std::uint32_t> set) const {
  Left left = all();
  double sum = 0;
  for (const std::uint32_t position : set) {
    sum += gain(left, position);
    take(left, position);
  }
  return sum;
}

std::vector<SetValue::Pick> SetValue::greedy(std::span<const std::uint32_t> among, std::size_t count) const {
  struct Offer {
    double gain;
    std::uint32_t position;
    std::size_t taken;  ///< how many had been picked when this gain was true; it can only have fallen since
  };
  const auto worse = [this](const Offer& a, const Offer& b) {
    return a.gain < b.gain || (a.gain == b.gain && items_[a.position] > items_[b.position]);
  };
  Left left = all();
  std::vector<Offer> start;
  for (const std::uint32_t position : among) start.push_back({gain(left, position), position, 0});
  std::priority_queue<Offer, std::vector<Offer>, decltype(worse)> offers(worse, std::move(start));
  std::vector<Pick> picks;
  while (picks.size() < count && !offers.empty()) {
    Offer best = offers.top();
    offers.pop();
    if (best.taken == picks.size()) {
      picks.push_back({best.position, best.gain});
      take(left, best.position);
    } else {
      best.gain = gain(left, best.position);
      best.taken = picks.size();
      offers.push(best);
    }
  }
  return picks;
}

}  // namespace cascade
