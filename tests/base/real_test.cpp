#include "base/real.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/errors.h"

namespace cascade {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Distance in units in the last place of `expected`.
double ulps(double actual, double expected) {
  const double unit = std::nextafter(std::fabs(expected), kInfinity) - std::fabs(expected);
  return std::fabs(actual - expected) / unit;
}

// Calls check(x) for `n` points spread evenly over [lo, hi], ends included.
template <class Check>
void sweep(double lo, double hi, int n, const Check& check) {
  for (int i = 0; i < n; ++i) check(lo + (hi - lo) * i / (n - 1));
}

template <class Actual, class Expected>
double worst_ulps(double lo, double hi, const Actual& actual, const Expected& expected) {
  double worst = 0;
  sweep(lo, hi, 20011, [&](double x) { worst = std::max(worst, ulps(actual(x), expected(x))); });
  return worst;
}

TEST_CASE("exact_exp is the exponential to two units in the last place") {
  const auto reference = [](double x) { return std::exp(x); };
  CHECK(worst_ulps(-1.0, 1.0, exact_exp, reference) < 2);
  CHECK(worst_ulps(-708.0, 709.5, exact_exp, reference) < 2);
  CHECK(exact_exp(0) == 1.0);
  CHECK(ulps(exact_exp(1), 2.718281828459045) <= 1);
  CHECK(exact_exp(-745) == 4.9406564584124654e-324);
}

TEST_CASE("exact_exp has the limits of the exponential") {
  CHECK(exact_exp(710) == kInfinity);
  CHECK(exact_exp(kInfinity) == kInfinity);
  CHECK(exact_exp(-746) == 0);
  CHECK(exact_exp(-kInfinity) == 0);
  CHECK(std::isnan(exact_exp(std::nan(""))));
}

TEST_CASE("exact_log is the logarithm to two units in the last place") {
  const auto reference = [](double x) { return std::log(x); };
  CHECK(worst_ulps(0.5, 2.0, exact_log, reference) < 2);
  CHECK(worst_ulps(1e-3, 1e3, exact_log, reference) < 2);
  const auto of_power = [](double x) { return exact_log(std::exp2(x)); };
  CHECK(worst_ulps(-1074, 1023, of_power, [](double x) { return std::log(std::exp2(x)); }) < 2);
  CHECK(exact_log(1) == 0);
  CHECK(exact_log(10) == 2.302585092994046);
  CHECK(exact_log(0) == -kInfinity);
  CHECK(exact_log(kInfinity) == kInfinity);
  CHECK(std::isnan(exact_log(-1)));
  CHECK(std::isnan(exact_log(std::nan(""))));
}

TEST_CASE("exact_log1p keeps the digits of small arguments") {
  const auto reference = [](double x) { return std::log1p(x); };
  CHECK(worst_ulps(-0.9, 3.0, exact_log1p, reference) < 4);
  CHECK(worst_ulps(-1e-9, 1e-9, exact_log1p, reference) < 2);
  CHECK(exact_log1p(0) == 0);
}

TEST_CASE("exact_normal_quantile gives tabulated values") {
  CHECK(exact_normal_quantile(0.5) == 0);
  CHECK(ulps(exact_normal_quantile(0.975), 1.959963984540054) <= 2);
  CHECK(ulps(exact_normal_quantile(0.75), 0.6744897501960817) <= 2);
  CHECK(exact_normal_quantile(0.001) == Approx(-3.090232306167813).epsilon(1e-15));
  CHECK(exact_normal_quantile(1e-20) == Approx(-9.262340089798408).epsilon(1e-14));
  CHECK(exact_normal_quantile(1e-300) == Approx(-37.0471).epsilon(1e-6));
}

TEST_CASE("exact_normal_quantile is odd about one half and inverts normal_cdf") {
  sweep(1.0 / 4096, 4095.0 / 4096, 4095, [](double p) {  // p and 1 - p are exact
    CHECK(exact_normal_quantile(p) == -exact_normal_quantile(1 - p));
    CHECK(normal_cdf(exact_normal_quantile(p)) == Approx(p).epsilon(2e-14));
  });
}

TEST_CASE("exact_normal_quantile refuses what is no probability") {
  for (const double p : {0.0, 1.0, -0.5, 2.0}) CHECK_THROWS_AS(exact_normal_quantile(p), InternalError);
  CHECK_THROWS_AS(exact_normal_quantile(std::nan("")), InternalError);
}

TEST_CASE("normal_cdf agrees with erfc, also far in the tails") {
  sweep(-37, 8, 9001,
        [](double x) { CHECK(normal_cdf(x) == Approx(0.5 * std::erfc(-x / std::sqrt(2.0))).epsilon(1e-12)); });
  CHECK(normal_cdf(0) == 0.5);
  CHECK(normal_cdf(-40) == 0);
  CHECK(normal_cdf(40) == 1);
}

TEST_CASE("normal_cdf never decreases where its two formulas meet") {
  double last = 0;
  sweep(-2.001, -1.999, 2001, [&](double x) {
    CHECK(normal_cdf(x) >= last);
    last = normal_cdf(x);
  });
}

TEST_CASE("sigmoid, logit and softplus do not overflow") {
  CHECK(sigmoid(0) == 0.5);
  CHECK(sigmoid(-1000) == 0);
  CHECK(sigmoid(1000) == 1);
  CHECK(sigmoid(-700) == Approx(std::exp(-700.0)).epsilon(1e-14));
  CHECK(softplus(0) == Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(softplus(1000) == 1000);
  for (const double x : {-1000.0, -3.5, -0.0, 0.0, 0.25, 3.5, 1000.0}) {
    const SigmoidSoftplus both = sigmoid_softplus(x);
    CHECK(both.sigmoid == sigmoid(x));
    CHECK(both.softplus == softplus(x));
  }
  CHECK(softplus(-700) == Approx(std::exp(-700.0)).epsilon(1e-14));
  CHECK(logit(0.5) == 0);
  CHECK(logit(1e-300) == Approx(std::log(1e-300)).epsilon(1e-15));
}

TEST_CASE("logit inverts sigmoid and keeps small logits") {
  sweep(-8, 8, 1601, [](double x) { CHECK(logit(sigmoid(x)) == Approx(x).epsilon(1e-12).margin(1e-15)); });
  const double near_half = 0.5 + 0x1p-40;  // log(p / (1 - p)) = 4 (p - 1/2) to first order
  CHECK(logit(near_half) == Approx(0x1p-38).epsilon(1e-15));
}

TEST_CASE("the bits of the real functions are what they were") {
  std::uint64_t digest = 0;
  const auto add = [&](double value) { digest = digest * 0x100000001b3ULL + std::bit_cast<std::uint64_t>(value); };
  sweep(0.001, 0.999, 999, [&](double p) {
    add(exact_log(p));
    add(exact_exp(p * 10));
    add(exact_normal_quantile(p));
    add(normal_cdf(p * 6 - 3));
    add(softplus(logit(p)));
    add(sigmoid(p));
  });
  CHECK(digest == 0xec98003fc044d616ULL);
}

}  // namespace
}  // namespace cascade
