#include <algorithm>
#include <cmath>

#include "world/truth.h"

namespace cascade {
namespace {

constexpr double kSegmentClicks = 2;  // the segment's taste counts as this many past clicks
constexpr int kSlotTries = 64;        // slots drawn again while the item was not listed yet
constexpr double kMaxImpressions = 50000;

/// An item that the user went to without being shown it: in a shop or category he likes.
ItemId search_item(const World::Truth& t, UserId u, Rng& rng) {
  const std::span<const Liked> shops = t.shops_of(u);
  const std::span<const Liked> categories = t.categories_of(u);
  const bool in_shop = !shops.empty() && (categories.empty() || rng.next_u32() % 2 == 0);
  ItemId begin = 0;
  ItemId end = 0;
  if (in_shop) {
    const std::uint32_t shop = shops[pick_below(rng, static_cast<std::uint32_t>(shops.size()))].key;
    begin = t.shop_begin[shop];
    end = t.shop_begin[shop + 1];
  } else if (!categories.empty()) {
    const std::uint32_t category = categories[pick_below(rng, static_cast<std::uint32_t>(categories.size()))].key;
    begin = t.category_begin(category);
    end = t.category_begin(category + 1);
  }
  return begin < end ? pick_popular(t, begin, end, rng) : t.popularity.draw(rng);
}

}  // namespace

ItemId pick_popular(const World::Truth& t, ItemId begin, ItemId end, Rng& rng) {
  const double from = t.popularity_sum[begin];
  const double target = from + (t.popularity_sum[end] - from) * (rng.next_u32() * 0x1p-32);
  const auto first = t.popularity_sum.begin();
  const auto at = std::upper_bound(first + begin + 1, first + end, target);
  return static_cast<ItemId>(at - first - 1);
}

ItemId pick_item(const World::Truth& t, const SlotMix& mix, std::uint32_t segment, std::span<const ItemId> clicks,
                 Rng& rng) {
  const double slot = rng.next_u32() * 0x1p-32;
  if (slot < mix.explore) return pick_below(rng, static_cast<std::uint32_t>(t.num_items));
  if (slot >= mix.explore + mix.affine) return t.popularity.draw(rng);
  const auto n = static_cast<double>(clicks.size());
  if (rng.next_u32() * 0x1p-32 * (n + kSegmentClicks) < kSegmentClicks) {
    const std::uint32_t category = t.segment_taste[segment].draw(rng);
    return pick_popular(t, t.category_begin(category), t.category_begin(category + 1), rng);
  }
  const ItemTruth& liked = t.items[clicks[pick_below(rng, static_cast<std::uint32_t>(clicks.size()))]];
  if (rng.next_u32() % 2 == 0) return pick_popular(t, t.shop_begin[liked.shop], t.shop_begin[liked.shop + 1], rng);
  return pick_popular(t, t.category_begin(liked.category), t.category_begin(liked.category + 1), rng);
}

ItemId pick_listed(const World::Truth& t, const SlotMix& mix, std::uint32_t segment, std::span<const ItemId> clicks,
                   int day, Rng& rng) {
  ItemId item = pick_item(t, mix, segment, clicks, rng);
  for (int attempt = 1; attempt < kSlotTries && !t.listed(item, day); ++attempt)
    item = pick_item(t, mix, segment, clicks, rng);
  return t.next_listed(item, day);
}

void simulate_history(const World::Truth& t, UserId u, std::vector<HistoryEvent>& events) {
  events.clear();
  const WorldParams& p = t.params;
  const double wanted = t.users[u].activity * p.history_clicks / p.truth.base_click_rate;
  const auto impressions = static_cast<std::size_t>(std::min(wanted + 0.5, kMaxImpressions));
  const PolicyParams policy;
  const SlotMix mix{policy.explore, policy.affine};
  const Viewer viewer = t.viewer(u);
  std::vector<ItemId> clicks;
  Rng rng(t.seed, Stream::history, u);
  events.reserve(impressions);
  for (std::size_t k = 0; k < impressions; ++k) {
    const auto days = static_cast<std::size_t>(p.history_days);
    const auto days_ago = static_cast<std::uint16_t>(days - 1 - k * days / impressions);
    const std::size_t known = std::min<std::size_t>(clicks.size(), FeatureStore::kSequence);
    const std::span<const ItemId> latest(clicks.data() + (clicks.size() - known), known);
    ItemId item = 0;
    for (int attempt = 0; attempt < kSlotTries; ++attempt) {
      const bool searched = rng.next_u32() * 0x1p-32 < p.own_search;
      item = searched ? search_item(t, u, rng) : pick_item(t, mix, t.users[u].segment, latest, rng);
      if (t.birth_day.empty() ? t.item_age_days[item] >= days_ago : t.listed(item, -1 - days_ago)) break;
    }
    item = t.next_listed(item, -1 - days_ago);
    const bool click = rng.uniform() < plain_sigmoid(t.eta(viewer, item, -1 - days_ago));
    if (click) clicks.push_back(item);
    events.push_back({item, days_ago, click});
  }
}

}  // namespace cascade
