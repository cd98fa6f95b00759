#include "base/rng.h"

#include <Random123/philox.h>

#include <utility>

#include "base/errors.h"
#include "base/real.h"

namespace cascade {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), a bijection: without it, neighbouring seeds and
// streams would share keys.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

double to_uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52; }

// Inversion by sequential search: one uniform number, `mean` steps on average. REQUIRES mean <= 500, where e^-mean is
// far above the smallest double.
std::uint32_t poisson_by_search(double mean, double u) {
  double p = exact_exp(-mean);
  std::uint32_t k = 0;
  while (u > p) {
    u -= p;
    ++k;
    p *= mean / k;
    if (k > mean && p < 1e-18) break;  // what is left of u is rounding
  }
  return k;
}

}  // namespace

std::array<std::uint32_t, 4> philox_block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  const r123::Philox4x32::ctr_type in = {{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::ukey_type ukey = {{key[0], key[1]}};
  const auto out = r123::Philox4x32{}(in, ukey);
  return {out[0], out[1], out[2], out[3]};
}

Rng::Rng(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b)
    : counter_{0, b, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(a >> 32)} {
  const std::uint64_t key = mix(seed) + static_cast<std::uint64_t>(stream) * 0x9e3779b97f4a7c15ULL;
  key_ = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
}

void Rng::refill() {
  block_ = philox_block(counter_, key_);
  ++counter_[0];
  used_ = 0;
}

std::uint32_t Rng::next_u32() {
  if (used_ == 4) refill();
  return block_[static_cast<std::size_t>(used_++)];
}

std::uint64_t Rng::next_u64() {
  const std::uint64_t low = next_u32();
  return low | static_cast<std::uint64_t>(next_u32()) << 32;
}

double Rng::uniform() { return to_uniform(next_u64()); }

double Rng::uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }

// Lemire, "Fast random integer generation in an interval", TOMACS 2019.
std::uint32_t Rng::below(std::uint32_t n) {
  CASCADE_CHECK(n > 0, "below() needs a positive bound");
  std::uint64_t product = static_cast<std::uint64_t>(next_u32()) * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t uneven = (0U - n) % n;
    while (static_cast<std::uint32_t>(product) < uneven) product = static_cast<std::uint64_t>(next_u32()) * n;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

double Rng::normal() { return exact_normal_quantile(uniform()); }

double Rng::exponential() { return -exact_log(uniform()); }

bool Rng::bernoulli(double p) { return uniform() < p; }

std::uint32_t Rng::poisson(double mean) {
  CASCADE_CHECK(mean >= 0 && mean <= 1e4, "poisson() takes means from 0 to 1e4");
  constexpr double kPiece = 500;  // a sum of Poisson numbers is one with the summed mean
  std::uint32_t total = 0;
  for (; mean > kPiece; mean -= kPiece) total += poisson_by_search(kPiece, uniform());
  return total + poisson_by_search(mean, uniform());
}

void Rng::shuffle(std::span<std::uint32_t> values) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[below(static_cast<std::uint32_t>(i))]);
}

std::uint64_t derive_seed(std::uint64_t seed, Stream stream, std::uint64_t index) {
  return Rng(seed, stream, index).next_u64();
}

double hashed_uniform(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b) {
  return Rng(seed, stream, a, b).uniform();
}

double hashed_normal(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b) {
  return Rng(seed, stream, a, b).normal();
}

}  // namespace cascade
