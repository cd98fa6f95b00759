#include "base/top_k.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "base/at_least.h"
#include "base/errors.h"
#include "base/rank_key.h"
#include "base/simd.h"

namespace cascade {
namespace {

/// Scores looked through between two looks at the room left.
constexpr std::size_t kTile = 512;

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

/// A rank_key with the position that it came from; of equal ones, the earlier is the larger.
struct KeyAt {
  std::uint64_t key;
  std::uint32_t position;
  // Without short cuts, which would be branches to mispredict.
  bool operator>(const KeyAt& other) const {
    return static_cast<bool>(static_cast<int>(key > other.key) |
                             (static_cast<int>(key == other.key) & static_cast<int>(position < other.position)));
  }
};

std::uint64_t key_of(std::uint64_t key) { return key; }
std::uint64_t key_of(const KeyAt& entry) { return entry.key; }

/// Sorts entries[0, n), larger first; `spare` has room for n. By the four bytes of the score, least significant first
/// (branch-free, unlike std::sort); then the runs of equal scores.
template <class T>
void sort_largest_first(T* entries, std::size_t n, T* spare) {
  constexpr std::size_t kFew = 64;  // below which its tables cost more than they save
  if (n < kFew) {
    std::sort(entries, entries + n, std::greater<>());
    return;
  }
  constexpr int kDigits = 4;
  std::array<std::array<std::uint32_t, 256>, kDigits> starts{};
  const auto digit = [](const T& entry, int d) { return ~(key_of(entry) >> (32 + 8 * d)) & 0xff; };  // 0: the largest
  for (std::size_t i = 0; i < n; ++i) {
    for (int d = 0; d < kDigits; ++d) ++starts[d][digit(entries[i], d)];
  }
  for (int d = 0; d < kDigits; ++d) {
    std::uint32_t start = 0;
    for (std::uint32_t& count : starts[d]) count = std::exchange(start, start + count);
    for (std::size_t i = 0; i < n; ++i) spare[starts[d][digit(entries[i], d)]++] = entries[i];
    std::swap(entries, spare);  // an even number of times: the last pass ends where the first began
  }
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i + 1;
    while (end < n && key_of(entries[end]) >> 32 == key_of(entries[i]) >> 32) ++end;
    if (end - i > 1) std::sort(entries + i, entries + end, std::greater<>());
    i = end;
  }
}

}  // namespace

void StreamingTopK::reset(std::size_t k) {
  k_ = k;
  size_ = 0;
  threshold_ = 0;
  buffer_.resize(2 * k + kTile);
}

void StreamingTopK::offer(std::span<const float> scores, ItemId first) {
  if (k_ == 0) return;
  const FindAtLeast find = find_at_least(best_simd_path());
  std::array<std::uint32_t, kTile + kPositionPadding> found;
  for (std::size_t done = 0; done < scores.size(); done += kTile) {
    if (size_ + kTile > buffer_.size()) shrink();
    const float* tile = scores.data() + done;
    const ItemId id = first + static_cast<ItemId>(done);
    float least = -std::numeric_limits<float>::infinity();
    if (threshold_ != 0) {
      // An equal score can only enter with an id below the threshold's.
      const ScoredItem bound = scored_item(threshold_);
      least = id < bound.item ? bound.score : std::nextafter(bound.score, std::numeric_limits<float>::infinity());
    }
    const std::size_t count = find(tile, std::min(kTile, scores.size() - done), least, found.data());
    for (std::size_t i = 0; i < count; ++i) buffer_[size_ + i] = rank_key(tile[found[i]], id + found[i]);
    size_ += count;
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
  sort_largest_first(buffer_.data(), size_, buffer_.data() + size_);
  best.resize(size_);
  std::transform(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size_), best.begin(), scored_item);
  size_ = 0;
  threshold_ = 0;
}

void top_positions(std::span<const float> scores, std::span<const ItemId> items, std::size_t k,
                   std::vector<std::uint32_t>& positions) {
  CASCADE_CHECK(scores.size() == items.size(), "one score an item");
  std::vector<KeyAt> entries(scores.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    entries[i] = {rank_key(scores[i], items[i]), static_cast<std::uint32_t>(i)};
  k = std::min(k, entries.size());
  keep_largest(entries.data(), entries.size(), k);
  std::vector<KeyAt> spare(k);
  sort_largest_first(entries.data(), k, spare.data());
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
  std::vector<StreamingTopK> lists(std::min(kQueries, num_queries));
  for (StreamingTopK& list : lists) list.reset(std::min(k, items.n()));
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
