#include "world/value.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/real.h"
#include "world/sampling.h"

using namespace cascade;

TEST_CASE("the truth's own exponential and sigmoid are accurate to float rounding") {
  double worst_exp = 0;
  double worst_sigmoid = 0;
  for (int k = -80000; k <= 80000; ++k) {
    const float x = static_cast<float>(k) * 0.001f;
    const double exact = exact_exp(x);
    worst_exp = std::max(worst_exp, std::abs(plain_exp(x) / exact - 1));
    worst_sigmoid = std::max(worst_sigmoid, std::abs(plain_sigmoid(x) / sigmoid(static_cast<double>(x)) - 1));
  }
  CHECK(worst_exp < 3e-7);
  CHECK(worst_sigmoid < 5e-7);
  CHECK(plain_sigmoid(1e30f) == plain_sigmoid(80.0f));
  CHECK(plain_sigmoid(-1e30f) > 0.0f);
}

TEST_CASE("intent has mean 0 and s.d. 1 and leaves the expected conversion a sigmoid") {
  const double spread = GENERATE(0.5, 1.0, 2.5);
  constexpr int kSteps = 200000;  // midpoint rule over the distribution
  double sum = 0;
  double squares = 0;
  for (const double x : {-4.0, -1.0, 0.5}) {
    double expected = 0;
    sum = squares = 0;
    for (int k = 0; k < kSteps; ++k) {
      const double e = bridge_quantile((k + 0.5) / kSteps, spread);
      sum += e;
      squares += e * e;
      expected += sigmoid(x + spread * e);
    }
    CHECK(expected / kSteps == Approx(sigmoid(bridge_scale(spread) * x)).epsilon(1e-6));
  }
  CHECK(sum / kSteps == Approx(0).margin(1e-9));
  CHECK(squares / kSteps == Approx(1).epsilon(2e-3));  // the tails beyond the outer midpoints
}

TEST_CASE("an alias table draws in proportion to its weights") {
  const std::vector<double> weights{1, 0, 3, 6};
  const AliasTable table(weights);
  Rng rng(3, Stream::test);
  std::vector<int> counts(4, 0);
  constexpr int kDraws = 100000;
  for (int k = 0; k < kDraws; ++k) ++counts[table.draw(rng)];
  CHECK(counts[1] == 0);
  for (std::size_t k : {0, 2, 3}) {
    const double p = weights[k] / 10;
    CHECK(std::abs(counts[k] - kDraws * p) < 4 * std::sqrt(kDraws * p * (1 - p)));
  }
}
