// A grid over two quotas by replay, against the widest funnel of the grid alone: 2 000 requests to 50 000 items, 2 000
// recalled by inner product, cut to 400 by a two-tower and to 10 by the fine ranker. Models are trained on a few rows:
// the work of serving does not depend on that. Both with the oracle's best of the catalogue, as every run needs it.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/parallel.h"
#include "config/document.h"
#include "config/reader.h"
#include "engine/outcome.h"

namespace cascade {
namespace {

constexpr const char* kScenario = R"(scenario: bench
world: {users: 20000, items: 50000, history_clicks: 10}
logs: {days: 1, requests_a_day: 400, all_space_rows: 1000}
models:
  recaller: {kind: two_tower, dim: 16, embedding_dim: 8}
  towers: {kind: two_tower, dim: 32}
  fine: {kind: deep_mlp}
funnel:
  - {name: recall, kind: exact_inner_product, model: recaller, keep: 2000}
  - {name: preranking, kind: two_tower, model: towers, keep: 400}
  - {name: ranking, kind: score, model: fine, keep: 10}
evaluate: {requests: 2000, truth_at: [10, 50]}
)";

Scenario scenario() {
  config::Faults faults;
  const config::Document document = config::Document::parse(kScenario, "bench.yaml", faults);
  Scenario scenario;
  config::read(document.root(), scenario, faults);
  faults.throw_if_any();
  return scenario;
}

/// Recall from above 400 up to 2 000 and pre-ranking up to 400, at even steps; the widest funnel is the last.
std::vector<std::pair<int, int>> quotas(std::size_t recalls, std::size_t prerankings) {
  std::vector<std::pair<int, int>> all;
  for (std::size_t a = 1; a <= recalls; ++a)
    for (std::size_t b = 1; b <= prerankings; ++b)
      all.emplace_back(400 + static_cast<int>(1600 * a / recalls), static_cast<int>(400 * b / prerankings));
  return all;
}

struct Job {
  Scenario base = scenario();
  Universe universe{base.world, 1};
  std::vector<FittedStage> fitted;
  std::vector<Request> requests;

  Job() {
    const Scenario* one = &base;
    universe.train_all(std::span(&one, 1), 0, {});
    fitted = universe.fit(base, 0);
    for (std::size_t r = 0; r < static_cast<std::size_t>(base.evaluate.requests); ++r)
      requests.push_back(universe.world().request(kEvaluationSample, r, base.logs.days));
  }
};

Job& job() {
  static Job one;
  return one;
}

void bench_grid(benchmark::State& state, std::size_t recalls, std::size_t prerankings) {
  Job& j = job();
  const ThreadLimit limit(1);
  FunnelTree tree;
  Scenario s = j.base;
  for (const auto& [recall, preranking] : quotas(recalls, prerankings)) {
    s.funnel[0].keep = recall;
    s.funnel[1].keep = preranking;
    tree.add(s, j.fitted);
  }
  const Replay replay(j.universe.world(), tree, {10, 50});
  double value = 0;
  for (auto _ : state)
    replay_all(replay, j.requests, {}, [&](std::size_t, const ReplayBlock& block) { value += block.value(0, 0); });
  benchmark::DoNotOptimize(value);
  state.counters["funnels"] = static_cast<double>(tree.funnels().size());
  state.counters["us/request"] =
      benchmark::Counter(static_cast<double>(j.requests.size()) * 1e-6 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const auto& [recalls, prerankings] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {1, 400}, {10, 200}, {40, 50}})
    benchmark::RegisterBenchmark(("replay/" + std::to_string(recalls) + "x" + std::to_string(prerankings)).c_str(),
                                 cascade::bench_grid, recalls, prerankings)
        ->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
