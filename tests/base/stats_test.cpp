#include "base/stats.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.h"
#include "base/rng.h"

namespace cascade {
namespace {

using Values = std::vector<double>;

// Values marked scipy: SciPy 1.10.1.

TEST_CASE("mean, variance and standard error of a sample") {
  const Values x = {2, 4, 4, 4, 5, 5, 7, 9};  // squares of deviations from 5 add up to 32
  CHECK(mean(x) == 5);
  CHECK(variance(x) == Approx(32.0 / 7));
  CHECK(standard_error(x) == Approx(std::sqrt(32.0 / 7 / 8)));
  CHECK(mean(Values{}) == 0);
  CHECK(variance(Values{3}) == 0);
  CHECK(standard_error(Values{}) == 0);
}

TEST_CASE("the variance does not suffer from a large mean") {
  const Values x = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
  CHECK(variance(x) == 30);
}

TEST_CASE("incomplete_beta gives known values") {
  CHECK(incomplete_beta(2, 3, 0.4) == Approx(0.5248).epsilon(1e-13));                  // 1 - 0.6^4 - 4 0.4 0.6^3
  CHECK(incomplete_beta(0.5, 0.5, 0.1) == Approx(0.2048327646991335).epsilon(1e-13));  // 2/pi asin(sqrt(0.1))
  CHECK(incomplete_beta(300, 2, 0.99) == Approx(0.19616357628516265).epsilon(1e-12));  // scipy
  CHECK(incomplete_beta(1, 1, 0.3) == Approx(0.3).epsilon(1e-13));
  CHECK(incomplete_beta(4, 5, 0) == 0);
  CHECK(incomplete_beta(4, 5, 1) == 1);
  CHECK_THROWS_AS(incomplete_beta(0, 1, 0.5), InternalError);
  CHECK_THROWS_AS(incomplete_beta(1, 1, 1.5), InternalError);
}

TEST_CASE("student_t_cdf gives known values") {
  CHECK(student_t_cdf(0, 4) == 0.5);
  CHECK(student_t_cdf(1, 1) == Approx(0.75).epsilon(1e-14));                    // 1/2 + atan(1) / pi
  CHECK(student_t_cdf(-2.0, 5) == Approx(0.05096973941492914).epsilon(1e-12));  // scipy
  CHECK(student_t_cdf(0.5, 5) == Approx(0.6808505641795355).epsilon(1e-12));    // scipy
  CHECK(student_t_cdf(3.0, 5) == Approx(0.9849503760512688).epsilon(1e-12));    // scipy
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(student_t_cdf(infinity, 3) == 1);
  CHECK(student_t_cdf(-infinity, 3) == 0);
}

TEST_CASE("student_t_quantile gives tabulated values") {
  struct Row {
    double degrees, p900, p975, p995;
  };
  const std::vector<Row> table = {// mpmath 1.2.1, by the root of its betainc; SciPy's quantile has nine digits only
                                  {1, 3.077683537175253, 12.7062047361747, 63.65674116287158},
                                  {2, 1.885618083164127, 4.302652729749464, 9.924843200918293},
                                  {3, 1.63774435369621, 3.18244630528371, 5.840909309733357},
                                  {4, 1.533206274058944, 2.776445105197794, 4.604094871349993},
                                  {9, 1.383028738396632, 2.262157162798206, 3.249835541592126},
                                  {30, 1.310415025391396, 2.042272456301238, 2.749995653567225},
                                  {99, 1.290161442034485, 1.984216951586417, 2.626405457280828},
                                  {1999, 1.281975212578083, 1.961151420170562, 2.578291019521924}};
  for (const Row& row : table) {
    CAPTURE(row.degrees);
    CHECK(student_t_quantile(0.9, row.degrees) == Approx(row.p900).epsilon(1e-12));
    CHECK(student_t_quantile(0.975, row.degrees) == Approx(row.p975).epsilon(1e-12));
    CHECK(student_t_quantile(0.005, row.degrees) == Approx(-row.p995).epsilon(1e-12));
  }
  CHECK(student_t_quantile(0.5, 3) == 0);
  CHECK(student_t_quantile(0.975, 1e7) == Approx(1.959963984540054).epsilon(1e-6));
  CHECK_THROWS_AS(student_t_quantile(1, 3), InternalError);
  CHECK_THROWS_AS(student_t_quantile(0.5, 0), InternalError);
}

TEST_CASE("estimate_mean is the t interval") {
  const Estimate e = estimate_mean(Values{2.1, 1.9, 2.5, 2.2});
  CHECK(e.mean == Approx(2.175));
  CHECK(e.lo == Approx(1.777194211839467));  // scipy
  CHECK(e.hi == Approx(2.5728057881605326));
  CHECK(e.n == 4);
}

TEST_CASE("estimates of no value, one value and equal values") {
  CHECK(estimate_mean(Values{}).n == 0);
  const Estimate one = estimate_mean(Values{3});
  CHECK((one.mean == 3 && one.lo == 3 && one.hi == 3 && one.n == 1));
  const Estimate equal = estimate_mean(Values{2, 2, 2});
  CHECK((equal.lo == 2 && equal.hi == 2 && equal.n == 3));
  CHECK_THROWS_AS(estimate_mean(Values{1, std::nan("")}), InternalError);
}

TEST_CASE("the t interval covers the mean as often as it says") {
  int covered = 0;
  const int num_samples = 4000;
  for (int s = 0; s < num_samples; ++s) {
    Rng rng(1, Stream::test, static_cast<std::uint64_t>(s));
    Values x(5);
    for (double& v : x) v = rng.normal();
    const Estimate e = estimate_mean(x);
    covered += e.lo <= 0 && e.hi >= 0 ? 1 : 0;
  }
  CHECK(std::abs(covered - 3800) < 62);  // 4.5 sigma, sigma = sqrt(4000 0.95 0.05) = 13.8
}

TEST_CASE("three groups or more are told apart by their means") {
  const std::vector<Values> groups = {{1, 3}, {4, 4, 4}, {5, 7}, {}};
  const Estimate e = estimate_grouped(groups);
  const Estimate of_means = estimate_mean(Values{2, 4, 6});
  CHECK((e.mean == of_means.mean && e.lo == of_means.lo && e.hi == of_means.hi));
  CHECK(e.n == 3);
}

TEST_CASE("two groups are strata of equal weight") {
  // Means 3 and 13, squared errors 2.5/5 and (20/3)/4: the estimate's is (0.5 + 1.667)/4. Welch's degrees of freedom:
  // (0.5 + 1.667)^2 / (0.5^2/4 + 1.667^2/3) = 4.749; the interval by scipy's t quantile.
  const std::vector<Values> groups = {{1, 2, 3, 4, 5}, {10, 12, 14, 16}};
  const Estimate e = estimate_grouped(groups);
  CHECK(e.mean == 8);
  CHECK(e.lo == Approx(6.077681808029954));
  CHECK(e.hi == Approx(9.922318191970046));
  CHECK(e.n == 9);
}

TEST_CASE("grouped estimates of little") {
  CHECK(estimate_grouped(std::vector<Values>{}).n == 0);
  CHECK(estimate_grouped(std::vector<Values>{{}, {}}).n == 0);
  const Estimate single = estimate_grouped(std::vector<Values>{{1, 2, 3, 4}});
  const Estimate plain = estimate_mean(Values{1, 2, 3, 4});
  CHECK(single.mean == plain.mean);
  CHECK(single.lo == Approx(plain.lo));
  CHECK(single.n == 4);
  // A group of one value has no spread of its own: the two means are all that is known.
  const Estimate pair = estimate_grouped(std::vector<Values>{{1}, {2}});
  CHECK(pair.n == 2);
  CHECK(pair.hi == Approx(1.5 + 12.706204736432095 * 0.5));
  const Estimate constant = estimate_grouped(std::vector<Values>{{1, 1}, {3, 3}});
  CHECK((constant.mean == 2 && constant.lo == 2 && constant.hi == 2 && constant.n == 4));
}

TEST_CASE("paired_t_p gives the p of the t test") {
  CHECK(paired_t_p(Values{3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 0, 8}) == Approx(0.1340116928519978));  // scipy
  CHECK(paired_t_p(Values{0, 0, 0}) == 1);
  CHECK(paired_t_p(Values{1, 1, 1}) == 0);
  CHECK(paired_t_p(Values{}) == 1);
  CHECK(paired_t_p(Values{5}) == 1);
}

TEST_CASE("wilcoxon_p gives the p of the signed-rank test") {
  // Sizes 1..10, all positive: W = 55, expected 27.5, variance 10 11 21 / 24 = 96.25; z = (27.5 - 0.5) / 9.811 = 2.752;
  // p = 2 P(Z < -2.752) = 0.005921537024148708 (scipy)
  CHECK(wilcoxon_p(Values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) == Approx(0.005921537024148708).epsilon(1e-12));
  // Ties at 1, 3 and 5 and a zero that is dropped (scipy: zero_method wilcox, correction, approx).
  CHECK(wilcoxon_p(Values{3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 0, 8}) == Approx(0.15424776353460426).epsilon(1e-12));
  CHECK(wilcoxon_p(Values{0, 0}) == 1);
  CHECK(wilcoxon_p(Values{}) == 1);
  CHECK(wilcoxon_p(Values{1, -1}) == 1);
}

TEST_CASE("holm_adjust steps down") {
  // Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04; made monotone: 0.04, 0.06, 0.06, 0.06.
  const Values adjusted = holm_adjust(Values{0.03, 0.01, 0.04, 0.02});
  CHECK(adjusted[0] == Approx(0.06));
  CHECK(adjusted[1] == Approx(0.04));
  CHECK(adjusted[2] == Approx(0.06));
  CHECK(adjusted[3] == Approx(0.06));
  CHECK(holm_adjust(Values{0.5, 0.9, 0.7}) == Values{1, 1, 1});
  CHECK(holm_adjust(Values{0.2}) == Values{0.2});
  CHECK(holm_adjust(Values{}).empty());
}

}  // namespace
}  // namespace cascade
