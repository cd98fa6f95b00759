#include "base/rng.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "base/errors.h"
#include "base/stats.h"

namespace cascade {
namespace {

constexpr int kDraws = 200000;

// Draws kDraws numbers and checks mean and variance within `sigmas` standard errors of a sample of that size.
template <class Draw>
void check_moments(double expected_mean, double expected_variance, double fourth_moment, Draw draw) {
  std::vector<double> values(kDraws);
  for (double& v : values) v = draw();
  const double sigmas = 4.5;
  CHECK(std::fabs(mean(values) - expected_mean) < sigmas * std::sqrt(expected_variance / kDraws));
  const double spread_of_variance = std::sqrt((fourth_moment - expected_variance * expected_variance) / kDraws);
  CHECK(std::fabs(variance(values) - expected_variance) < sigmas * spread_of_variance);
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = mean(x);
  const double mean_y = mean(y);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
  return sum / static_cast<double>(x.size() - 1) / std::sqrt(variance(x) * variance(y));
}

std::vector<double> uniforms(Rng rng, std::size_t n) {
  std::vector<double> values(n);
  for (double& v : values) v = rng.uniform();
  return values;
}

// The three vectors published with Random123 (examples/kat_vectors) for philox 4x32 with 10 rounds.
TEST_CASE("philox gives the published answers") {
  using Block = std::array<std::uint32_t, 4>;
  CHECK(philox_block({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox_block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox_block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a generator is named by seed, stream and entity") {
  const auto first = [](Rng rng) { return rng.next_u64(); };
  const std::uint64_t base = first(Rng(1, Stream::test, 2, 3));
  CHECK(base == first(Rng(1, Stream::test, 2, 3)));
  CHECK(base != first(Rng(2, Stream::test, 2, 3)));
  CHECK(base != first(Rng(1, Stream::bootstrap, 2, 3)));
  CHECK(base != first(Rng(1, Stream::test, 3, 3)));
  CHECK(base != first(Rng(1, Stream::test, 2 + (1ULL << 32), 3)));
  CHECK(base != first(Rng(1, Stream::test, 2, 4)));
}

TEST_CASE("names that differ in little share no numbers") {
  std::set<std::uint64_t> seen;
  int count = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    for (std::uint32_t stream = 1; stream <= 8; ++stream)
      for (std::uint64_t a = 0; a < 8; ++a)
        for (std::uint32_t b = 0; b < 8; ++b) {
          Rng rng(seed, static_cast<Stream>(stream), a, b);
          for (int i = 0; i < 8; ++i, ++count) seen.insert(rng.next_u64());
        }
  CHECK(seen.size() == static_cast<std::size_t>(count));
}

TEST_CASE("streams of neighbouring names are independent") {
  const std::size_t n = 50000;
  const auto base = uniforms(Rng(1, Stream::test, 7, 0), n);
  const std::vector<std::vector<double>> others = {
      uniforms(Rng(2, Stream::test, 7, 0), n), uniforms(Rng(1, Stream::bootstrap, 7, 0), n),
      uniforms(Rng(1, Stream::test, 8, 0), n), uniforms(Rng(1, Stream::test, 7, 1), n)};
  for (const auto& other : others) CHECK(std::fabs(correlation(base, other)) < 4.5 / std::sqrt(n));
  std::vector<double> by_entity(n), by_next_entity(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    by_entity[i] = hashed_uniform(1, Stream::test, i, 0);
    by_next_entity[i] = hashed_uniform(1, Stream::test, i + 1, 0);
  }
  CHECK(std::fabs(correlation(by_entity, by_next_entity)) < 4.5 / std::sqrt(n));
  CHECK(std::fabs(mean(by_entity) - 0.5) < 4.5 * std::sqrt(1.0 / 12 / n));
}

TEST_CASE("uniform numbers fill the open unit interval evenly") {
  Rng rng(1, Stream::test);
  check_moments(0.5, 1.0 / 12, 1.0 / 80, [&] { return rng.uniform(); });
  std::array<int, 64> cells{};
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.uniform();
    REQUIRE((u > 0 && u < 1));
    ++cells[static_cast<std::size_t>(u * 64)];
  }
  // chi-square with 63 degrees of freedom: above 126 with probability 4e-6
  double chi_square = 0;
  for (const int c : cells) chi_square += (c - kDraws / 64.0) * (c - kDraws / 64.0) / (kDraws / 64.0);
  CHECK(chi_square < 126);
}

TEST_CASE("uniform numbers of an interval stay inside") {
  Rng rng(1, Stream::test, 1);
  check_moments(1.0, 16.0 / 12, 256.0 / 80, [&] { return rng.uniform(-1, 3); });
}

TEST_CASE("normal numbers have the moments of N(0, 1)") {
  Rng rng(1, Stream::test, 2);
  check_moments(0, 1, 3, [&] { return rng.normal(); });
  check_moments(0, 1, 3, [i = 0U]() mutable { return hashed_normal(5, Stream::test, i++, 9); });
}

TEST_CASE("exponential numbers have mean and variance 1") {
  Rng rng(1, Stream::test, 3);
  check_moments(1, 1, 9, [&] { return rng.exponential(); });
}

TEST_CASE("poisson numbers have mean and variance alike") {
  for (const double m : {0.1, 3.5, 80.0, 1200.0}) {
    CAPTURE(m);
    Rng rng(1, Stream::test, 4);
    check_moments(m, m, m + 3 * m * m, [&] { return static_cast<double>(rng.poisson(m)); });
  }
  Rng rng(1, Stream::test, 4);
  CHECK(rng.poisson(0) == 0);
  CHECK_THROWS_AS(rng.poisson(-1), InternalError);
  CHECK_THROWS_AS(rng.poisson(1e5), InternalError);
}

TEST_CASE("bernoulli is true with its probability") {
  Rng rng(1, Stream::test, 5);
  check_moments(0.3, 0.21, 0.3 * 0.7 * (0.027 + 0.343), [&] { return rng.bernoulli(0.3) ? 1.0 : 0.0; });
  for (int i = 0; i < 1000; ++i) {
    REQUIRE_FALSE(rng.bernoulli(0));
    REQUIRE(rng.bernoulli(1));
  }
}

TEST_CASE("below gives every number of its range equally often") {
  Rng rng(1, Stream::test, 6);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[rng.below(7)];
  for (const int c : counts) CHECK(std::abs(c - 10000) < 450);  // 4.5 sigma, sigma = sqrt(70000 * 6/49)
  CHECK(rng.below(1) == 0);
  CHECK_THROWS_AS(rng.below(0), InternalError);
  // 3 * 2^30 of 2^32 words: a plain modulo would hit the lower third twice as often.
  int lower_third = 0;
  for (int i = 0; i < 30000; ++i) lower_third += rng.below(3U << 30) < (1U << 30) ? 1 : 0;
  CHECK(std::abs(lower_third - 10000) < 370);  // 4.5 sigma, sigma = 81.6
}

TEST_CASE("shuffle makes every order equally often") {
  Rng rng(1, Stream::test, 8);
  std::array<int, 24> counts{};
  for (int i = 0; i < 24000; ++i) {
    std::vector<std::uint32_t> order = {0, 1, 2, 3};
    rng.shuffle(order);
    // rank of the permutation, by the factorial number system
    std::size_t rank = 0;
    for (std::size_t p = 0; p < 4; ++p) {
      const auto smaller_after = std::count_if(order.begin() + static_cast<std::ptrdiff_t>(p), order.end(),
                                               [&](std::uint32_t v) { return v < order[p]; });
      rank = rank * (4 - p) + static_cast<std::size_t>(smaller_after);
    }
    ++counts[rank];
  }
  for (const int c : counts) CHECK(std::abs(c - 1000) < 140);  // 4.5 sigma, sigma = 31
  std::vector<std::uint32_t> none;
  rng.shuffle(none);
  CHECK(none.empty());
}

TEST_CASE("derived seeds differ from one another and from their own") {
  std::set<std::uint64_t> seeds = {1};
  for (std::uint64_t i = 0; i < 1000; ++i) seeds.insert(derive_seed(1, Stream::replicate, i));
  CHECK(seeds.size() == 1001);
  CHECK(derive_seed(1, Stream::replicate, 3) == derive_seed(1, Stream::replicate, 3));
}

TEST_CASE("the first numbers of a generator are what they were") {
  Rng rng(42, Stream::test, 7, 9);
  CHECK(rng.next_u32() == 0x8527d6efU);
  CHECK(rng.uniform() == 0.040820917067355356);
  CHECK(rng.normal() == -0.13607429179610972);
  CHECK(rng.poisson(12) == 9U);
  CHECK(rng.below(1000) == 873U);
}

}  // namespace
}  // namespace cascade
