#include "report/paired.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/errors.h"
#include "report/lookup.h"
#include "report/verdict.h"
#include "tests/report/fixture.h"

using namespace cascade;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

/// value by [replicate][request].
VariantResult variant_of(const std::string& name, const std::vector<std::vector<double>>& values, double rerun_sd) {
  VariantResult v;
  v.name = name;
  v.requests.columns = {"value"};
  std::vector<double> flat;
  for (std::size_t r = 0; r < values.size(); ++r)
    for (std::size_t q = 0; q < values[r].size(); ++q) {
      v.requests.replicate.push_back(static_cast<std::uint32_t>(r));
      v.requests.request.push_back(q);
      v.requests.user.push_back(static_cast<std::uint32_t>(q));
      flat.push_back(values[r][q]);
    }
  v.requests.values = Matrix<double>(flat.size(), 1);
  for (std::size_t i = 0; i < flat.size(); ++i) v.requests.values(i, 0) = flat[i];
  MetricValue metric;
  metric.name = "value";
  metric.estimate = {1, 1, 1, 1};
  metric.rerun_sd = rerun_sd;
  v.outcome = {metric};
  return v;
}

}  // namespace

TEST_CASE("gaps by hand over three replicates") {
  // gaps: (1, 3), (2, 0), (-1, 1): means 2, 1, 0; mean 1, s.d. 1, s.e. 1/sqrt(3), t(2) = 4.3027
  const VariantResult a = variant_of("a", {{1, 1}, {1, 1}, {1, 1}}, 0.1);
  const VariantResult b = variant_of("b", {{2, 4}, {3, 1}, {0, 2}}, 0.2);
  const PairedGap gap = VariantPair(a, b).gap("", "value");
  CHECK(gap.by_replicate == std::vector<double>{2, 1, 0});
  CHECK(gap.unit == "replicates");
  CHECK(gap.gap.mean == Approx(1.0));
  CHECK(gap.standard_error == Approx(1 / std::sqrt(3.0)));
  CHECK(gap.gap.hi == Approx(1 + 4.302653 / std::sqrt(3.0)).epsilon(1e-6));
  // two-sided p of t = sqrt(3) with 2 degrees of freedom: 1 - t / sqrt(2 + t^2) = 1 - sqrt(3/5)
  CHECK(gap.p_t == Approx(1 - std::sqrt(0.6)).epsilon(1e-9));
  CHECK(gap.wins == 4);
  CHECK(gap.ties == 1);
  CHECK(gap.losses == 1);
  CHECK(gap.rerun_noise == Approx(std::sqrt(0.05)));
  CHECK(!gap.beyond_noise());
}

TEST_CASE("below three replicates the requests are the unit") {
  const VariantResult a = variant_of("a", {{1, 1, 1, 1}}, kNaN);
  const VariantResult b = variant_of("b", {{2, 3, 2, 3}}, kNaN);
  const PairedGap gap = VariantPair(a, b).gap("", "value");
  CHECK(gap.unit == "requests");
  CHECK(gap.gap.n == 4);
  CHECK(gap.gap.mean == 1.5);
  CHECK(gap.standard_error == Approx(std::sqrt(1.0 / 3 / 4)).epsilon(1e-6));
  CHECK(std::isnan(gap.rerun_noise));
  CHECK(gap.beyond_noise());
}

TEST_CASE("requests in another order, or missing on one side, still pair by replicate and request") {
  const VariantResult a = variant_of("a", {{1, 2, 3}}, kNaN);
  VariantResult b = variant_of("b", {{1, 2, 3, 9}}, kNaN);
  std::swap(b.requests.request[0], b.requests.request[2]);
  std::swap(b.requests.user[0], b.requests.user[2]);
  std::swap(b.requests.values(0, 0), b.requests.values(2, 0));
  const VariantPair pair(a, b);
  CHECK(pair.num_paired_requests() == 3);
  CHECK(pair.gap("", "value").ties == 3);
}

TEST_CASE("requests in which either side does not apply are left out of the pairs") {
  const VariantResult a = variant_of("a", {{1, kNaN, 3}}, kNaN);
  const VariantResult b = variant_of("b", {{2, 2, kNaN}}, kNaN);
  const PairedGap gap = VariantPair(a, b).gap("", "value");
  CHECK(gap.wins + gap.ties + gap.losses == 1);
  CHECK(gap.gap.mean == 1);
}

TEST_CASE("differences of rounding alone are ties") {
  const VariantResult a = variant_of("a", {{0.1 + 0.2, 1}}, kNaN);
  const VariantResult b = variant_of("b", {{0.3, 1}}, kNaN);
  REQUIRE(0.1 + 0.2 != 0.3);
  const PairedGap gap = VariantPair(a, b).gap("", "value");
  CHECK(gap.ties == 2);
  CHECK(gap.gap.mean == 0);
}

TEST_CASE("pairs of different users are refused") {
  const VariantResult a = variant_of("a", {{1, 2}}, kNaN);
  VariantResult b = a;
  b.name = "b";
  b.requests.user[1] = 77;
  CHECK_THROWS_WITH(VariantPair(a, b), Equals("request 1 of replicate 0 is of user 1 in 'a' and of user 77 in 'b': the "
                                              "two runs served different requests, so nothing pairs them"));
}

TEST_CASE("without request rows the replicates pair, and bare means have no test") {
  StudyResult study = test::three_variants();
  for (VariantResult& v : study.variants) v.requests = {};
  const VariantPair pair(study.variants[0], study.variants[2]);
  const PairedGap gauc = pair.gap("preranking", "gauc");
  CHECK(gauc.unit == "replicates");
  CHECK(gauc.gap.n == 5);
  CHECK(std::isnan(gauc.p_wilcoxon));
  const PairedGap compute = pair.gap("preranking", "compute_us");
  CHECK(compute.unit == "means");
  CHECK(std::isnan(compute.p_t));
  CHECK(verdict_of(compute, Direction::lower) == Verdict::unknown);
}

TEST_CASE("re-run noise that only one side measured stands for both") {
  CHECK(rerun_noise_of_difference(0.3, 0.4) == Approx(0.5));
  CHECK(rerun_noise_of_difference(0.3, kNaN) == Approx(0.3 * std::sqrt(2.0)));
  CHECK(std::isnan(rerun_noise_of_difference(kNaN, kNaN)));
}

TEST_CASE("a gap within twice the re-run noise is no difference, however narrow its interval") {
  PairedGap gap;
  gap.gap = {0.01, 0.009, 0.011, 5};
  gap.rerun_noise = 0.004;
  CHECK(verdict_of(gap, Direction::higher) == Verdict::better);
  CHECK(verdict_of(gap, Direction::lower) == Verdict::worse);
  CHECK(verdict_of(gap, Direction::none) == Verdict::changed);
  gap.rerun_noise = 0.006;
  CHECK(verdict_of(gap, Direction::higher) == Verdict::within_noise);
}

TEST_CASE("quantities are found by stage and metric, and others are named with what there is") {
  const StudyResult study = test::three_variants({5, 20, 0.0, 50});
  const VariantResult& v = study.variants[0];
  CHECK(get_quantity(v, "", "value").column == 0);
  CHECK(get_quantity(v, "preranking", "gauc").by_replicate.size() == 5);
  CHECK(get_quantity(v, "preranking", "oracle.value").by_replicate.size() == 5);
  CHECK(get_quantity(v, "preranking", "flops").by_replicate.size() == 5);
  CHECK(get_quantity(v, "preranking", "quota").estimate.mean == 300);
  CHECK(get_quantity(v, "preranking", "utilisation").estimate.mean == 2);
  CHECK(get_quantity(v, "", "fine.train_flops").estimate.mean == 9e11);
  CHECK_THROWS_WITH(get_quantity(v, "", "valeu"), Contains("there is no metric of the outcome of variant 'two-tower' "
                                                           "named 'valeu'; did you mean 'value'? (there are: value, "));
  CHECK_THROWS_WITH(get_quantity(v, "prerank", "gauc"),
                    Contains("there is no stage of variant 'two-tower' named 'prerank'"));
  CHECK_THROWS_WITH(get_quantity(v, "recall", "gauc"), Contains("metric of stage 'recall'"));
  CHECK_THROWS_WITH(get_variant(study, "cold"),
                    Equals("there is no variant 'cold'; did you mean 'COLD'? (there are: two-tower, distilled, COLD)"));
}
