#include "data/history.h"

#include <algorithm>

namespace cascade {
namespace {

constexpr std::uint16_t kMaxCount = 0xFFFF;

void count_event(FeatureStore::Count& count, const HistoryEvent& event) {
  if (count.impressions < kMaxCount) ++count.impressions;
  if (!event.click) return;
  if (count.clicks < kMaxCount) ++count.clicks;
  count.days_since_click = std::min(count.days_since_click, event.days_ago);
}

}  // namespace

void HistorySummary::Counters::add(std::uint32_t key, const HistoryEvent& event) {
  FeatureStore::Count& count = by_key[key];
  if (count.impressions == 0) touched.push_back(key);
  count_event(count, event);
}

std::vector<FeatureStore::Count> HistorySummary::Counters::take() {
  std::sort(touched.begin(), touched.end());
  std::vector<FeatureStore::Count> counts;
  counts.reserve(touched.size());
  for (const std::uint32_t key : touched) {
    counts.push_back(by_key[key]);
    counts.back().key = key;
    by_key[key] = {};
  }
  touched.clear();
  return counts;
}

HistorySummary::HistorySummary(std::span<const FeatureStore::Item> items, std::uint32_t num_categories,
                               std::uint32_t num_shops, float mean_log_price)
    : items_(items), mean_log_price_(mean_log_price) {
  categories_.by_key.resize(num_categories);
  shops_.by_key.resize(num_shops);
}

FeatureStore::User HistorySummary::summarize(std::span<const HistoryEvent> events) {
  FeatureStore::User user;
  double price_sum = 0;
  std::size_t clicks = 0;
  for (const HistoryEvent& event : events) {
    const FeatureStore::Item& item = items_[event.item];
    categories_.add(item.category, event);
    shops_.add(item.shop, event);
    if (event.click) {
      price_sum += item.log_price;
      ++clicks;
    }
  }
  user.categories = categories_.take();
  user.shops = shops_.take();
  user.mean_log_price = clicks == 0 ? mean_log_price_ : static_cast<float>(price_sum / static_cast<double>(clicks));

  std::vector<HistoryEvent> shown;
  for (const HistoryEvent& event : events) {
    if (event.days_ago < FeatureStore::kShownDays) shown.push_back(event);
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const HistoryEvent& a, const HistoryEvent& b) { return a.item < b.item; });
  for (const HistoryEvent& event : shown) {
    if (user.items.empty() || user.items.back().key != event.item) {
      user.items.emplace_back();
      user.items.back().key = event.item;
    }
    count_event(user.items.back(), event);
  }
  user.items.shrink_to_fit();

  user.recent_clicks.reserve(std::min<std::size_t>(clicks, FeatureStore::kSequence));
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (user.recent_clicks.size() == FeatureStore::kSequence) break;
    if (event->click) user.recent_clicks.push_back(event->item);
  }
  return user;
}

}  // namespace cascade
