#include "base/stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/errors.h"
#include "base/parallel.h"
#include "base/real.h"

namespace cascade {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kHalfLogTwoPi = 0.91893853320467274178;

// What Stirling's formula (x - 1/2) log x - x + log(2 pi)/2 lacks of log Gamma(x), for x >= 10.
double stirling_rest(double x) {
  const double z = 1.0 / (x * x);
  return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z / 1188)))) / x;
}

double log_gamma(double x) {
  double product = 1;  // Gamma(x) = Gamma(x + m) / (x (x + 1) ... (x + m - 1))
  for (; x < 10; x += 1) product *= x;
  return (x - 0.5) * exact_log(x) - x + kHalfLogTwoPi + stirling_rest(x) - exact_log(product);
}

double log_beta(double a, double b) {
  const double large = std::max(a, b);
  const double small = std::min(a, b);
  if (large < 10) return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
  // log Gamma(large + small) - log Gamma(large) without the difference of two huge numbers
  const double growth = (large - 0.5) * exact_log1p(small / large) + small * exact_log(large + small) - small +
                        stirling_rest(large + small) - stirling_rest(large);
  return log_gamma(small) - growth;
}

// Continued fraction of I_x(a, b) (Abramowitz & Stegun 26.5.8) by the modified Lentz method; converges fast for
// x < (a + 1) / (a + b + 2). `y` is 1 - x, given apart because it may be far smaller than x.
double beta_fraction(double a, double b, double x, double y) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostSteps = 100000;
  const auto away_from_zero = [](double v) { return std::fabs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m <= kMostSteps; ++m) {
    double change = 1;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    for (const double step : {even, odd}) {
      d = 1 / away_from_zero(1 + step * d);
      c = away_from_zero(1 + step / c);
      change = c * d;
      fraction *= change;
    }
    if (std::fabs(change - 1) < 1e-16) break;
  }
  const double log_x = x < 0.5 ? exact_log(x) : exact_log1p(-y);
  const double log_y = y < 0.5 ? exact_log(y) : exact_log1p(-x);
  return exact_exp(a * log_x + b * log_y - log_beta(a, b)) * fraction / a;
}

double incomplete_beta(double a, double b, double x, double y) {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  if (x < (a + 1) / (a + b + 2)) return beta_fraction(a, b, x, y);
  return 1 - beta_fraction(b, a, y, x);
}

// P(|T| > |t|)
double two_sided_t(double t, double degrees_of_freedom) {
  const double square = t * t;
  if (std::isinf(square)) return 0;
  const double total = degrees_of_freedom + square;
  return incomplete_beta(0.5 * degrees_of_freedom, 0.5, degrees_of_freedom / total, square / total);
}

Estimate interval(double centre, double standard_error, double degrees_of_freedom, std::size_t n) {
  CASCADE_CHECK(std::isfinite(centre), "an estimate of finite values");
  if (standard_error == 0) return {centre, centre, centre, n};
  const double half = student_t_quantile(0.5 + 0.5 * kConfidence, degrees_of_freedom) * standard_error;
  return {centre, centre - half, centre + half, n};
}

}  // namespace

double mean(std::span<const double> values) {
  return values.empty() ? 0 : ordered_sum(values.data(), values.size()) / static_cast<double>(values.size());
}

double variance(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  std::vector<double> squares;
  squares.reserve(values.size());
  for (const double v : values) squares.push_back((v - centre) * (v - centre));
  return ordered_sum(squares.data(), squares.size()) / static_cast<double>(values.size() - 1);
}

double standard_error(std::span<const double> values) {
  return values.empty() ? 0 : std::sqrt(variance(values) / static_cast<double>(values.size()));
}

double incomplete_beta(double a, double b, double x) {
  CASCADE_CHECK(a > 0 && b > 0 && x >= 0 && x <= 1, "incomplete_beta takes a, b > 0 and x in [0, 1]");
  return incomplete_beta(a, b, x, 1 - x);
}

double student_t_cdf(double t, double degrees_of_freedom) {
  CASCADE_CHECK(degrees_of_freedom > 0, "degrees of freedom are positive");
  const double tail = 0.5 * two_sided_t(t, degrees_of_freedom);
  return t < 0 ? tail : 1 - tail;
}

double student_t_quantile(double p, double degrees_of_freedom) {
  CASCADE_CHECK(p > 0 && p < 1 && degrees_of_freedom > 0, "student_t_quantile takes 0 < p < 1 and positive degrees");
  if (p == 0.5) return 0;
  if (p < 0.5) return -student_t_quantile(1 - p, degrees_of_freedom);
  const double tail = 2 * (1 - p);
  double lo = 0;
  double hi = 1;
  while (two_sided_t(hi, degrees_of_freedom) > tail) {
    lo = hi;
    hi *= 2;
  }
  // Bisection to the last bit: at most some 60 steps, and no case to go wrong.
  for (;;) {
    const double middle = 0.5 * (lo + hi);
    if (middle <= lo || middle >= hi) return middle;
    (two_sided_t(middle, degrees_of_freedom) > tail ? lo : hi) = middle;
  }
}

Estimate estimate_mean(std::span<const double> values) {
  if (values.empty()) return {};
  return interval(mean(values), standard_error(values), static_cast<double>(values.size() - 1), values.size());
}

Estimate estimate_grouped(std::span<const std::vector<double>> groups) {
  std::vector<double> means;
  std::vector<double> squared_errors;  // of the means
  std::size_t n = 0;
  bool has_single = false;
  double welch = 0;  // sum of squared_error^2 / degrees of freedom
  for (const auto& group : groups) {
    if (group.empty()) continue;
    means.push_back(mean(group));
    const double error = standard_error(group);
    squared_errors.push_back(error * error);
    n += group.size();
    if (group.size() == 1) {
      has_single = true;
    } else {
      welch += squared_errors.back() * squared_errors.back() / static_cast<double>(group.size() - 1);
    }
  }
  // A stratum of one value says nothing of its spread: then the means are all there is.
  if (means.size() >= 3 || has_single) return estimate_mean(means);
  if (means.empty()) return {};
  const double num_groups = static_cast<double>(means.size());
  const double total = ordered_sum(squared_errors.data(), squared_errors.size());
  // Degrees of freedom of a sum of estimated variances: Welch (1947), Satterthwaite (1946).
  return interval(mean(means), std::sqrt(total) / num_groups, total > 0 ? total * total / welch : 1, n);
}

double paired_t_p(std::span<const double> differences) {
  const double centre = mean(differences);
  const double error = standard_error(differences);
  if (differences.size() < 2) return 1;
  if (error == 0) return centre == 0 ? 1 : 0;
  return two_sided_t(centre / error, static_cast<double>(differences.size() - 1));
}

double wilcoxon_p(std::span<const double> differences) {
  std::vector<double> values;
  for (const double d : differences)
    if (d != 0) values.push_back(d);
  if (values.empty()) return 1;
  std::sort(values.begin(), values.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
  const double n = static_cast<double>(values.size());
  double positive_ranks = 0;
  double tied = 0;  // sum of t^3 - t over groups of equal sizes
  for (std::size_t begin = 0; begin < values.size();) {
    std::size_t end = begin;
    double positive = 0;
    for (; end < values.size() && std::fabs(values[end]) == std::fabs(values[begin]); ++end)
      if (values[end] > 0) positive += 1;
    const double t = static_cast<double>(end - begin);
    positive_ranks += positive * 0.5 * static_cast<double>(begin + 1 + end);  // mid-rank of begin+1 .. end
    tied += t * t * t - t;
    begin = end;
  }
  const double expected = n * (n + 1) / 4;
  const double spread = std::sqrt(n * (n + 1) * (2 * n + 1) / 24 - tied / 48);
  const double distance = std::max(0.0, std::fabs(positive_ranks - expected) - 0.5);
  return std::min(1.0, 2 * normal_cdf(-distance / spread));
}

std::vector<double> holm_adjust(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(order.size() - i) * p_values[order[i]]);
    adjusted[order[i]] = std::min(1.0, largest);
  }
  return adjusted;
}

}  // namespace cascade
