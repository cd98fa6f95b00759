#include "report/findings.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "report/sweep.h"
#include "tests/report/fixture.h"

using namespace cascade;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Texts of one rule, one a line.
std::string of_kind(const std::vector<Finding>& findings, const std::string& kind) {
  std::string texts;
  for (const Finding& finding : findings)
    if (finding.kind == kind) texts += finding.text + "\n";
  return texts;
}

MetricValue& metric_of(StageResult& stage, const std::string& name) {
  return *std::find_if(stage.metrics.begin(), stage.metrics.end(),
                       [&](const MetricValue& m) { return m.name == name; });
}

}  // namespace

TEST_CASE("the bottleneck is the stage that loses most, if it loses enough") {
  StudyResult study = test::three_variants();
  CHECK_THAT(of_kind(find_findings(study), "bottleneck"), StartsWith("preranking drops "));
  FindingThresholds strict;
  strict.bottleneck_share = 0.99;
  CHECK(of_kind(find_findings(study, strict), "bottleneck").empty());
  for (StageResult& stage : study.variants[0].stages) metric_of(stage, "lost@10").estimate.mean = 0.01;
  CHECK(of_kind(find_findings(study), "bottleneck").empty());
}

TEST_CASE("variants are compared with the baseline in words that the intervals bear out") {
  const std::string texts = of_kind(find_findings(test::three_variants()), "comparison");
  CHECK_THAT(texts, Contains("COLD beats two-tower in value (+"));
  CHECK_THAT(texts, Contains("beyond re-run noise."));
  const StudyResult same = test::made_up_study({{"one"}, {"two"}});
  CHECK(of_kind(find_findings(same), "comparison").empty());  // exactly equal: nothing to say
  const StudyResult noisy = test::three_variants({5, 60, 1.0, 0});
  CHECK_THAT(of_kind(find_findings(noisy), "comparison"), Contains("less than twice the re-run noise 1.41"));
}

TEST_CASE("with many variants only the best by value is compared") {
  const StudyResult study = test::quota_sweep();
  const std::string texts = of_kind(find_findings(study), "comparison");
  CHECK_THAT(texts, StartsWith("Best by value: COLD keep=1000 beats two-tower keep=50 in value ("));
  CHECK(std::count(texts.begin(), texts.end(), '\n') == 1);
}

TEST_CASE("a sweep's saturation is found along each series") {
  // the value rises up to 200 and stays: survival in pre-ranking is the same beyond
  std::vector<test::FixtureVariant> variants;
  for (const double keep : {50., 100., 200., 400., 800.}) {
    test::FixtureVariant v;
    v.name = "base keep=" + std::to_string(static_cast<int>(keep));
    v.preranking_keep = keep;
    v.survive_preranking = keep < 200 ? 0.3 : 0.8;
    variants.push_back(v);
  }
  std::string texts = of_kind(find_findings(test::made_up_study(variants)), "saturation");
  CHECK_THAT(texts,
             StartsWith("base: value is best at funnel.preranking.keep = 200, beyond noise of all that is smaller."));
  variants[3].survive_preranking = 0.805;
  texts = of_kind(find_findings(test::made_up_study(variants)), "saturation");
  CHECK_THAT(texts,
             StartsWith("base: value is flat beyond funnel.preranking.keep = 200, the smallest within noise of the "
                        "best (400: "));
  variants[4].survive_preranking = 0.4;
  texts = of_kind(find_findings(test::made_up_study(variants)), "saturation");
  CHECK_THAT(texts, Contains("It falls again: at 800 it is -"));
}

TEST_CASE("a grid of quotas: series are named without what is swept, and of many the best are spoken of") {
  std::vector<test::FixtureVariant> variants;
  for (int recall = 1; recall <= 10; ++recall)
    for (const int keep : {10, 100, 1000}) {
      test::FixtureVariant v;
      v.name = "base recall.keep=" + std::to_string(1000 * recall) + ", preranking.keep=" + std::to_string(keep);
      v.preranking_keep = keep;
      v.survive_preranking = 0.3 + 0.04 * recall + (keep == 100 ? 0.2 : 0);
      variants.push_back(v);
    }
  StudyResult study = test::made_up_study(variants);
  for (std::size_t v = 0; v < study.variants.size(); ++v)
    for (auto& [path, value] : study.variants[v].settings)
      if (path == "funnel.recall.keep") value = std::to_string(1000 * (1 + v / 3));
  const std::optional<Sweep> sweep = find_sweep(study);
  REQUIRE(sweep);
  CHECK(sweep->path == "funnel.preranking.keep");
  REQUIRE(sweep->series.size() == 10);
  CHECK(sweep->series[0].name == "base recall.keep=1000");
  CHECK(sweep->series[9].name == "base recall.keep=10000");
  const std::string texts = of_kind(find_findings(study), "saturation");
  CHECK(std::count(texts.begin(), texts.end(), '\n') == 4);
  CHECK_THAT(texts, StartsWith("base recall.keep=10000: value"));
  CHECK_THAT(texts, Contains("These are the best 3 of 10 series along funnel.preranking.keep.\n"));
}

TEST_CASE("cost, budget, calibration, head-room and warnings have a sentence each") {
  StudyResult study = test::made_up_study({{"only"}}, {5, 60, 0.004, 50});
  study.warnings = {"the truth is saturated"};
  study.variants[0].budget = {true, true, "us", 1000, 900, 0.9, 12};
  const std::vector<Finding> findings = find_findings(study);
  CHECK(findings[0].text == "Warning: the truth is saturated.");
  CHECK(of_kind(findings, "cost") == "ranking takes 83 % of the compute of only (4500 of 5400 us a request).\n");
  CHECK_THAT(of_kind(findings, "budget"),
             Contains("The budget of preranking is exceeded by 100 %: 100 of 50 us a request."));
  CHECK_THAT(of_kind(findings, "budget"), Contains("The budget of the whole request leaves 12 candidates a request"));
  CHECK_THAT(of_kind(findings, "calibration"),
             Contains("The model of preranking over-predicts: predicted over observed"));
  CHECK_THAT(of_kind(findings, "headroom"), StartsWith("A perfect preranking alone would add +0.8"));
}

TEST_CASE("a study without variants or of one value has nothing wrong to say") {
  CHECK(find_findings(StudyResult{}).empty());
  const StudyResult one = test::made_up_study({{"a"}, {"b"}}, {1, 1, 0.0, 0});
  for (const Finding& finding : find_findings(one)) CHECK(finding.kind != "comparison");
}

TEST_CASE("sweeps are found from settings, with several axes and with paired ones") {
  StudyResult study = test::quota_sweep();
  std::optional<Sweep> sweep = find_sweep(study);
  REQUIRE(sweep);
  CHECK(sweep->path == "funnel.preranking.keep");
  CHECK(sweep->xs == std::vector<double>{50, 100, 200, 300, 400, 600, 1000});
  REQUIRE(sweep->series.size() == 2);
  CHECK(sweep->series[0].name == "two-tower");
  CHECK(sweep->series[1].points[6]->name == "COLD keep=1000");
  // a budget that follows the quota is part of the same axis
  for (VariantResult& v : study.variants) v.settings.emplace_back("budget.us", v.settings[5].second);
  sweep = find_sweep(study);
  REQUIRE(sweep);
  CHECK(sweep->series.size() == 2);
  CHECK(!find_sweep(test::three_variants()));
}
