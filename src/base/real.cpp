#include "base/real.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/errors.h"

namespace cascade {
namespace {

// ln 2 in two parts: the first has 21 trailing zero bits, so that its product with an exponent (11 bits) is exact.
constexpr double kLn2High = 0x1.62e42feep-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kInverseLn2 = 0x1.71547652b82fep+0;
constexpr double kInverseSqrt2Pi = 0.3989422804014326779;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double power_of_two(int exponent) {  // exponent in [-1022, 1023]
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

// log(m) + exponent ln 2 for m = 1 + f in [sqrt(1/2), sqrt(2)]. With s = f / (2 + f), log(1 + f) = 2 atanh(s), and
// 2 s = f - f^2/2 + s f^2/2, which keeps the leading terms exact; the rest of the series of atanh goes up to s^23,
// where s^2 <= 0.0295 leaves less than 2^-60.
double log_kernel(double f, int exponent) {
  const double s = f / (2.0 + f);
  const double z = s * s;
  double rest = 2.0 / 23;
  for (int n = 21; n >= 3; n -= 2) rest = rest * z + 2.0 / n;
  rest *= z;
  const double half_square = 0.5 * f * f;
  const double e = exponent;
  return e * kLn2High - ((half_square - (s * (half_square + rest) + e * kLn2Low)) - f);
}

double polynomial(const double (&coefficients)[8], double x) {  // highest power first
  double sum = 0;
  for (const double c : coefficients) sum = sum * x + c;
  return sum;
}

// Upper tail of the standard normal for x >= 2 by Laplace's continued fraction, 1 / (x + 1 / (x + 2 / (x + ...))),
// evaluated from the inside; 160 terms suffice at x = 2.
double upper_tail(double x) {
  double fraction = x;
  for (int k = 160; k >= 1; --k) fraction = x + k / fraction;
  // e^(-x^2/2) from a coarse part whose square is exact, and the small rest: no cancellation in the exponent.
  const double coarse = std::floor(x * 16) / 16;
  const double density =
      kInverseSqrt2Pi * exact_exp(-0.5 * coarse * coarse) * exact_exp(-0.5 * (x - coarse) * (x + coarse));
  return density / fraction;
}

// By e = e^-|x|, which both need.
double sigmoid_by(double e, double x) { return x < 0 ? e / (1.0 + e) : 1.0 / (1.0 + e); }
double softplus_by(double e, double x) { return (x > 0 ? x : 0.0) + exact_log1p(e); }

}  // namespace

double exact_exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.782712893384) return kInfinity;
  if (x < -745.2) return 0;
  // x = k ln 2 + r, |r| <= ln 2 / 2; then Taylor's series of e^r up to r^13, of which 1 + r is added last.
  const int k = static_cast<int>(x * kInverseLn2 + (x < 0 ? -0.5 : 0.5));
  const double r = (x - k * kLn2High) - k * kLn2Low;
  static constexpr double kInverseFactorial[] = {
      1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
      1.0 / 5040.0,       1.0 / 720.0,       1.0 / 120.0,      1.0 / 24.0,      1.0 / 6.0,      0.5};
  double series = 0;
  for (const double c : kInverseFactorial) series = series * r + c;
  const double value = 1.0 + (r + r * r * series);
  if (k > 1000) return value * power_of_two(1000) * power_of_two(k - 1000);
  if (k < -1000) return value * power_of_two(-1000) * power_of_two(k + 1000);
  return value * power_of_two(k);
}

double exact_log(double x) {
  if (!(x > 0)) return x == 0 ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
  if (x == kInfinity) return x;
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  return log_kernel(m - 1.0, exponent);
}

double exact_log1p(double x) {
  if (x > -0.29 && x < 0.41) return x == 0 ? x : log_kernel(x, 0);
  return exact_log(1.0 + x);
}

// Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988),
// routine PPND16: relative accuracy about 1e-16.
double exact_normal_quantile(double p) {
  static constexpr double kCentreTop[8] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
                                           45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
                                           133.14166789178437745, 3.387132872796366608};
  static constexpr double kCentreBottom[8] = {
      5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
      5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1.0};
  static constexpr double kMiddleTop[8] = {7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
                                           1.27045825245236838258,   3.64784832476320460504,   5.7694972214606914055,
                                           4.6303378461565452959,    1.42343711074968357734};
  static constexpr double kMiddleBottom[8] = {
      1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
      0.68976733498510000455,    1.6763848301838038494,   2.05319162663775882187,   1.0};
  static constexpr double kFarTop[8] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
                                        0.026532189526576123093,   0.29656057182850489123,    1.7848265399172913358,
                                        5.4637849111641143699,     6.6579046435011037772};
  static constexpr double kFarBottom[8] = {
      2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
      0.0148753612908506148525,   0.13692988092273580531,   0.59983220655588793769,   1.0};
  CASCADE_CHECK(p > 0 && p < 1, "a probability strictly between 0 and 1");
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kCentreTop, r) / polynomial(kCentreBottom, r);
  }
  const double r = std::sqrt(-exact_log(q < 0 ? p : 1.0 - p));
  const double size = r <= 5 ? polynomial(kMiddleTop, r - 1.6) / polynomial(kMiddleBottom, r - 1.6)
                             : polynomial(kFarTop, r - 5) / polynomial(kFarBottom, r - 5);
  return q < 0 ? -size : size;
}

double normal_cdf(double x) {
  if (std::isnan(x)) return x;
  if (x <= -2) return x < -39 ? 0.0 : upper_tail(-x);
  if (x >= 2) return x > 39 ? 1.0 : 1.0 - upper_tail(x);
  // 1/2 + density(x) (x + x^3/3 + x^5/(3 5) + ...)
  double term = x;
  double sum = x;
  for (int n = 3; std::fabs(term) > 1e-18; n += 2) {
    term *= x * x / n;
    sum += term;
  }
  return 0.5 + kInverseSqrt2Pi * exact_exp(-0.5 * x * x) * sum;
}

double sigmoid(double logit) { return sigmoid_by(exact_exp(-std::fabs(logit)), logit); }

double logit(double probability) {
  // p / (1 - p) - 1 = (2 p - 1) / (1 - p), without cancellation near 1/2
  if (probability > 0.42 && probability < 0.58) return exact_log1p((2.0 * probability - 1.0) / (1.0 - probability));
  return exact_log(probability) - exact_log1p(-probability);
}

double softplus(double x) { return softplus_by(exact_exp(-std::fabs(x)), x); }

SigmoidSoftplus sigmoid_softplus(double x) {
  const double e = exact_exp(-std::fabs(x));
  return {sigmoid_by(e, x), softplus_by(e, x)};
}

}  // namespace cascade
