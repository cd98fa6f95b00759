#include "base/top_k.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "base/at_least.h"
#include "base/matrix.h"
#include "base/rank_key.h"
#include "base/rng.h"

namespace cascade {
namespace {

std::vector<ScoredItem> full_sort(const std::vector<float>& scores, std::size_t k, ItemId first = 0) {
  std::vector<ScoredItem> all;
  for (std::size_t i = 0; i < scores.size(); ++i) all.push_back({scores[i], first + static_cast<ItemId>(i)});
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min(k, all.size()));
  return all;
}

/// Scores with `distinct` different values: few make ties everywhere.
std::vector<float> random_scores(std::size_t n, std::uint32_t distinct, std::uint64_t name) {
  Rng rng(11, Stream::test, name);
  std::vector<float> scores(n);
  for (float& score : scores) score = static_cast<float>(rng.below(distinct)) - static_cast<float>(distinct / 2);
  return scores;
}

}  // namespace

TEST_CASE("keys order as ranks_before does and give back score and item") {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> scores = {-inf, -3.5f, -1e-40f, -0.0f, 0.0f, 1e-40f, 2.0f, 2.0000002f, inf};
  for (float x : scores) {
    for (float y : scores) {
      for (ItemId i : {0u, 1u, 0xffffffffu}) {
        for (ItemId j : {0u, 1u, 0xffffffffu}) {
          CHECK((rank_key(x, i) > rank_key(y, j)) == ranks_before({x, i}, {y, j}));
        }
      }
    }
    CHECK(scored_item(rank_key(x, 77)) == ScoredItem{x, 77});
  }
}

TEST_CASE("a stream gives what a full sort gives, for any ties, cuts and orders of offers") {
  Rng rng(5, Stream::test, 1);
  for (std::size_t n : {0, 1, 15, 16, 17, 600, 5000}) {
    for (std::uint32_t distinct : {1u, 2u, 40u, 1000000u}) {
      for (std::size_t k : {0, 1, 10, 300, 599, 600, 6000}) {
        CAPTURE(n, distinct, k);
        const std::vector<float> scores = random_scores(n, distinct, n);
        std::vector<std::uint32_t> cuts = {0, static_cast<std::uint32_t>(n)};
        for (int i = 0; i < 9; ++i) cuts.push_back(rng.below(static_cast<std::uint32_t>(n) + 1));
        std::sort(cuts.begin(), cuts.end());
        std::vector<std::uint32_t> order(cuts.size() - 1);
        for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
        rng.shuffle(order);
        StreamingTopK top(k);
        for (std::uint32_t i : order) {
          top.offer(std::span(scores).subspan(cuts[i], cuts[i + 1] - cuts[i]), 1000 + cuts[i]);
        }
        std::vector<ScoredItem> best;
        top.take(best);
        CHECK(best == full_sort(scores, k, 1000));
      }
    }
  }
}

TEST_CASE("a stream takes single offers in any order and is empty after take") {
  const std::vector<float> scores = random_scores(3000, 7, 2);
  std::vector<std::uint32_t> order(scores.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  Rng(5, Stream::test, 2).shuffle(order);
  StreamingTopK top(100);
  std::vector<ScoredItem> best;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i : order) top.offer(scores[i], i);
    top.take(best);
    CHECK(best == full_sort(scores, 100));
  }
  top.take(best);
  CHECK(best.empty());
  top.reset(3);
  for (std::uint32_t i : order) top.offer(scores[i], i);
  top.take(best);
  CHECK(best == full_sort(scores, 3));
}

TEST_CASE("infinite and sorted scores are no special case") {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> scores(2000, -inf);
  scores[1500] = inf;
  scores[1200] = inf;
  scores[7] = -1.0f;
  std::vector<float> rising(20000);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<float>(i);
  std::vector<float> falling(rising.rbegin(), rising.rend());
  for (const std::vector<float>& s : {scores, rising, falling}) {
    StreamingTopK top(40);
    top.offer(s, 0);
    std::vector<ScoredItem> best;
    top.take(best);
    CHECK(best == full_sort(s, 40));
  }
}

TEST_CASE("every instruction set finds the same positions") {
  for (std::size_t n : {0, 1, 8, 15, 16, 17, 100}) {
    const std::vector<float> scores = random_scores(n, 9, 3);
    for (float least : {-100.0f, 0.0f, 2.0f, 100.0f}) {
      std::vector<std::uint32_t> expected;
      for (std::size_t i = 0; i < n; ++i) {
        if (scores[i] >= least) expected.push_back(static_cast<std::uint32_t>(i));
      }
      for (SimdPath path : {SimdPath::portable, SimdPath::avx2, SimdPath::avx512}) {
        if (!simd_path_available(path)) continue;
        CAPTURE(n, least, static_cast<int>(path));
        std::vector<std::uint32_t> positions(n + kPositionPadding);
        positions.resize(find_at_least(path)(scores.data(), n, least, positions.data()));
        CHECK(positions == expected);
      }
    }
  }
}

TEST_CASE("top_positions breaks ties by the item, not by the position") {
  const std::vector<float> scores = {1, 3, 3, 2, 3};
  const std::vector<ItemId> items = {50, 40, 10, 30, 20};
  std::vector<std::uint32_t> positions;
  top_positions(scores, items, 4, positions);
  CHECK(positions == std::vector<std::uint32_t>{2, 4, 1, 3});
  top_positions(scores, items, 9, positions);
  CHECK(positions == std::vector<std::uint32_t>{2, 4, 1, 3, 0});
  top_positions(scores, items, 0, positions);
  CHECK(positions.empty());
  top_positions(std::vector<float>(5, 1.0F), std::vector<ItemId>(5, 7), 3, positions);  // one item, five times
  CHECK(positions == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("top_positions agrees with a full sort") {
  for (std::uint32_t distinct : {1u, 3u, 100000u}) {
    const std::vector<float> scores = random_scores(1000, distinct, 4);
    std::vector<ItemId> items(1000);
    for (ItemId i = 0; i < 1000; ++i) items[i] = i;
    Rng(9, Stream::test, distinct).shuffle(items);
    std::vector<ScoredItem> all;
    for (std::size_t i = 0; i < 1000; ++i) all.push_back({scores[i], items[i]});
    std::sort(all.begin(), all.end(), ranks_before);
    std::vector<std::uint32_t> positions;
    for (const std::size_t k : {10, 63, 64, 100, 1000}) {
      top_positions(scores, items, k, positions);
      REQUIRE(positions.size() == k);
      for (std::size_t i = 0; i < k; ++i) CHECK(ScoredItem{scores[positions[i]], items[positions[i]]} == all[i]);
    }
  }
}

TEST_CASE("top_k_products finds what scores and a full sort find, for any block of queries") {
  const std::size_t dim = 20;
  const std::size_t num_items = 1300;
  const std::size_t num_queries = 70;
  Matrix<float> queries(num_queries, dim);
  Matrix<float> items(num_items, dim);
  Rng rng(6, Stream::test, 5);
  for (float& x : queries.values()) x = static_cast<float>(rng.normal());
  for (float& x : items.values()) x = static_cast<float>(rng.normal());
  const PackedMatrix packed = PackedMatrix::pack_transposed(items.data(), num_items, dim, dim);
  Matrix<float> scores(num_queries, num_items);
  multiply(queries.data(), num_queries, dim, packed, scores.data(), num_items);

  std::vector<std::vector<ScoredItem>> best(num_queries);
  top_k_products(queries.data(), num_queries, dim, packed, 50, {}, best);
  std::vector<std::vector<ScoredItem>> alone(1);
  for (std::size_t q = 0; q < num_queries; ++q) {
    CHECK(best[q] == full_sort({scores.row(q).begin(), scores.row(q).end()}, 50));
    top_k_products(queries.row(q).data(), 1, dim, packed, 50, {}, alone);
    CHECK(best[q] == alone[0]);
  }

  // A bias an item, through the hook; more asked for than there is.
  const auto adjust = [](std::size_t query, ItemId first, std::span<float> tile) {
    for (std::size_t i = 0; i < tile.size(); ++i) tile[i] += static_cast<float>((first + i) * query % 13);
  };
  top_k_products(queries.data(), num_queries, dim, packed, 5000, adjust, best);
  for (std::size_t q : {0, 1, 69}) {
    std::vector<float> adjusted(scores.row(q).begin(), scores.row(q).end());
    for (std::size_t i = 0; i < num_items; ++i) adjusted[i] += static_cast<float>(i * q % 13);
    CHECK(best[q] == full_sort(adjusted, 5000));
  }
}

}  // namespace cascade
