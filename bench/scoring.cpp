// Candidates a second of one core for every kind of model: 1000 candidates a request of 50 000 items, cross features
// computed anew in every request. The item side is precomputed, as scorers do it at freeze().
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "bench/toy_world.h"
#include "data/row_features.h"
#include "models/catalog.h"
#include "models/cold.h"
#include "models/deep_mlp.h"

namespace cascade {
namespace {

constexpr std::size_t kRequests = 64;

const FeatureStore& store() {
  static const FeatureStore kStore = bench::toy_store({6, 8, 5000, 50000, 50000, true});
  return kStore;
}

void score_requests(benchmark::State& state, const Scorer& scorer, std::size_t candidates) {
  Rng rng(4, Stream::test);
  std::vector<std::vector<ItemId>> items(kRequests, std::vector<ItemId>(candidates));
  for (auto& request : items)
    for (ItemId& item : request) item = rng.below(store().num_items());
  std::vector<float> logits(candidates);
  for (auto _ : state) {
    for (std::size_t q = 0; q < kRequests; ++q) {
      const CandidateFeatures features(store(), static_cast<UserId>(q * 701), items[q]);
      scorer.score(features, logits);
      benchmark::DoNotOptimize(logits.data());
    }
  }
  const double scored = static_cast<double>(state.iterations() * kRequests * candidates);
  state.counters["candidates/s"] = benchmark::Counter(scored, benchmark::Counter::kIsRate);
}

void bench_kind(benchmark::State& state, const std::string& kind) {
  const auto* entry = model_catalog().find(kind);
  const auto parameters = entry->make_parameters();
  const std::unique_ptr<Scorer> scorer = entry->maker.fit ? entry->maker.fit(*parameters, store(), LogTable())
                                                          : entry->maker.make(*parameters, store(), 1)->freeze(store());
  score_requests(state, *scorer, 1000);
}

void bench_network(benchmark::State& state, const GwenParams& params, std::size_t candidates) {
  score_requests(state, *make_gwen<float>("cold", params, store(), 1)->freeze(store()), candidates);
}

/// COLD, or a network as wide as the published one, in a precision, or with half of its neurons pruned away.
void bench_cold(benchmark::State& state, const ColdParams& params) {
  const auto model = make_gwen<float>("cold", params, store(), 1);
  model->advance(1);
  score_requests(state, *model->freeze(store()), 1000);
}

/// The same cross features candidate by candidate, all groups of one before the next.
void bench_cross_by_rows(benchmark::State& state) {
  std::vector<ItemId> items(1000);
  Rng rng(4, Stream::test);
  for (ItemId& item : items) item = rng.below(store().num_items());
  std::vector<int> groups;
  for (int g = 0; g < store().schema().size(); ++g)
    if (store().schema()[g].side == Side::cross) groups.push_back(g);
  std::vector<std::uint32_t> out(items.size() * groups.size());
  for (auto _ : state) {
    cross_by_rows(store(), 77, items, groups, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["candidates/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 1000, benchmark::Counter::kIsRate);
}

/// The cross features alone, group by group: what no model can be faster than.
void bench_cross(benchmark::State& state) {
  std::vector<ItemId> items(1000);
  Rng rng(4, Stream::test);
  for (ItemId& item : items) item = rng.below(store().num_items());
  for (auto _ : state) {
    const CandidateFeatures features(store(), 77, items);
    for (int g = 0; g < store().schema().size(); ++g)
      if (store().schema()[g].side == Side::cross) benchmark::DoNotOptimize(features.cross(g).data());
  }
  state.counters["candidates/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 1000, benchmark::Counter::kIsRate);
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  using namespace cascade;
  benchmark::Initialize(&argc, argv);
  for (const std::string& kind : model_catalog().names())
    benchmark::RegisterBenchmark(("score/" + kind).c_str(), bench_kind, kind);
  GwenParams params;
  params.embedding_dim = 16;
  params.features = {"user", "item"};
  params.hidden = {128, 64, 32};
  benchmark::RegisterBenchmark("score/no_cross_128-64-32", bench_network, params, 1000);
  params.hidden = {512, 256, 128};
  benchmark::RegisterBenchmark("score/no_cross_512-256-128/100", bench_network, params, 100);
  for (const bool wide : {false, true}) {
    for (const Precision precision : {Precision::f32, Precision::f16, Precision::bf16}) {
      ColdParams cold;
      if (wide) cold.hidden = {1024, 512, 256};
      cold.precision = precision;
      const std::string name = std::string(wide ? "cold_1024-512-256" : "cold") + "/" +
                               precision_names()[static_cast<std::size_t>(precision)];
      benchmark::RegisterBenchmark(name.c_str(), bench_cold, cold);
      if (precision != Precision::f32) continue;
      cold.prune.share = 0.5;
      benchmark::RegisterBenchmark((name + "/half_of_the_neurons").c_str(), bench_cold, cold);
    }
  }
  benchmark::RegisterBenchmark("cross_features/columns", bench_cross);
  benchmark::RegisterBenchmark("cross_features/rows", bench_cross_by_rows);
  benchmark::RunSpecifiedBenchmarks();
}
