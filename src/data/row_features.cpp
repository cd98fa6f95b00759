#include "data/row_features.h"

#include <algorithm>

#include "base/errors.h"
#include "data/cross_features.h"

namespace cascade {
namespace {

/// The counts kept of one key, or those of a key never met.
const FeatureStore::Count& count_of(const std::vector<FeatureStore::Count>& counts, std::uint32_t key) {
  static const FeatureStore::Count kNever;
  const auto at = std::lower_bound(counts.begin(), counts.end(), key,
                                   [](const FeatureStore::Count& count, std::uint32_t k) { return count.key < k; });
  return at != counts.end() && at->key == key ? *at : kNever;
}

}  // namespace

void cross_by_rows(const FeatureStore& store, UserId user, std::span<const ItemId> items, std::span<const int> groups,
                   std::span<std::uint32_t> out) {
  CASCADE_CHECK(out.size() == items.size() * groups.size(), "one value an item and group");
  const std::vector<FeatureGroup> known = cross_groups();
  std::vector<CrossKind> kinds;
  bool of_category = false;
  bool of_shop = false;
  bool of_item = false;
  for (const int group : groups) {
    const auto at = std::find_if(known.begin(), known.end(),
                                 [&](const FeatureGroup& k) { return k.name == store.schema()[group].name; });
    CASCADE_CHECK(at != known.end(), "not a cross group");
    const auto kind = static_cast<CrossKind>(at - known.begin());
    kinds.push_back(kind);
    of_category |=
        kind == CrossKind::clicks_category || kind == CrossKind::rate_category || kind == CrossKind::days_category;
    of_shop |= kind == CrossKind::clicks_shop || kind == CrossKind::rate_shop || kind == CrossKind::days_shop;
    of_item |= kind == CrossKind::times_shown;
  }
  const FeatureStore::User& facts = store.user(user);
  std::uint32_t* to = out.data();
  for (const ItemId i : items) {
    const FeatureStore::Item& item = store.item(i);
    const FeatureStore::Count* category = of_category ? &count_of(facts.categories, item.category) : nullptr;
    const FeatureStore::Count* shop = of_shop ? &count_of(facts.shops, item.shop) : nullptr;
    const FeatureStore::Count* shown = of_item ? &count_of(facts.items, i) : nullptr;
    for (const CrossKind kind : kinds) {
      switch (kind) {
        case CrossKind::clicks_category:
        case CrossKind::rate_category:
        case CrossKind::days_category:
          *to++ = cross_bucket(kind, *category);
          break;
        case CrossKind::clicks_shop:
        case CrossKind::rate_shop:
        case CrossKind::days_shop:
          *to++ = cross_bucket(kind, *shop);
          break;
        case CrossKind::times_shown:
          *to++ = cross_bucket(kind, *shown);
          break;
        case CrossKind::price_gap:
          *to++ = price_gap_bucket(item.log_price - facts.mean_log_price);
          break;
      }
    }
  }
}

}  // namespace cascade
