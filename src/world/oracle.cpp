#include <algorithm>
#include <array>

#include "base/errors.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kTile = World::Truth::kTile;
constexpr std::size_t kLanes = 16;  // items whose sums stay in registers

/// Items [begin, end) that the user likes alike.
struct LikedRange {
  ItemId begin;
  ItemId end;
  AffinityEffect effect;
};

/// What the user likes as disjoint ranges in order of ids.
std::vector<LikedRange> liked_ranges(const World::Truth& t, const Viewer& viewer) {
  std::vector<ItemId> cuts;
  for (const Liked& liked : viewer.categories) {
    cuts.push_back(t.category_begin(liked.key));
    cuts.push_back(t.category_begin(liked.key + 1));
  }
  for (const Liked& liked : viewer.shops) {
    cuts.push_back(t.shop_begin[liked.key]);
    cuts.push_back(t.shop_begin[liked.key + 1]);
  }
  std::sort(cuts.begin(), cuts.end());
  std::vector<LikedRange> ranges;
  for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
    if (cuts[k] == cuts[k + 1]) continue;
    const ItemTruth& item = t.items[cuts[k]];  // no cut inside: all items of the range share category and shop status
    const float category = strength_of(viewer.categories, item.category);
    const float shop = strength_of(viewer.shops, item.shop);
    if (category == 0.0f && shop == 0.0f) continue;
    ranges.push_back({cuts[k], cuts[k + 1], affinity_effect(t.weights, category, shop)});
  }
  return ranges;
}

struct Query {
  Viewer viewer;
  std::vector<LikedRange> liked;
  std::size_t next = 0;  ///< first range that does not end before the present tile
  StreamingTopK best;
};

/// eta of the items of a tile, without affinities.
void plain_tile(const ValueWeights& weights, const Viewer& viewer, const float* tile, std::size_t dim,
                std::array<float, kTile>& eta) {
  const float* log_price = tile + kTile;
  const float* latent = tile + World::Truth::kFixedColumns * kTile;
  for (std::size_t j = 0; j < kTile; j += kLanes) {
    std::array<float, kLanes> sum;
    for (std::size_t l = 0; l < kLanes; ++l) sum[l] = viewer.base + tile[j + l];
    for (std::size_t d = 0; d < dim; ++d) {
      for (std::size_t l = 0; l < kLanes; ++l) sum[l] += viewer.taste[d] * latent[d * kTile + j + l];
    }
    for (std::size_t l = 0; l < kLanes; ++l) eta[j + l] = sum[l] - weights.price * price_gap(viewer, log_price[j + l]);
  }
}

template <Value kind>
void scan(const World::Truth& t, std::span<Query> queries) {
  const std::size_t columns = World::Truth::kFixedColumns + t.dim;
  std::array<float, kTile> eta;
  std::array<float, kTile> value;
  for (std::size_t begin = 0; begin < t.num_items; begin += kTile) {
    const std::size_t end = std::min(begin + kTile, t.num_items);
    const float* tile = t.tiles.data() + begin * columns;
    const float* log_price = tile + kTile;
    const float* bid = tile + 2 * kTile;
    for (Query& query : queries) {
      const Viewer& viewer = query.viewer;
      plain_tile(t.weights, viewer, tile, t.dim, eta);
      while (query.next < query.liked.size() && query.liked[query.next].end <= begin) ++query.next;
      for (std::size_t r = query.next; r < query.liked.size() && query.liked[r].begin < end; ++r) {
        const LikedRange& range = query.liked[r];
        const std::size_t first = std::max<std::size_t>(range.begin, begin) - begin;
        const std::size_t last = std::min<std::size_t>(range.end, end) - begin;
        for (std::size_t j = first; j < last; ++j)
          eta[j] = with_affinity(t.weights, viewer, range.effect, eta[j], log_price[j]);
      }
      for (std::size_t j = 0; j < kTile; ++j)
        value[j] = value_of<kind>(t.weights, viewer, eta[j], log_price[j], bid[j]);
      query.best.offer(std::span<const float>(value.data(), end - begin), static_cast<ItemId>(begin));
    }
  }
}

}  // namespace

void World::top_by_value(std::span<const Request> requests, std::size_t k,
                         std::span<std::vector<ScoredItem>> best) const {
  CASCADE_CHECK(best.size() == requests.size(), "one list a request");
  const Truth& t = *truth_;
  k = std::min(k, t.num_items);
  for (std::size_t from = 0; from < requests.size(); from += kRequestBlock) {
    const std::size_t count = std::min<std::size_t>(kRequestBlock, requests.size() - from);
    std::vector<Query> queries(count);
    for (std::size_t q = 0; q < count; ++q) {
      queries[q].viewer = t.viewer(requests[from + q].user);
      queries[q].liked = liked_ranges(t, queries[q].viewer);
      queries[q].best.reset(k);
    }
    switch (t.params.value) {
      case Value::click:
        scan<Value::click>(t, queries);
        break;
      case Value::conversion:
        scan<Value::conversion>(t, queries);
        break;
      case Value::ecpm:
        scan<Value::ecpm>(t, queries);
        break;
      case Value::gmv:
        scan<Value::gmv>(t, queries);
        break;
    }
    for (std::size_t q = 0; q < count; ++q) queries[q].best.take(best[from + q]);
  }
}

}  // namespace cascade
