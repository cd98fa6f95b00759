#include "data/feature_store.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "data/cross_features.h"

namespace cascade {
namespace {

const FeatureStore::Count* find_count(const std::vector<FeatureStore::Count>& counts, std::uint32_t key) {
  const auto at = std::lower_bound(counts.begin(), counts.end(), key,
                                   [](const FeatureStore::Count& count, std::uint32_t k) { return count.key < k; });
  return at != counts.end() && at->key == key ? &*at : nullptr;
}

bool is_of_category(CrossKind kind) {
  return kind == CrossKind::clicks_category || kind == CrossKind::rate_category || kind == CrossKind::days_category;
}

}  // namespace

FeatureStore::FeatureStore(FeatureSchema schema, std::vector<User> users, std::vector<Item> items,
                           std::vector<std::vector<std::uint32_t>> columns)
    : schema_(std::move(schema)), users_(std::move(users)), items_(std::move(items)), columns_(std::move(columns)) {
  CASCADE_CHECK(columns_.size() == schema_.groups().size(), "one column a feature group");
  const std::vector<FeatureGroup> known = cross_groups();
  for (int g = 0; g < schema_.size(); ++g) {
    const FeatureGroup& group = schema_[g];
    cross_kind_.push_back(-1);
    if (group.side == Side::user || group.side == Side::item) {
      const std::size_t entities = group.side == Side::user ? users_.size() : items_.size();
      CASCADE_CHECK(
          columns_[static_cast<std::size_t>(g)].size() == entities * static_cast<std::size_t>(group.max_values),
          "column " + group.name + " has another size than its entities");
    } else if (group.side == Side::cross) {
      const auto at =
          std::find_if(known.begin(), known.end(), [&](const FeatureGroup& k) { return k.name == group.name; });
      CASCADE_CHECK(at != known.end(), "unknown cross group " + group.name);
      cross_kind_.back() = static_cast<int>(at - known.begin());
    }
  }
  for (const Item& item : items_) {
    num_categories_ = std::max(num_categories_, item.category + 1);
    num_shops_ = std::max(num_shops_, item.shop + 1);
  }
}

std::span<const std::uint32_t> FeatureStore::values(int group, std::uint32_t entity) const {
  const auto width = static_cast<std::size_t>(schema_[group].max_values);
  return column(group).subspan(entity * width, width);
}

void FeatureStore::cross(UserId u, std::span<const ItemId> items, int group, std::span<std::uint32_t> out) const {
  CASCADE_CHECK(group >= 0 && group < schema_.size() && cross_kind_[static_cast<std::size_t>(group)] >= 0,
                "not a cross group");
  CASCADE_CHECK(out.size() == items.size(), "one value an item");
  const auto kind = static_cast<CrossKind>(cross_kind_[static_cast<std::size_t>(group)]);
  const User& user = users_[u];
  if (kind == CrossKind::price_gap) {
    for (std::size_t k = 0; k < items.size(); ++k)
      out[k] = price_gap_bucket(items_[items[k]].log_price - user.mean_log_price);
    return;
  }
  const std::uint32_t unseen = cross_bucket(kind, Count{});
  if (kind == CrossKind::times_shown) {
    for (std::size_t k = 0; k < items.size(); ++k) {
      const Count* count = find_count(user.items, items[k]);
      out[k] = count != nullptr ? cross_bucket(kind, *count) : unseen;
    }
    return;
  }
  const bool of_category = is_of_category(kind);
  const std::vector<Count>& counts = of_category ? user.categories : user.shops;
  const auto key_of = [&](ItemId i) { return of_category ? items_[i].category : items_[i].shop; };
  constexpr std::size_t kFew = 64;  // candidates from which a table of all keys pays
  if (items.size() < kFew) {
    for (std::size_t k = 0; k < items.size(); ++k) {
      const Count* count = find_count(counts, key_of(items[k]));
      out[k] = count != nullptr ? cross_bucket(kind, *count) : unseen;
    }
    return;
  }
  std::vector<std::uint8_t> buckets(of_category ? num_categories_ : num_shops_, static_cast<std::uint8_t>(unseen));
  for (const Count& count : counts) buckets[count.key] = static_cast<std::uint8_t>(cross_bucket(kind, count));
  for (std::size_t k = 0; k < items.size(); ++k) out[k] = buckets[key_of(items[k])];
}

std::span<const std::uint32_t> CandidateFeatures::cross(int group) const {
  cross_.resize(static_cast<std::size_t>(store_.schema().size()));
  std::vector<std::uint32_t>& column = cross_[static_cast<std::size_t>(group)];
  if (column.size() != items_.size()) {
    column.resize(items_.size());
    store_.cross(user_, items_, group, column);
  }
  return column;
}

}  // namespace cascade
