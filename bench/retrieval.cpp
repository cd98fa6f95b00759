// Exact retrieval: the k best items of every query by inner product, on one core.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/top_k.h"

namespace cascade {
namespace {

constexpr std::size_t kDim = 64;

std::vector<float> random_values(std::size_t n, std::uint64_t name) {
  Rng rng(1, Stream::test, name);
  std::vector<float> values(n);
  for (float& x : values) x = static_cast<float>(rng.normal());
  return values;
}

void bench_retrieval(benchmark::State& state, std::size_t num_items, std::size_t k, std::size_t num_queries) {
  const std::vector<float> items = random_values(num_items * kDim, 1);
  const std::vector<float> queries = random_values(num_queries * kDim, 2);
  const PackedMatrix packed = PackedMatrix::pack_transposed(items.data(), num_items, kDim, kDim);
  std::vector<std::vector<ScoredItem>> best(num_queries);
  for (auto _ : state) {
    top_k_products(queries.data(), num_queries, kDim, packed, k, {}, best);
    benchmark::ClobberMemory();
  }
  state.counters["queries/s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(num_queries), benchmark::Counter::kIsRate);
}

/// The selection alone: scores already there, in tiles of 512.
void bench_selection(benchmark::State& state, std::size_t num_items, std::size_t k) {
  const std::vector<float> scores = random_values(num_items, 3);
  std::vector<ScoredItem> best;
  StreamingTopK top(k);
  for (auto _ : state) {
    for (std::size_t i = 0; i < num_items; i += 512) {
      top.offer(std::span(scores).subspan(i, std::min<std::size_t>(512, num_items - i)), static_cast<ItemId>(i));
    }
    top.take(best);
    benchmark::ClobberMemory();
  }
}

/// What the selection replaces: all scores kept, std::nth_element over item numbers, then a sort of the best.
void bench_selection_std(benchmark::State& state, std::size_t num_items, std::size_t k) {
  const std::vector<float> scores = random_values(num_items, 3);
  std::vector<ScoredItem> all(num_items);
  for (auto _ : state) {
    for (std::size_t i = 0; i < num_items; ++i) all[i] = {scores[i], static_cast<ItemId>(i)};
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(k);
    std::nth_element(all.begin(), end, all.end(), ranks_before);
    std::sort(all.begin(), end, ranks_before);
    benchmark::ClobberMemory();
  }
}

void bench_top_positions(benchmark::State& state, std::size_t num_candidates, std::size_t k) {
  const std::vector<float> scores = random_values(num_candidates, 4);
  std::vector<ItemId> items(num_candidates);
  for (std::size_t i = 0; i < num_candidates; ++i) items[i] = static_cast<ItemId>(7 * i % 100'003);
  std::vector<std::uint32_t> positions;
  for (auto _ : state) {
    top_positions(scores, items, k, positions);
    benchmark::ClobberMemory();
  }
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  using namespace cascade;
  using benchmark::RegisterBenchmark;
  benchmark::Initialize(&argc, argv);
  RegisterBenchmark("retrieval/100000x64/k1000/q64", bench_retrieval, 100'000, 1000, 64);
  RegisterBenchmark("retrieval/100000x64/k1000/q256", bench_retrieval, 100'000, 1000, 256);
  RegisterBenchmark("retrieval/100000x64/k10/q256", bench_retrieval, 100'000, 10, 256);
  RegisterBenchmark("retrieval/1000000x64/k1000/q64", bench_retrieval, 1'000'000, 1000, 64);
  for (std::size_t k : {10, 1000, 2000}) {
    const std::string name = "/100000/k" + std::to_string(k);
    RegisterBenchmark(("selection" + name).c_str(), bench_selection, 100'000, k);
    RegisterBenchmark(("selection_std" + name).c_str(), bench_selection_std, 100'000, k);
  }
  RegisterBenchmark("top_positions/1000/k100", bench_top_positions, 1000, 100);
  RegisterBenchmark("top_positions/2000/k2000", bench_top_positions, 2000, 2000);
  benchmark::RunSpecifiedBenchmarks();
}
