#include "report/expectations.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "tests/report/fixture.h"

using namespace cascade;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

/// "a" has gauc 0 in every replicate, "b" these gaps.
StudyResult study_of(const std::vector<double>& gaps, double rerun_sd) {
  StudyResult study = test::made_up_study({{"a"}, {"b"}}, {static_cast<int>(gaps.size()), 4, 0.0, 0});
  for (std::size_t v = 0; v < 2; ++v)
    for (MetricValue& metric : study.variants[v].stages[1].metrics)
      if (metric.name == "gauc") {
        for (std::size_t r = 0; r < gaps.size(); ++r) metric.by_replicate[r] = v == 0 ? 0 : gaps[r];
        metric.estimate = estimate_mean(metric.by_replicate);
        metric.rerun_sd = rerun_sd;
      }
  return study;
}

Expectation gauc_above() {
  Expectation e;
  e.metric = "gauc";
  e.stage = "preranking";
  e.of = "b";
  e.above = "a";
  return e;
}

Expectation gauc_below() {
  Expectation e = gauc_above();
  e.of = "a";
  e.above.clear();
  e.below = "b";
  return e;
}

Expectation gauc_near(double tolerance) {
  Expectation e = gauc_above();
  e.above.clear();
  e.near = "a";
  e.tolerance = tolerance;
  return e;
}

}  // namespace

TEST_CASE("the sign alone decides where nothing else is asked") {
  CHECK(check_expectation(study_of({1, -0.5, 1}, 0), gauc_above()).holds);
  CHECK(!check_expectation(study_of({-1, 0.5, -1}, 0), gauc_above()).holds);
  CHECK(check_expectation(study_of({1, -0.5, 1}, 0), gauc_below()).holds);
}

TEST_CASE("`by` moves the line that the gap must pass") {
  Expectation e = gauc_above();
  e.by = 0.9;
  CHECK(check_expectation(study_of({1, 1, 1}, 0), e).holds);
  e.by = 1;
  const ExpectationResult result = check_expectation(study_of({1, 1, 1}, 0), e);
  CHECK(!result.holds);
  CHECK_THAT(result.detail, Contains("fails: the gap is not beyond 1"));
}

TEST_CASE("confidence is the one-sided paired t-test over replicates") {
  // mean 2, s.d. 1, n 3: t = 2 sqrt(3) with 2 degrees of freedom: p = (1 - sqrt(12 / 14)) / 2 = .03709
  Expectation e = gauc_above();
  e.confidence = 0.96;
  CHECK(check_expectation(study_of({1, 2, 3}, 0), e).holds);
  e.confidence = 0.97;
  const ExpectationResult result = check_expectation(study_of({1, 2, 3}, 0), e);
  CHECK(!result.holds);
  CHECK_THAT(result.detail, Contains("one-sided p 0.0371 over replicates"));
  CHECK_THAT(result.detail, Contains("fails: confidence 0.97"));
  e.by = 1.5;  // t = 0.5 sqrt(3): p = .24
  e.confidence = 0.5;
  CHECK(check_expectation(study_of({1, 2, 3}, 0), e).holds);
  e.confidence = 0.8;
  CHECK(!check_expectation(study_of({1, 2, 3}, 0), e).holds);
}

TEST_CASE("confidence of a single value cannot be told, and so does not hold") {
  Expectation e = gauc_above();
  e.confidence = 0.6;
  const ExpectationResult result = check_expectation(study_of({1}, 0), e);
  CHECK(!result.holds);
  CHECK_THAT(result.detail, Contains("cannot be told from a single value"));
}

TEST_CASE("with fewer than three replicates confidence is over requests where their rows are kept") {
  const StudyResult study = test::three_variants({1, 200, 0.0, 0});
  Expectation e;
  e.metric = "joint_recall@10";
  e.of = "COLD";
  e.above = "two-tower";
  e.confidence = 0.95;
  const ExpectationResult result = check_expectation(study, e);
  CHECK(result.holds);
  CHECK_THAT(result.detail, Contains("over requests"));
  CHECK_THAT(result.text, Equals("joint_recall@10 of COLD above two-tower with confidence 0.95"));
}

TEST_CASE("standard errors, signs and re-run noise are conditions of their own") {
  const StudyResult study = study_of({1, 2, 3, 2, -0.5}, 0.5);  // mean 1.5, s.d. 1.3229, s.e. 0.5916
  Expectation e = gauc_above();
  e.standard_errors = 2.5;
  CHECK(check_expectation(study, e).holds);
  e.standard_errors = 2.6;
  CHECK(!check_expectation(study, e).holds);
  e.standard_errors = 0;
  e.sign_share = 0.8;
  CHECK(check_expectation(study, e).holds);
  e.sign_share = 0.81;
  CHECK(!check_expectation(study, e).holds);
  e.sign_share = 0;
  e.beyond_rerun = true;  // 2 sqrt(2) 0.5 = 1.414
  CHECK(check_expectation(study, e).holds);
  CHECK(!check_expectation(study_of({1, 2, 3, 2, -0.5}, 0.54), e).holds);
  const ExpectationResult unknown = check_expectation(study_of({1, 2}, std::nan("")), e);
  CHECK(!unknown.holds);
  CHECK_THAT(unknown.detail, Contains("re-run noise was not measured"));
}

TEST_CASE("near holds within the tolerance or so many standard errors") {
  const StudyResult study = study_of({1, 2, 3}, 0);  // mean 2, s.e. 0.577
  CHECK(check_expectation(study, gauc_near(2)).holds);
  CHECK(!check_expectation(study, gauc_near(1.9)).holds);
  Expectation e = gauc_near(0);
  e.standard_errors = 4;
  CHECK(check_expectation(study, e).holds);
  e.standard_errors = 3;
  CHECK(!check_expectation(study, e).holds);
}

TEST_CASE("numbers stand in for variants, against which single re-run noise counts") {
  const StudyResult study = study_of({1, 2, 3}, 0.9);
  Expectation e = gauc_above();
  e.above = "1.5";
  e.below = "2.5";
  CHECK(check_expectation(study, e).holds);
  e.below = "1.9";
  CHECK(!check_expectation(study, e).holds);
  e.below.clear();
  e.above = "0";
  e.beyond_rerun = true;  // 2 x 0.9 < 2
  CHECK(check_expectation(study, e).holds);
  e.above = "0.3";
  CHECK(!check_expectation(study, e).holds);
}

TEST_CASE("a variant's name goes before the number that it spells") {
  StudyResult study = study_of({1, 2, 3}, 0);
  study.variants[0].name = "300";
  Expectation e = gauc_above();
  e.above = "300";
  CHECK(check_expectation(study, e).holds);
}

TEST_CASE("stages of one variant can be held against each other") {
  const StudyResult study = test::three_variants();
  Expectation e;
  e.metric = "gauc";
  e.of = "two-tower";
  e.stage = "ranking";
  e.above = "two-tower";
  e.other_stage = "preranking";
  const ExpectationResult result = check_expectation(study, e);
  CHECK(result.holds);
  CHECK_THAT(result.text, Equals("ranking.gauc of two-tower above two-tower at preranking"));
}

TEST_CASE("unknown names are errors that say what there is") {
  const StudyResult study = test::three_variants();
  Expectation e;
  e.metric = "joint_recal@10";
  e.of = "COLD";
  e.above = "two-tower";
  CHECK_THROWS_WITH(check_expectation(study, e), Contains("did you mean 'joint_recall@10'?"));
  e.metric = "value";
  e.above = "two tower";
  CHECK_THROWS_WITH(check_expectation(study, e), Contains("did you mean 'two-tower'?"));
  e.above.clear();
  CHECK_THROWS_WITH(check_expectation(study, e),
                    Equals("expectation 'value of COLD' says neither above, below nor near"));
}
