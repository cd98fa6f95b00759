// Training of networks, samples a second of one core. bench/peers/train_torch.py does the same job in PyTorch.
// "of_peak" is the share of the core's fused multiply-add peak that the counted FLOPs (forward and backward products)
// use.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "bench/peak.h"
#include "bench/toy_world.h"
#include "models/gwen.h"
#include "models/two_tower.h"
#include "train/trainer.h"

namespace cascade {
namespace {

constexpr std::size_t kRows = 64 * 1024;

struct Job {
  std::string name;
  bench::ToySizes sizes;
  GwenParams network;
  OptimizerKind dense;
  OptimizerKind sparse;
};

void run(benchmark::State& state, Learnable<float>& model, const FeatureStore& store, TrainParams params, double peak) {
  const LogTable log = bench::toy_log(store, kRows);
  double flops = 0;
  for (auto _ : state) flops += train(model, store, log, params, 1).flops;
  state.counters["samples/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kRows, benchmark::Counter::kIsRate);
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * flops, benchmark::Counter::kIsRate);
  if (peak > 0) state.counters["of_peak"] = benchmark::Counter(1e-9 * flops / peak, benchmark::Counter::kIsRate);
}

void bench_gwen(benchmark::State& state, const Job& job, double peak) {
  const FeatureStore store = bench::toy_store(job.sizes);
  const auto model = make_gwen<float>("cold", job.network, store, 1);
  TrainParams params;
  params.optimizer = job.dense;
  params.embedding_optimizer = job.sparse;
  params.learning_rate = params.embedding_learning_rate = 0.01;
  run(state, *model, store, params, peak);
}

void bench_two_tower(benchmark::State& state, double peak) {
  const FeatureStore store = bench::toy_store({7, 7});
  const auto model = make_two_tower<float>(TwoTowerParams{}, store, 1);
  run(state, *model, store, TrainParams{}, peak);
}

GwenParams network(int embedding_dim, std::vector<int> hidden) {
  GwenParams params;
  params.features = {"user", "item"};
  params.embedding_dim = embedding_dim;
  params.hidden = std::move(hidden);
  return params;
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  using namespace cascade;
  benchmark::Initialize(&argc, argv);
  const double peak = bench::peak_gflops();
  benchmark::AddCustomContext("fma_peak_gflops", std::to_string(peak));
  const GwenParams wide = network(16, {200, 128, 64});
  const std::vector<Job> jobs = {
      {"20x16_320-200-128-64-1/adagrad", {}, wide, OptimizerKind::adagrad, OptimizerKind::adagrad},
      {"20x16_320-200-128-64-1/adam", {}, wide, OptimizerKind::adam, OptimizerKind::adam},
      {"20x16_320-200-128-64-1/sgd", {}, wide, OptimizerKind::sgd, OptimizerKind::sgd},
      {"14x8_112-64-32-1/adam+adagrad", {7, 7}, network(8, {64, 32}), OptimizerKind::adam, OptimizerKind::adagrad},
  };
  for (const Job& job : jobs) benchmark::RegisterBenchmark(("train/" + job.name).c_str(), bench_gwen, job, peak);
  benchmark::RegisterBenchmark("train/two_tower_7+7x16_64-32", bench_two_tower, peak);
  benchmark::RunSpecifiedBenchmarks();
}
