#include "report/compare.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "base/errors.h"
#include "base/text.h"
#include "report/csv.h"
#include "report/json.h"
#include "tests/report/fixture.h"
#include "tests/report/golden.h"

using namespace cascade;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

const MetricComparison& row_of(const VariantComparison& pair, const std::string& stage, const std::string& metric) {
  const auto found = std::find_if(pair.metrics.begin(), pair.metrics.end(), [&](const MetricComparison& row) {
    return row.stage == stage && row.metric == metric;
  });
  REQUIRE(found != pair.metrics.end());
  return *found;
}

}  // namespace

TEST_CASE("a report against itself differs in nothing") {
  const StudyResult study = test::three_variants();
  const Comparison comparison = compare_reports(study, study);
  REQUIRE(comparison.pairs.size() == 3);
  CHECK(comparison.notes.empty());
  for (const VariantComparison& pair : comparison.pairs) {
    CHECK(pair.settings.empty());
    CHECK(pair.paired_requests == 300);
    for (const MetricComparison& row : pair.metrics) {
      CHECK(row.gap.gap.mean == 0);
      CHECK((row.verdict == Verdict::within_noise || row.verdict == Verdict::unknown));
    }
  }
}

TEST_CASE("a report that went through report.json and requests.csv is the same to a comparison") {
  const StudyResult study = test::three_variants({3, 10, 0.004, 0});
  StudyResult again = read_report_json(report_json(study, {})).study;
  attach_requests(read_requests_csv(requests_csv(study)), again);
  CHECK(comparison_json(compare_variants(again)) == comparison_json(compare_variants(study)));
}

TEST_CASE("variants of one report are compared with the first named") {
  const StudyResult study = test::three_variants();
  const Comparison all = compare_variants(study);
  REQUIRE(all.pairs.size() == 2);
  CHECK(all.pairs[1].base == "two-tower");
  CHECK(all.pairs[1].other == "COLD");
  REQUIRE(all.pairs[1].settings.size() == 2);
  CHECK(all.pairs[1].settings[0].path == "funnel.preranking.kind");
  CHECK(all.pairs[1].settings[0].base == "two_tower");
  CHECK(all.pairs[1].settings[0].other == "cold");
  const MetricComparison& recall = row_of(all.pairs[1], "", "joint_recall@10");
  CHECK(recall.verdict == Verdict::better);
  CHECK(recall.gap.wins > recall.gap.losses);
  CHECK(row_of(all.pairs[1], "preranking", "lost@10").verdict == Verdict::better);
  CHECK(row_of(all.pairs[1], "preranking", "compute_us").verdict == Verdict::worse);
  const std::vector<std::string> names = {"COLD", "distilled"};
  CHECK(compare_variants(study, names).pairs[0].base == "COLD");
  const std::vector<std::string> one = {"COLD"};
  CHECK_THROWS_WITH(compare_variants(study, one), Equals("comparing needs two variants; 'made_up' has 3, 1 named"));
}

TEST_CASE("p values are Holm's over the tested metrics of the outcome, and over those of the stages") {
  const StudyResult study = test::three_variants();
  const VariantComparison pair = compare_variants(study).pairs[0];
  for (const bool of_outcome : {true, false}) {
    std::vector<double> raw, adjusted;
    for (const MetricComparison& row : pair.metrics) {
      if (row.stage.empty() != of_outcome || row.gap.p_t != row.gap.p_t) continue;
      raw.push_back(row.gap.p_t);
      adjusted.push_back(row.p_adjusted);
      CHECK(row.p_adjusted >= row.gap.p_t);
    }
    CHECK(raw.size() > 3);
    CHECK(adjusted == holm_adjust(raw));
  }
}

TEST_CASE("tolerances count what is worse in the metric's own direction") {
  const StudyResult study = test::three_variants();
  const std::vector<std::string> cold_first = {"COLD", "two-tower"};
  const auto past = [&](const std::string& text) {
    const std::vector<Tolerance> tolerances = {parse_tolerance(text)};
    return compare_variants(study, cold_first, tolerances).past_tolerance;
  };
  CHECK(past("joint_recall@10=0.01"));
  CHECK(!past("value=5"));
  CHECK(past("preranking.lost@10=0.01"));
  CHECK(!past("preranking.compute_us=0"));  // it is cheaper
  CHECK(past("gauc=0.001"));
  const std::vector<Tolerance> good = {parse_tolerance("value=0")};
  CHECK(!compare_variants(study, {}, good).past_tolerance);
}

TEST_CASE("tolerances are read strictly") {
  CHECK(parse_tolerance("a=b=0.5").metric == "a=b");
  for (const char* text : {"value", "value=", "=1", "value=-1", "value=x", "value=inf"})
    CHECK_THROWS_WITH(parse_tolerance(text),
                      Equals("--tolerance: expected METRIC=X with a number X >= 0, got '" + std::string(text) + "'"));
  const StudyResult study = test::three_variants({3, 5, 0.0, 0});
  const std::vector<Tolerance> unknown = {parse_tolerance("valu=1")};
  CHECK_THROWS_WITH(compare_variants(study, {}, unknown), Contains("did you mean 'value'?"));
}

TEST_CASE("reports of different seeds do not pair") {
  const StudyResult a = test::three_variants({3, 5, 0.0, 0});
  StudyResult b = a;
  b.seed = 2;
  CHECK_THROWS_WITH(compare_reports(a, b), Contains("the seeds differ (1 and 2)"));
}

TEST_CASE("variants of one side only are noted, and first ones stand in where no names agree") {
  const StudyResult a = test::three_variants({3, 5, 0.0, 0});
  StudyResult b = a;
  b.variants.erase(b.variants.begin());
  b.variants[0].name = "new";
  Comparison comparison = compare_reports(a, b);
  CHECK(comparison.pairs.size() == 1);
  CHECK(comparison.notes == std::vector<std::string>{"only A has variant 'two-tower'", "only A has variant 'distilled'",
                                                     "only B has variant 'new'"});
  b.variants.resize(1);
  comparison = compare_reports(a, b, {}, "old", "fresh");
  REQUIRE(comparison.pairs.size() == 1);
  CHECK(comparison.pairs[0].base == "old: two-tower");
  CHECK(comparison.pairs[0].other == "fresh: new");
}

TEST_CASE("comparisons as text, Markdown and JSON are the golden ones") {
  const StudyResult study = test::three_variants({5, 40, 0.004, 0});
  const std::vector<std::string> names = {"two-tower", "COLD"};
  const std::vector<Tolerance> tolerances = {parse_tolerance("value=0.1"), parse_tolerance("compute_us=1000")};
  const Comparison comparison = compare_variants(study, names, tolerances);
  CHECK(comparison.past_tolerance);
  const std::string text = comparison_terminal(comparison, {true, false});
  CHECK(text == test::golden_text("compare.txt", text));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= 100);
  const std::string markdown = comparison_markdown(comparison);
  CHECK(markdown == test::golden_text("compare.md", markdown));
  const std::string json = comparison_json(comparison);
  CHECK(json == test::golden_text("compare.json", json));
}
