#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace cascade {

/// What does not apply.
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A mean with its 95 % interval. A mean without its interval is not printed.
struct Estimate {
  double mean = 0;
  double lo = 0;
  double hi = 0;
  std::size_t n = 0;  ///< independent values behind it; 0 means "does not apply"
};

double mean(std::span<const double> values);
double variance(std::span<const double> values);  ///< unbiased; 0 for fewer than two values
double standard_error(std::span<const double> values);
double student_t_cdf(double t, double degrees_of_freedom);
double student_t_quantile(double p, double degrees_of_freedom);
double incomplete_beta(double a, double b, double x);  ///< regularised I_x(a, b)

/// Student-t interval of the mean of independent values. One value: an interval of that point.
Estimate estimate_mean(std::span<const double> values);

/// Two-level data: groups (replicates) of values (requests). Three groups or more: t interval over the means of the
/// groups, which is right for "another seed"; fewer: over all values, groups as strata. Groups weigh the same.
Estimate estimate_grouped(std::span<const std::vector<double>> groups);

/// Two-sided p of the paired t-test that the mean of the differences is 0 (1 when all are 0).
double paired_t_p(std::span<const double> differences);
/// Two-sided p of Wilcoxon's signed-rank test, normal approximation with ties and continuity correction, zeros dropped.
double wilcoxon_p(std::span<const double> differences);
/// Holm's step-down adjusted p-values, in the order given.
std::vector<double> holm_adjust(std::span<const double> p_values);

}  // namespace cascade
