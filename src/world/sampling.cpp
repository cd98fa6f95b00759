#include "world/sampling.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/real.h"

namespace cascade {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// sin x for 0 <= x <= pi by its Taylor series around 0: absolute error below 1e-15, the same bits everywhere.
double exact_sine(double x) {
  if (x > kPi / 2) x = kPi - x;
  const double square = x * x;
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = 1 - square / ((n + 1) * (n + 2)) * sum;
  return x * sum;
}

double usable(double spread) { return std::max(spread, 0.01); }

}  // namespace

AliasTable::AliasTable(std::span<const double> weights) : cells_(weights.size()) {
  const std::size_t n = weights.size();
  CASCADE_CHECK(n > 0 && n < 0xFFFFFFFFull, "an alias table needs 1 .. 2^32 - 2 weights");
  double sum = 0;
  for (const double weight : weights) sum += weight;
  CASCADE_CHECK(sum > 0, "the weights of an alias table need a positive sum");
  std::vector<double> scaled(n);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::size_t i = 0; i < n; ++i) {
    scaled[i] = weights[i] * static_cast<double>(n) / sum;
    (scaled[i] < 1 ? small : large).push_back(static_cast<std::uint32_t>(i));
    cells_[i] = {0xFFFFFFFFu, static_cast<std::uint32_t>(i)};
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t s = small.back();
    const std::uint32_t l = large.back();
    small.pop_back();
    cells_[s] = {static_cast<std::uint32_t>(scaled[s] * 4294967295.0), l};
    scaled[l] -= 1 - scaled[s];
    if (scaled[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
}

std::uint32_t AliasTable::draw(Rng& rng) const {
  const std::uint32_t cell = pick_below(rng, static_cast<std::uint32_t>(cells_.size()));
  return rng.next_u32() < cells_[cell].stay ? cell : cells_[cell].other;
}

std::vector<double> zipf_weights(std::size_t n, double exponent) {
  std::vector<double> weights(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = exact_exp(-exponent * exact_log(static_cast<double>(i + 1)));
  return weights;
}

double bridge_scale(double spread) {
  const double s = usable(spread);
  return 1 / std::sqrt(1 + 3 * s * s / (kPi * kPi));
}

double bridge_quantile(double u, double spread) {
  const double phi = bridge_scale(spread);
  return exact_log(exact_sine(phi * kPi * u) / exact_sine(phi * kPi * (1 - u))) / (phi * usable(spread));
}

}  // namespace cascade
