// Dense products at the shapes of scoring and training: GFLOP/s of one core, and the share of what its fused
// multiply-add units could do at most, measured in the same run. CASCADE_SIMD=avx2 or portable measures another path.
#include "base/product.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "bench/peak.h"

namespace cascade {
namespace {

std::vector<float> random_values(std::size_t n) {
  Rng rng(1, Stream::test);
  std::vector<float> values(n);
  for (float& x : values) x = static_cast<float>(rng.uniform(-1, 1));
  return values;
}

/// Counters from the flops of one iteration.
void report(benchmark::State& state, double flops, double peak) {
  const double rate = flops * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * rate, benchmark::Counter::kIsRate);
  if (peak > 0) state.counters["of_peak"] = benchmark::Counter(1e-9 * rate / peak, benchmark::Counter::kIsRate);
}

struct Shape {
  std::size_t m, k, n;
  std::string name() const { return std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n); }
  double flops() const { return 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n); }
};

void bench_multiply(benchmark::State& state, Shape s, double peak) {
  const std::vector<float> a = random_values(s.m * s.k);
  const std::vector<float> b = random_values(s.k * s.n);
  const std::vector<float> bias = random_values(s.n);
  const PackedMatrix packed = PackedMatrix::pack(b.data(), s.k, s.n, s.n);
  std::vector<float> c(s.m * s.n);
  for (auto _ : state) {
    multiply(a.data(), s.m, s.k, packed, c.data(), s.n, {.bias = bias.data(), .relu = true, .accumulate = false});
    benchmark::ClobberMemory();
  }
  report(state, s.flops(), peak);
}

void bench_multiply_transposed(benchmark::State& state, Shape s, double peak) {
  const std::vector<float> a = random_values(s.m * s.k);
  const std::vector<float> b = random_values(s.m * s.n);
  std::vector<float> c(s.k * s.n);
  for (auto _ : state) {
    multiply_transposed(a.data(), s.m, s.k, s.k, b.data(), s.n, s.n, c.data(), s.n, false);
    benchmark::ClobberMemory();
  }
  report(state, s.flops(), peak);
}

/// Packing anew, as training does with its weights at every step: bytes read.
void bench_pack(benchmark::State& state, Shape s, bool transposed) {
  const std::vector<float> b = random_values(s.k * s.n);
  PackedMatrix packed;
  for (auto _ : state) {
    if (transposed) {
      packed.repack_transposed(b.data(), s.n, s.k, s.k);
    } else {
      packed.repack(b.data(), s.k, s.n, s.n);
    }
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(s.k * s.n * sizeof(float)));
}

/// Every product of one training step of an MLP on a batch: packing, forward, weight gradients, input gradients. Its
/// samples/s bound what a trainer on these kernels can reach.
void bench_training_step(benchmark::State& state, const std::vector<std::size_t>& widths, double peak) {
  constexpr std::size_t kBatch = 1024;
  const std::size_t num_layers = widths.size() - 1;
  std::vector<std::vector<float>> weights, gradients, activations, deltas;
  double flops = 0;
  for (std::size_t layer = 0; layer <= num_layers; ++layer) {
    activations.push_back(random_values(kBatch * widths[layer]));
    deltas.push_back(random_values(kBatch * widths[layer]));
    if (layer == num_layers) break;
    weights.push_back(random_values(widths[layer] * widths[layer + 1]));
    gradients.push_back(weights.back());
    flops += 3 * Shape{kBatch, widths[layer], widths[layer + 1]}.flops();
  }
  PackedMatrix packed;
  for (auto _ : state) {
    for (std::size_t layer = 0; layer < num_layers; ++layer) {
      const std::size_t k = widths[layer];
      const std::size_t n = widths[layer + 1];
      packed.repack(weights[layer].data(), k, n, n);
      multiply(activations[layer].data(), kBatch, k, packed, activations[layer + 1].data(), n,
               {.bias = nullptr, .relu = true, .accumulate = false});
    }
    for (std::size_t layer = num_layers; layer-- > 0;) {
      const std::size_t k = widths[layer];
      const std::size_t n = widths[layer + 1];
      multiply_transposed(activations[layer].data(), kBatch, k, k, deltas[layer + 1].data(), n, n,
                          gradients[layer].data(), n, false);
      packed.repack_transposed(weights[layer].data(), k, n, n);
      multiply(deltas[layer + 1].data(), kBatch, n, packed, deltas[layer].data(), k);
    }
    benchmark::ClobberMemory();
  }
  report(state, flops, peak);
  state.counters["samples/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kBatch, benchmark::Counter::kIsRate);
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  using namespace cascade;
  benchmark::Initialize(&argc, argv);
  const double peak = bench::peak_gflops();
  benchmark::AddCustomContext("fma_peak_gflops", std::to_string(peak));
  const std::vector<Shape> scoring = {{300, 72, 128},   {1000, 72, 128}, {1000, 128, 64}, {1000, 64, 32},
                                      {2000, 200, 128}, {2000, 40, 32},  {100, 136, 512}, {100, 512, 256},
                                      {100, 256, 128},  {64, 64, 512},   {1, 64, 512},    {1000, 32, 1}};
  const std::vector<Shape> training = {{1024, 320, 200}, {1024, 200, 128}, {1024, 128, 64},
                                       {1024, 64, 1},    {1024, 200, 320}, {1024, 128, 200}};
  for (const std::vector<Shape>& shapes : {scoring, training}) {
    for (const Shape& s : shapes) {
      benchmark::RegisterBenchmark(("multiply/" + s.name()).c_str(), bench_multiply, s, peak);
    }
  }
  for (const Shape& s : training) {
    benchmark::RegisterBenchmark(("multiply_transposed/" + s.name()).c_str(), bench_multiply_transposed, s, peak);
  }
  const Shape weights{0, 320, 200};
  benchmark::RegisterBenchmark("repack/320x200", bench_pack, weights, false);
  benchmark::RegisterBenchmark("repack_transposed/320x200", bench_pack, weights, true);
  const std::vector<std::size_t> widths = {320, 200, 128, 64, 1};
  benchmark::RegisterBenchmark("training_step/320-200-128-64-1", bench_training_step, widths, peak);
  benchmark::RunSpecifiedBenchmarks();
}
