#include "metrics/theory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "base/errors.h"
#include "base/real.h"

namespace cascade {
namespace {

constexpr int kPoints = 20;         // of a panel; exact for polynomials of degree 39
constexpr int kTruthPanels = 10;    // over the truth of an item of the top k
constexpr int kNoisePanels = 8;     // over the part of its noise that decides
constexpr int kAnglePanels = 4;     // of the bivariate normal
constexpr double kNormalEnd = 8.5;  // beyond it a standard normal has mass 1e-17

struct Rule {
  std::array<double, kPoints> node;  // in (-1, 1)
  std::array<double, kPoints> weight;
};

/// Gauss-Legendre nodes: roots of P_n by Newton's method, weights 2 / ((1 - x^2) P_n'(x)^2).
Rule gauss_legendre() {
  Rule rule{};
  for (int i = 0; i < kPoints; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (kPoints + 0.5));
    double slope = 0;
    for (int step = 0; step < 8; ++step) {
      double below = 1;
      double value = x;
      for (int n = 2; n <= kPoints; ++n) {
        const double next = ((2 * n - 1) * x * value - (n - 1) * below) / n;
        below = value;
        value = next;
      }
      slope = kPoints * (x * value - below) / (x * x - 1);
      x -= value / slope;
    }
    rule.node[static_cast<std::size_t>(i)] = x;
    rule.weight[static_cast<std::size_t>(i)] = 2 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

template <class Function>
double integrate(const Rule& rule, double from, double to, const Function& f) {
  const double middle = 0.5 * (from + to);
  const double half = 0.5 * (to - from);
  double sum = 0;
  for (std::size_t i = 0; i < kPoints; ++i) sum += rule.weight[i] * f(middle + half * rule.node[i]);
  return half * sum;
}

template <class Function>
double integrate_panels(const Rule& rule, double from, double to, int panels, const Function& f) {
  const double width = (to - from) / panels;
  double sum = 0;
  for (int p = 0; p < panels; ++p) sum += integrate(rule, from + p * width, from + (p + 1) * width, f);
  return sum;
}

double density(double x) { return exact_exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }

double upper(double x) { return normal_cdf(-x); }

double upper_quantile(double mass) {
  if (mass <= 0) return kNormalEnd;
  if (mass >= 1) return -kNormalEnd;
  return std::clamp(-exact_normal_quantile(mass), -kNormalEnd, kNormalEnd);
}

/// P(X > h, Y > k), given upper(h) and upper(k).
double upper_orthant(const Rule& rule, double h, double upper_h, double k, double upper_k, double rho) {
  // Plackett: dL/drho is the bivariate density; rho = sin(angle). The panels halve towards the end, where the
  // integrand changes fastest.
  const double end = std::asin(rho);
  const auto slope = [&](double angle) {
    const double sine = std::sin(angle);
    const double cosine_squared = 1 - sine * sine;
    return exact_exp(-0.5 * (h * h + k * k - 2 * h * k * sine) / cosine_squared);
  };
  double sum = 0;
  double from = 0;
  for (int p = 1; p <= kAnglePanels; ++p) {
    const double to = p == kAnglePanels ? end : end - 0.5 * (end - from);
    sum += integrate(rule, from, to, slope);
    from = to;
  }
  return std::clamp(upper_h * upper_k + sum / (2 * std::numbers::pi), 0.0, 1.0);
}

/// log C(n, 0), ..., log C(n, upto)
std::vector<double> log_binomials(int n, int upto) {
  std::vector<double> logs(static_cast<std::size_t>(upto) + 1, 0.0);
  for (int c = 1; c <= upto; ++c)
    logs[static_cast<std::size_t>(c)] =
        logs[static_cast<std::size_t>(c) - 1] + exact_log(static_cast<double>(n - c + 1) / c);
  return logs;
}

double binomial_mass(double log_coefficient, int n, int c, double p) {
  if (p <= 0) return c == 0 ? 1.0 : 0.0;
  if (p >= 1) return c == n ? 1.0 : 0.0;
  return exact_exp(log_coefficient + c * exact_log(p) + (n - c) * exact_log(1 - p));
}

/// P(Binomial(n, p) <= c), given its mass at c, 0 <= c < n, 0 < p < 1: sums the shorter tail.
double binomial_cdf(double mass, int n, int c, double p) {
  const double odds = p / (1 - p);
  double sum = 0;
  if (c < n * p) {
    for (double term = mass; term > 1e-18 && c >= 0; --c) {
      sum += term;
      term *= c / ((n - c + 1) * odds);
    }
    return sum;
  }
  double term = mass;
  while (c < n) {
    term *= (n - c) * odds / (c + 1);
    ++c;
    if (term < 1e-18) break;
    sum += term;
  }
  return 1 - sum;
}

/// What is the same for every point of the integral.
struct Setting {
  int n;
  int k;
  int m;
  double rho;
  double noise;  // sqrt(1 - rho^2)
  Rule rule;
  std::vector<double> log_above;  // log C(n - 1, x), x < k
  double log_rest;                // log C(n - k, m - 1)
};

struct Truth {
  double value;
  double above;  // P(T > value)
  double below;
};

/// P(fewer than k others have a truth above `truth`, and fewer than m others a score above `score`), `above_mass[x]`
/// being the probability that x others are above in truth. The x above have a higher score each with probability a,
/// the others with b; sum over x of above_mass[x] ((1-a) + a S)^x ((1-b) + b S)^(k-1-x) f, read at 0, where S shifts
/// by one and f[i] = P(Binomial(n - k, b) <= m - 1 - i), by Horner's rule in the first factor.
double both_top(const Setting& setting, const Truth& truth, double score, std::span<const double> above_mass,
                std::vector<double>& g, std::vector<double>& h) {
  const double above_score = upper(score);
  const double above_both = upper_orthant(setting.rule, truth.value, truth.above, score, above_score, setting.rho);
  const double a = std::clamp(above_both / truth.above, 0.0, 1.0);
  const double b = std::clamp((above_score - above_both) / truth.below, 0.0, 1.0);
  const int others = setting.n - setting.k;
  const std::size_t k = above_mass.size();
  g.assign(k, 0.0);
  int c = setting.m - 1;
  std::size_t i = 0;
  for (; i < k && c >= others; ++i, --c) g[i] = 1;
  if (i < k && c >= 0) {
    // When c is not m - 1, the list above has passed the end of the distribution: c = others - 1.
    const double log_coefficient = c == setting.m - 1 ? setting.log_rest : exact_log(static_cast<double>(others));
    if (b <= 0) {
      for (; i < k && c >= 0; ++i, --c) g[i] = 1;
    } else if (b < 1) {
      double mass = binomial_mass(log_coefficient, others, c, b);
      double cumulative = binomial_cdf(mass, others, c, b);
      for (; i < k && c >= 0; ++i, --c) {
        g[i] = std::max(cumulative, 0.0);
        cumulative -= mass;
        mass *= c * (1 - b) / ((others - c + 1) * b);
      }
    }
  }
  h.resize(k);
  for (std::size_t j = 0; j < k; ++j) h[j] = above_mass[k - 1] * g[j];
  for (std::size_t length = k - 1; length > 0; --length) {
    const double mass = above_mass[length - 1];
    for (std::size_t j = 0; j < length; ++j) {
      g[j] = (1 - b) * g[j] + b * g[j + 1];
      h[j] = (1 - a) * h[j] + a * h[j + 1] + mass * g[j];
    }
  }
  return h[0];
}

}  // namespace

double bivariate_normal_upper(double h, double k, double rho) {
  CASCADE_CHECK(std::fabs(rho) < 1, "a correlation strictly between -1 and 1");
  return upper_orthant(gauss_legendre(), h, upper(h), k, upper(k), rho);
}

double noisy_oracle_recall(int n, int k, int m, double rho) {
  CASCADE_CHECK(1 <= k && k <= n && 0 <= m && m <= n, "1 <= k <= n and 0 <= m <= n");
  CASCADE_CHECK((0 <= rho && rho <= 0.999) || rho == 1, "a correlation from 0 to 0.999, or 1");
  if (m == 0) return 0;
  if (rho == 1) return std::min(1.0, static_cast<double>(m) / k);
  if (rho == 0 || k == n || m == n) return static_cast<double>(m) / n;

  Setting setting{n, k, m, rho, std::sqrt(1 - rho * rho), gauss_legendre(), log_binomials(n - 1, k - 1), 0};
  setting.log_rest = m - 1 <= n - k ? log_binomials(n - k, m - 1).back() : 0;

  // Where the truth of an item of the top k can be, and where its score leaves the outcome open: the expected number
  // of others above lies within nine standard deviations (and 40, for small counts) of the rank that decides.
  const double truth_from = upper_quantile((k + 9 * std::sqrt(k) + 40) / n);
  const double spread = k + 9 * std::sqrt(m + k);
  const double score_from = upper_quantile((m + spread + 40) / n);
  const double score_to = upper_quantile((m - spread) / n);

  std::vector<double> above_mass(static_cast<std::size_t>(k));
  std::vector<double> g;
  std::vector<double> h;
  const auto at_truth = [&](double value) {
    const Truth truth{value, upper(value), normal_cdf(value)};
    double above_total = 0;
    for (int x = 0; x < k; ++x) {
      const auto at = static_cast<std::size_t>(x);
      above_mass[at] = binomial_mass(setting.log_above[at], n - 1, x, truth.above);
      above_total += above_mass[at];
    }
    const double from = std::clamp((score_from - rho * value) / setting.noise, -kNormalEnd, kNormalEnd);
    const double to = std::clamp((score_to - rho * value) / setting.noise, -kNormalEnd, kNormalEnd);
    const auto at_noise = [&](double e) {
      return density(e) * both_top(setting, truth, rho * value + setting.noise * e, above_mass, g, h);
    };
    const double open = from < to ? integrate_panels(setting.rule, from, to, kNoisePanels, at_noise) : 0;
    return density(value) * (open + above_total * upper(to));
  };
  const double share = integrate_panels(setting.rule, truth_from, kNormalEnd, kTruthPanels, at_truth);
  return std::clamp(static_cast<double>(n) / k * share, 0.0, 1.0);
}

}  // namespace cascade
