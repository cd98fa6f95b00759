#include "base/top_k.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/append_keys.h"
#include "base/errors.h"
#include "base/simd.h"

namespace cascade {
namespace {

/// Moves the k largest of values[0, n) to the front, in no order. Quickselect with a partition that has no branch to
/// mispredict, about 4 times faster than std::nth_element on random keys (bench/retrieval.cpp).
template <class T>
void keep_largest(T* values, std::size_t n, std::size_t k) {
  std::size_t lo = 0;
  std::size_t hi = n;
  for (int round = 0; lo < k && k < hi; ++round) {
    if (round == 64) {  // a row of bad pivots
      std::nth_element(values + lo, values + k, values + hi, std::greater<>());
      return;
    }
    T& a = values[lo];
    T& b = values[lo + (hi - lo) / 2];
    T& c = values[hi - 1];
    T& median = (a > b) == (b > c) ? b : ((a > b) == (c > a) ? a : c);
    std::swap(a, median);
    const T pivot = a;
    std::size_t end = lo + 1;  // values[lo + 1, end) are larger than the pivot
    for (std::size_t i = lo + 1; i < hi; ++i) {
      const T x = values[i];
      values[i] = values[end];
      values[end] = x;
      end += x > pivot ? 1 : 0;
    }
    std::swap(values[lo], values[end - 1]);
    if (end - 1 >= k) {
      hi = end - 1;
    } else {
      lo = end;
    }
  }
}

}  // namespace

void StreamingTopK::reset(std::size_t k) {
  constexpr std::size_t kSlack = 512;  // so that a small k is not sorted out at every tile
  k_ = k;
  size_ = 0;
  threshold_ = 0;
  buffer_.resize(2 * k + kSlack + kKeyPadding);
}

void StreamingTopK::offer(std::span<const float> scores, ItemId first) {
  if (k_ == 0) return;
  const AppendKeys append = append_keys(best_simd_path());
  const std::size_t capacity = buffer_.size() - kKeyPadding;
  for (std::size_t done = 0; done < scores.size();) {
    if (size_ == capacity) shrink();
    const std::size_t count = std::min(scores.size() - done, capacity - size_);
    const ItemId id = first + static_cast<ItemId>(done);
    float least = -std::numeric_limits<float>::infinity();
    if (threshold_ != 0) {
      // An equal score can only enter with an id below the threshold's.
      const ScoredItem bound = scored_item(threshold_);
      least = id < bound.item ? bound.score : std::nextafter(bound.score, std::numeric_limits<float>::infinity());
    }
    size_ += append(scores.data() + done, count, id, least, buffer_.data() + size_);
    done += count;
  }
}

void StreamingTopK::offer(float score, ItemId item) { offer(std::span<const float>(&score, 1), item); }

void StreamingTopK::shrink() {
  keep_largest(buffer_.data(), size_, k_);
  size_ = std::min(size_, k_);
  if (size_ == k_) threshold_ = *std::min_element(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(k_));
}

void StreamingTopK::take(std::vector<ScoredItem>& best) {
  keep_largest(buffer_.data(), size_, k_);
  size_ = std::min(size_, k_);
  std::sort(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<>());
  best.resize(size_);
  std::transform(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size_), best.begin(), scored_item);
  size_ = 0;
  threshold_ = 0;
}

void top_positions(std::span<const float> scores, std::span<const ItemId> items, std::size_t k,
                   std::vector<std::uint32_t>& positions) {
  CASCADE_CHECK(scores.size() == items.size(), "one score an item");
  struct Entry {
    std::uint64_t key;
    std::uint32_t position;
    bool operator>(const Entry& other) const {
      return key > other.key || (key == other.key && position < other.position);
    }
  };
  std::vector<Entry> entries(scores.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i] = {rank_key(scores[i], items[i]), static_cast<std::uint32_t>(i)};
  }
  k = std::min(k, entries.size());
  keep_largest(entries.data(), entries.size(), k);
  std::sort(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(k), std::greater<>());
  positions.resize(k);
  for (std::size_t i = 0; i < k; ++i) positions[i] = entries[i].position;
}

void top_k_products(const float* queries, std::size_t num_queries, std::size_t stride, const PackedMatrix& items,
                    std::size_t k, const AdjustTile& adjust, std::span<std::vector<ScoredItem>> best) {
  CASCADE_CHECK(best.size() == num_queries, "one list a query");
  // Queries, items and scores of a tile fit the second-level cache at the usual widths.
  constexpr std::size_t kQueries = 64;
  constexpr std::size_t kItems = 512;
  static_assert(kItems % PackedMatrix::kPanelWidth == 0);
  std::vector<float> scores(kQueries * kItems);  // [kQueries, kItems]
  std::vector<StreamingTopK> lists(std::min(kQueries, num_queries), StreamingTopK(std::min(k, items.n())));
  for (std::size_t q = 0; q < num_queries; q += kQueries) {
    const std::size_t rows = std::min(kQueries, num_queries - q);
    for (std::size_t j = 0; j < items.n(); j += kItems) {
      const std::size_t columns = std::min(kItems, items.n() - j);
      const auto first = static_cast<ItemId>(j);
      multiply_columns(queries + q * stride, rows, stride, items, j, columns, scores.data(), kItems);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::span<float> tile(scores.data() + r * kItems, columns);
        if (adjust) adjust(q + r, first, tile);
        lists[r].offer(tile, first);
      }
    }
    for (std::size_t r = 0; r < rows; ++r) lists[r].take(best[q + r]);
  }
}

}  // namespace cascade
