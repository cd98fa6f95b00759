#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "data/feature_store.h"

namespace cascade {

/// Sums up the pasts of users into what a FeatureStore keeps. One object a thread; it holds a counter for every
/// category and shop.
class HistorySummary {
 public:
  /// `items` stays owned by the caller. `mean_log_price` stands for users without a click.
  HistorySummary(std::span<const FeatureStore::Item> items, std::uint32_t num_categories, std::uint32_t num_shops,
                 float mean_log_price);

  /// `events`: oldest first.
  FeatureStore::User summarize(std::span<const HistoryEvent> events);

 private:
  struct Counters {
    std::vector<FeatureStore::Count> by_key;  ///< [keys]; all zero between users
    std::vector<std::uint32_t> touched;
    void add(std::uint32_t key, const HistoryEvent& event);
    std::vector<FeatureStore::Count> take();
  };
  std::span<const FeatureStore::Item> items_;
  float mean_log_price_;
  Counters categories_;
  Counters shops_;
};

}  // namespace cascade
