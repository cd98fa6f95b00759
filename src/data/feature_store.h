#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "data/features.h"

namespace cascade {

/// One past impression of a user, as a platform would have logged it.
struct HistoryEvent {
  ItemId item = 0;
  std::uint16_t days_ago = 0;
  bool click = false;
};

/// Everything observable about users and items at one moment: what every model may see, and no truth. Built by the
/// world from simulated histories; read by models, recall and logging. Immutable, shared by all threads.
class FeatureStore {
 public:
  /// Observable facts of an item.
  struct Item {
    std::uint32_t category = 0;
    std::uint32_t shop = 0;
    float log_price = 0;
    float bid = 1;          ///< currency a click; 1 outside advertising worlds
    float impressions = 0;  ///< in the histories
    float clicks = 0;
  };
  /// What a platform keeps about one user's past with one category or shop. Sorted by key.
  struct Count {
    std::uint32_t key = 0;
    std::uint16_t clicks = 0;
    std::uint16_t impressions = 0;
    std::uint16_t days_since_click = 0xFFFF;  ///< 0xFFFF: never
  };
  struct User {
    std::vector<Count> categories;
    std::vector<Count> shops;
    std::vector<Count> items;           ///< key: item id; those shown in the last kShownDays days
    std::vector<ItemId> recent_clicks;  ///< newest first, at most kSequence (behaviour sequence)
    float mean_log_price = 0;           ///< over clicks (the catalogue's mean before the first click)
  };
  static constexpr int kSequence = 50;
  static constexpr int kShownDays = 3;

  FeatureStore(FeatureSchema schema, std::vector<User> users, std::vector<Item> items,
               std::vector<std::vector<std::uint32_t>> columns);

  const FeatureSchema& schema() const { return schema_; }
  std::uint32_t num_users() const { return static_cast<std::uint32_t>(users_.size()); }
  std::uint32_t num_items() const { return static_cast<std::uint32_t>(items_.size()); }
  const User& user(UserId u) const { return users_[u]; }
  const Item& item(ItemId i) const { return items_[i]; }

  std::uint32_t num_categories() const { return num_categories_; }
  std::uint32_t num_shops() const { return num_shops_; }

  /// User and item groups: [num_users * max_values] or [num_items * max_values], padded with kNoValue.
  std::span<const std::uint32_t> column(int group) const { return columns_[static_cast<std::size_t>(group)]; }
  std::span<const std::uint32_t> values(int group, std::uint32_t entity) const;

  /// Cross group `group` (its number in the schema) of user u with each item: out[k] for items[k] (cross groups have
  /// one value). O(items), and for many items O(categories or shops) besides.
  void cross(UserId u, std::span<const ItemId> items, int group, std::span<std::uint32_t> out) const;

 private:
  FeatureSchema schema_;
  std::vector<User> users_;
  std::vector<Item> items_;
  std::vector<std::vector<std::uint32_t>> columns_;  ///< by group; empty for cross and privileged groups
  std::vector<int> cross_kind_;                      ///< by group: its number in cross_groups(), -1 for other sides
  std::uint32_t num_categories_ = 0;
  std::uint32_t num_shops_ = 0;
};

/// The features of one request's candidates; cross columns are computed when first asked for, column by column, and
/// kept. One object a thread.
class CandidateFeatures {
 public:
  CandidateFeatures(const FeatureStore& store, UserId user, std::span<const ItemId> items)
      : store_(store), user_(user), items_(items) {}
  CandidateFeatures(const FeatureStore& store, const Request& request, std::span<const ItemId> items)
      : store_(store), user_(request.user), request_(request.index), items_(items) {}
  const FeatureStore& store() const { return store_; }
  UserId user() const { return user_; }
  std::uint64_t request() const { return request_; }  ///< its index; keys the draws of control arms
  std::span<const ItemId> items() const { return items_; }
  std::span<const std::uint32_t> cross(int group) const;  ///< [items]; `group` is its number in the schema

 private:
  const FeatureStore& store_;
  UserId user_;
  std::uint64_t request_ = 0;
  std::span<const ItemId> items_;
  mutable std::vector<std::vector<std::uint32_t>> cross_;
};

/// The cross groups, in the order in which cross() knows them (names as in the schema).
/// clicks_category, clicks_shop, rate_category, rate_shop, days_category, days_shop, price_gap, times_shown.
std::vector<FeatureGroup> cross_groups();

}  // namespace cascade
