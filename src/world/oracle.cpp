#include <algorithm>
#include <array>
#include <limits>

#include "base/errors.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kTile = World::Truth::kTile;
constexpr std::size_t kLanes = 16;                                 // items whose sums stay in registers
constexpr float kUnlisted = std::numeric_limits<float>::lowest();  // below every logit and every value

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
  int day = 0;
  const float* quality = nullptr;  ///< terms of its day; nullptr: those of the tiles
  std::vector<LikedRange> liked;
  std::size_t next = 0;  ///< first range that does not end before the present tile
  StreamingTopK best;
};

/// eta of the items of a tile, whose terms of quality are `quality`, without affinities.
void plain_tile(const ValueWeights& weights, const Viewer& viewer, const float* tile, const float* quality,
                std::size_t dim, std::array<float, kTile>& eta) {
  const float* log_price = tile + kTile;
  const float* latent = tile + World::Truth::kFixedColumns * kTile;
  for (std::size_t j = 0; j < kTile; j += kLanes) {
    std::array<float, kLanes> sum;
    for (std::size_t l = 0; l < kLanes; ++l) sum[l] = viewer.base + quality[j + l];
    for (std::size_t d = 0; d < dim; ++d) {
      for (std::size_t l = 0; l < kLanes; ++l) sum[l] += viewer.taste[d] * latent[d * kTile + j + l];
    }
    for (std::size_t l = 0; l < kLanes; ++l) eta[j + l] = sum[l] - weights.price * price_gap(viewer, log_price[j + l]);
  }
}

/// Offers every item's score to every query. `score_tile(viewer, tile, eta, out)` turns logits into scores.
template <class ScoreTile>
void scan(const World::Truth& t, std::span<Query> queries, const ScoreTile& score_tile) {
  const std::size_t columns = World::Truth::kFixedColumns + t.dim;
  std::array<float, kTile> eta;
  std::array<float, kTile> scores;
  for (std::size_t begin = 0; begin < t.num_items; begin += kTile) {
    const std::size_t end = std::min(begin + kTile, t.num_items);
    const float* tile = t.tiles.data() + begin * columns;
    const float* log_price = tile + kTile;
    for (Query& query : queries) {
      const Viewer& viewer = query.viewer;
      plain_tile(t.weights, viewer, tile, query.quality == nullptr ? tile : query.quality + begin, t.dim, eta);
      while (query.next < query.liked.size() && query.liked[query.next].end <= begin) ++query.next;
      for (std::size_t r = query.next; r < query.liked.size() && query.liked[r].begin < end; ++r) {
        const LikedRange& range = query.liked[r];
        const std::size_t first = std::max<std::size_t>(range.begin, begin) - begin;
        const std::size_t last = std::min<std::size_t>(range.end, end) - begin;
        for (std::size_t j = first; j < last; ++j)
          eta[j] = with_affinity(t.weights, viewer, range.effect, eta[j], log_price[j]);
      }
      if (viewer.whim != 0.0f)
        for (std::size_t j = 0; j < end - begin; ++j) eta[j] += t.whim(viewer, static_cast<ItemId>(begin + j));
      score_tile(viewer, tile, eta, scores);
      if (!t.birth_day.empty())
        for (std::size_t j = 0; j < end - begin; ++j)
          if (t.birth_day[begin + j] > query.day) scores[j] = kUnlisted;
      query.best.offer(std::span<const float>(scores.data(), end - begin), static_cast<ItemId>(begin));
    }
  }
}

std::vector<Query> make_queries(const World::Truth& t, std::span<const Request> requests, std::size_t k) {
  std::vector<Query> queries(requests.size());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    queries[q].viewer = t.viewer(requests[q].user);
    queries[q].day = requests[q].day;
    queries[q].quality = t.quality_on(requests[q].day);
    queries[q].liked = liked_ranges(t, queries[q].viewer);
    queries[q].best.reset(k);
  }
  return queries;
}

template <Value kind>
void top_by_scan(const World::Truth& t, std::span<const Request> requests, std::size_t k,
                 std::span<std::vector<ScoredItem>> best) {
  std::vector<Query> queries = make_queries(t, requests, k);
  scan(t, queries,
       [&](const Viewer& viewer, const float* tile, const std::array<float, kTile>& eta,
           std::array<float, kTile>& values) {
         const float* log_price = tile + kTile;
         const float* bid = tile + 2 * kTile;
         for (std::size_t j = 0; j < kTile; ++j)
           values[j] = value_of<kind>(t.weights, viewer, eta[j], log_price[j], bid[j]);
       });
  for (std::size_t q = 0; q < queries.size(); ++q) queries[q].best.take(best[q]);
}

/// P(click) rises with its logit, so the best are found by logit and few sigmoids are taken. Rounding may swap or tie
/// neighbours: the k-th best and everything within kSlack of it are compared by value. Where more than kSpare items are
/// that near, the query is answered by a scan over values.
void top_by_logit(const World::Truth& t, std::span<const Request> requests, std::size_t k,
                  std::span<std::vector<ScoredItem>> best) {
  constexpr std::size_t kSpare = 32;
  constexpr float kSlack = 1e-4f;    // moves a probability by more than its rounding, as long as
  constexpr float kSteepest = 4.0f;  // the logit is below this
  std::vector<Query> queries = make_queries(t, requests, std::min(k + kSpare, t.num_items));
  scan(t, queries,
       [](const Viewer&, const float*, const std::array<float, kTile>& eta, std::array<float, kTile>& scores) {
         scores = eta;
       });
  for (std::size_t q = 0; q < queries.size(); ++q) {
    std::vector<ScoredItem>& list = best[q];
    queries[q].best.take(list);
    if (list.size() < t.num_items && list.back().score >= std::min(list[k - 1].score, kSteepest) - kSlack) {
      top_by_scan<Value::click>(t, requests.subspan(q, 1), k, best.subspan(q, 1));
      continue;
    }
    for (ScoredItem& one : list) one.score = plain_sigmoid(one.score);
    std::sort(list.begin(), list.end(), ranks_before);
    list.resize(k);
  }
}

/// Takes out items that are not listed, which stand at the end: fewer than k are listed where there are any.
void drop_unlisted(const World::Truth& t, int day, std::vector<ScoredItem>& list) {
  std::erase_if(list, [&](const ScoredItem& one) { return !t.listed(one.item, day); });
}

}  // namespace

void World::top_by_value(std::span<const Request> requests, std::size_t k,
                         std::span<std::vector<ScoredItem>> best) const {
  CASCADE_CHECK(best.size() == requests.size(), "one list a request");
  const Truth& t = *truth_;
  k = std::min(k, t.num_items);
  if (k == 0) {
    for (auto& list : best) list.clear();
    return;
  }
  for (std::size_t from = 0; from < requests.size(); from += kRequestBlock) {
    const std::size_t count = std::min<std::size_t>(kRequestBlock, requests.size() - from);
    const std::span<const Request> block = requests.subspan(from, count);
    const std::span<std::vector<ScoredItem>> lists = best.subspan(from, count);
    switch (t.params.value) {
      case Value::click:
        top_by_logit(t, block, k, lists);
        break;
      case Value::conversion:
        top_by_scan<Value::conversion>(t, block, k, lists);
        break;
      case Value::ecpm:
        top_by_scan<Value::ecpm>(t, block, k, lists);
        break;
      case Value::gmv:
        top_by_scan<Value::gmv>(t, block, k, lists);
        break;
    }
    if (!t.birth_day.empty())
      for (std::size_t q = 0; q < count; ++q) drop_unlisted(t, block[q].day, lists[q]);
  }
}

}  // namespace cascade
