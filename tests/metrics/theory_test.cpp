#include "metrics/theory.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "base/errors.h"
#include "base/real.h"

using namespace cascade;

TEST_CASE("expected recall of a noisy oracle at its published anchors") {
  struct Anchor {
    int n, k, m;
    double rho, recall;
  };
  const Anchor anchors[] = {{1000, 1, 10, .9, .874339},
                            {1000, 10, 10, .9, .531722},
                            {1000, 10, 50, .7, .607968},
                            {1000, 10, 100, .8, .901698},
                            {10000, 10, 100, .95, .989737}};
  for (const Anchor& a : anchors) CHECK(std::fabs(noisy_oracle_recall(a.n, a.k, a.m, a.rho) - a.recall) < 1e-6);
}

TEST_CASE("expected recall at its limits") {
  CHECK(noisy_oracle_recall(100, 10, 30, 0) == 0.3);
  CHECK(noisy_oracle_recall(100, 10, 5, 1) == 0.5);
  CHECK(noisy_oracle_recall(100, 10, 40, 1) == 1.0);
  CHECK(noisy_oracle_recall(100, 10, 0, .5) == 0.0);
  CHECK(noisy_oracle_recall(100, 10, 100, .5) == 1.0);
  CHECK(noisy_oracle_recall(100, 100, 25, .5) == 0.25);
  // of two items, the better is kept when the two differences agree in sign: 1/2 + asin(rho) / pi
  for (double rho : {.5, .999})
    CHECK(std::fabs(noisy_oracle_recall(2, 1, 1, rho) - (0.5 + std::asin(rho) / std::numbers::pi)) < 1e-8);
}

TEST_CASE("expected recall is symmetric in the two orders, so k R(k, m) = m R(m, k)") {
  CHECK(std::fabs(10 * noisy_oracle_recall(300, 10, 40, .8) - 40 * noisy_oracle_recall(300, 40, 10, .8)) < 1e-6);
}

TEST_CASE("expected recall rises with the quota and with the correlation") {
  double before = 0;
  for (int m : {1, 10, 60}) {
    const double now = noisy_oracle_recall(200, 10, m, .7);
    CHECK(now > before);
    before = now;
  }
  before = 0;
  for (double rho : {.05, .6, .99}) {
    const double now = noisy_oracle_recall(200, 10, 20, rho);
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("the formula without bound is several points off at k = 1") {
  const double t = -exact_normal_quantile(0.001);
  const double s = -exact_normal_quantile(0.01);
  const double textbook = bivariate_normal_upper(t, s, .9) / 0.001;
  CHECK(textbook == Approx(0.9278).margin(1e-4));
  CHECK(textbook - noisy_oracle_recall(1000, 1, 10, .9) > 0.05);
}

TEST_CASE("bivariate normal tail at known points") {
  for (double rho : {-.95, -.3, 0., .5, .9, .99})  // at the origin: 1/4 + asin(rho) / (2 pi)
    CHECK(std::fabs(bivariate_normal_upper(0, 0, rho) - (0.25 + std::asin(rho) / (2 * std::numbers::pi))) < 1e-13);
  CHECK(std::fabs(bivariate_normal_upper(1, 2, 0) - normal_cdf(-1) * normal_cdf(-2)) < 1e-15);
  // P(X > h, Y > k) + P(X > h, Y < k) = P(X > h), and the second is the tail of (X, -Y)
  CHECK(std::fabs(bivariate_normal_upper(.7, -.4, .8) + bivariate_normal_upper(.7, .4, -.8) - normal_cdf(-.7)) < 1e-13);
}

TEST_CASE("settings outside the domain are a broken promise") {
  CHECK_THROWS_AS(noisy_oracle_recall(10, 0, 5, .5), InternalError);
  CHECK_THROWS_AS(noisy_oracle_recall(10, 11, 5, .5), InternalError);
  CHECK_THROWS_AS(noisy_oracle_recall(10, 1, 5, -.5), InternalError);
  CHECK_THROWS_AS(bivariate_normal_upper(0, 0, 1), InternalError);
}

TEST_CASE("expected recall agrees with a simulation at small n", "[slow]") {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  struct Setting {
    int n, k, m;
    double rho;
  };
  for (const Setting& s :
       {Setting{50, 40, 20, .5}, Setting{5, 2, 4, .9}, Setting{3, 2, 1, .5}, Setting{100, 7, 3, .95}}) {
    constexpr int kRounds = 200000;
    const auto n = static_cast<std::size_t>(s.n);
    std::vector<std::pair<double, std::size_t>> truth(n), score(n);
    double sum = 0, squares = 0;
    for (int round = 0; round < kRounds; ++round) {
      for (std::size_t i = 0; i < n; ++i) {
        const double t = normal(random);
        truth[i] = {-t, i};
        score[i] = {-(s.rho * t + std::sqrt(1 - s.rho * s.rho) * normal(random)), i};
      }
      std::nth_element(truth.begin(), truth.begin() + s.k - 1, truth.end());
      std::nth_element(score.begin(), score.begin() + s.m - 1, score.end());
      std::vector<char> top(n, 0);
      for (int i = 0; i < s.k; ++i) top[truth[static_cast<std::size_t>(i)].second] = 1;
      double shared = 0;
      for (int i = 0; i < s.m; ++i) shared += top[score[static_cast<std::size_t>(i)].second];
      sum += shared / s.k;
      squares += shared / s.k * (shared / s.k);
    }
    const double mean = sum / kRounds;
    const double error = std::sqrt((squares / kRounds - mean * mean) / kRounds);
    CHECK(std::fabs(noisy_oracle_recall(s.n, s.k, s.m, s.rho) - mean) < 4 * error);
  }
}
