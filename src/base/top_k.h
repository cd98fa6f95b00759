#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/product.h"

namespace cascade {

struct ScoredItem {
  float score;
  ItemId item;

  friend bool operator==(const ScoredItem&, const ScoredItem&) = default;
};

/// The order of every list in cascade: higher score first, ties by lower item id.
inline bool ranks_before(const ScoredItem& a, const ScoredItem& b) {
  return a.score > b.score || (a.score == b.score && a.item < b.item);
}

/// The k best of a stream of scores, without a buffer as wide as the stream. Amortised O(1) an element. The result
/// does not depend on the order or the cuts of the offers. Each item is offered once; NaN scores are a broken promise
/// of the caller. A score of -0 comes back as 0.
class StreamingTopK {
 public:
  StreamingTopK() = default;
  explicit StreamingTopK(std::size_t k) { reset(k); }
  void reset(std::size_t k);
  /// Offers items first, first + 1, ... with these scores.
  void offer(std::span<const float> scores, ItemId first);
  void offer(float score, ItemId item);
  /// The k best so far (fewer if fewer were offered), best first; leaves the object empty, as after reset(k).
  void take(std::vector<ScoredItem>& best);

 private:
  void shrink();
  std::size_t k_ = 0;
  std::size_t size_ = 0;
  std::uint64_t threshold_ = 0;  ///< no key below this one can be among the k best any more
  std::vector<std::uint64_t>
      buffer_;  ///< keys of the items kept, unordered: score above, ~id below, so larger is better
};

/// Positions of the k best of `scores`, best first; ties by lower `items[position]`.
void top_positions(std::span<const float> scores, std::span<const ItemId> items, std::size_t k,
                   std::vector<std::uint32_t>& positions);

/// Exact top k of every query over all items by inner product, blocked: no buffer as wide as the catalogue.
/// `adjust(query, first_item, scores)` may change a tile of scores before selection (biases, truth terms); may be
/// empty. queries: [num_queries, dim]; items: packed [dim, num_items]. best[q]: best first.
/// Single-threaded: callers run blocks of queries side by side.
using AdjustTile = std::function<void(std::size_t query, ItemId first_item, std::span<float> scores)>;
void top_k_products(const float* queries, std::size_t num_queries, std::size_t stride, const PackedMatrix& items,
                    std::size_t k, const AdjustTile& adjust, std::span<std::vector<ScoredItem>> best);

}  // namespace cascade
