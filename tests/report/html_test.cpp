#include "report/html.h"

#include <catch2/catch.hpp>

#include "base/files.h"
#include "report/html_text.h"
#include "report/svg.h"
#include "tests/report/fixture.h"
#include "tests/tools/python.h"

using namespace cascade;

namespace {

/// What tests/tools/check_page.py finds wrong with a page.
std::string faults_of(const std::string& page) {
  const test::TemporaryFolder folder("cascade_page");
  const std::filesystem::path file = folder.path() / "report.html";
  write_file_atomically(file, page);
  const test::ScriptResult result = test::run_python("check_page.py", {file.string()});
  if (result.missing) WARN("not checked: " + result.output);
  return result.missing ? "" : result.output;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// The fixture with what only other studies have: shares of the regret, a load, a budget.
StudyResult rich_study() {
  test::FixtureOptions options;
  options.budget_us = 100;
  StudyResult study = test::three_variants(options);
  for (VariantResult& variant : study.variants) {
    variant.settings.emplace_back("serving.limit_ms", "10");
    const auto add = [&](const std::string& name, double mean, double half) {
      variant.outcome.push_back({name, {mean, mean - half, mean + half, 5}, {}, 0});
    };
    add("regret.recall", 0.05, 0.01);
    add("regret.preranking", 0.2, 0.02);
    add("regret.ranking", -0.01, 0.02);
    for (const char* name : {"rt_p50", "rt_p95", "rt_p99"}) add(name, 4, 0.5);
    add("usable_qps", 800, 20);
    add("failed", 0.02, 0.001);
  }
  return study;
}

}  // namespace

TEST_CASE("the page of a study is well-formed, closed in itself, accessible and readable in both schemes") {
  StudyResult study = rich_study();
  study.expectations = {{true, "value of COLD above two-tower", "+0.1"}, {false, "value of COLD above 9", "it is 2"}};
  const std::string page = html_report(study, find_findings(study));
  CHECK(faults_of(page) == "");
  for (const char* section : {"findings", "expectations", "variants", "funnels", "regret", "headroom", "cost",
                              "serving", "models", "world", "settings", "metrics"})
    CHECK(page.find("<section id=\"" + std::string(section) + "\"") != std::string::npos);
  CHECK(page.find("<section id=\"sweep\"") == std::string::npos);
  for (const VariantResult& variant : study.variants) {
    CHECK(count_of(page, "<figcaption>" + variant.name + "</figcaption>") == 3);  // funnel, regret, head-room
    CHECK(page.find("Funnel of " + variant.name + ": 50 000 items in the catalogue; recall keeps 2 000") !=
          std::string::npos);
    for (const StageResult& stage : variant.stages) CHECK(count_of(page, ">" + stage.name + "</text>") >= 9);
  }
  CHECK(page.find("1 of 2 hold.") != std::string::npos);
  CHECK(page.find("✗ fails") != std::string::npos);
  CHECK(page == html_report(study, find_findings(study)));
}

TEST_CASE("a sweep is drawn as curves, and its many funnels are folded") {
  const StudyResult study = test::quota_sweep();
  const std::string page = html_report(study, find_findings(study));
  CHECK(faults_of(page) == "");
  CHECK(page.find("<section id=\"sweep\"") != std::string::npos);
  CHECK(page.find("value over funnel.preranking.keep; two-tower: 50 ") != std::string::npos);
  CHECK(page.find("The other 12 variants") != std::string::npos);
}

TEST_CASE("of a grid of many variants the page shows the best") {
  test::FixtureOptions options;
  options.requests = 2;
  options.replicates = 3;
  std::vector<test::FixtureVariant> variants;
  for (int v = 0; v < 100; ++v) variants.push_back({"v" + std::to_string(v)});
  StudyResult study = test::made_up_study(variants, options);
  for (std::size_t v = 0; v < study.variants.size(); ++v) {
    MetricValue& value = study.variants[v].outcome[0];
    REQUIRE(value.name == "value");
    value.estimate = {static_cast<double>(v), static_cast<double>(v), static_cast<double>(v) + 0.1, 3};
  }
  const std::string page = html_report(study, {});
  CHECK(faults_of(page) == "");
  CHECK(page.find("59 variants of largest value") != std::string::npos);
  for (const int shown : {0, 41, 99})
    CHECK(page.find("<th scope=\"row\">v" + std::to_string(shown) + "</th>") != std::string::npos);
  for (const int left_out : {1, 40})
    CHECK(page.find("<th scope=\"row\">v" + std::to_string(left_out) + "</th>") == std::string::npos);
}

TEST_CASE("a study with nothing in it, or one variant of one request, still gives a page") {
  StudyResult nothing;
  nothing.scenario = "nothing";
  CHECK(faults_of(html_report(nothing, {})) == "");
  test::FixtureOptions options;
  options.replicates = 1;
  options.requests = 1;
  const StudyResult one = test::made_up_study({{"alone"}}, options);
  const std::string page = html_report(one, find_findings(one));
  CHECK(faults_of(page) == "");
  CHECK(page.find("nan") == std::string::npos);
}

TEST_CASE("hostile names cannot break out of the page") {
  StudyResult study = rich_study();
  const std::string hostile = "</title><script>alert('1')</script>\"&' ]]> --> \x01\xff";
  study.scenario = hostile;
  study.question = hostile;
  study.warnings = {hostile};
  study.build = hostile;
  for (VariantResult& variant : study.variants) {
    variant.name += hostile;
    variant.settings.emplace_back(hostile, hostile + variant.name);
    for (ModelResult& model : variant.models) {
      model.name = hostile;
      model.facts.emplace_back(hostile, 1);
    }
    for (StageResult& stage : variant.stages) {
      stage.kind = hostile;
      stage.metrics.push_back({hostile, {1, 0, 2, 5}, {}, 0});
    }
  }
  study.expectations = {{false, hostile, hostile}};
  const std::string page = html_report(study, find_findings(study));
  CHECK(faults_of(page) == "");
  CHECK(count_of(page, "<script") == 1);
  CHECK(page.find("alert('1')") == std::string::npos);
}

TEST_CASE("text is escaped, and what XML forbids is replaced") {
  CHECK(html_text("a<b>&\"c\" 'd'") == "a&lt;b&gt;&amp;&quot;c&quot; &#39;d&#39;");
  CHECK(html_text("prix à 5 €, 𝄞") == "prix à 5 €, 𝄞");
  const std::string replaced = "\xEF\xBF\xBD";
  CHECK(html_text(std::string("\x00\x1b", 2)) == replaced + replaced);
  CHECK(html_text("\xff") == replaced);
  CHECK(html_text("\xC0\x80") == replaced + replaced);                 // overlong
  CHECK(html_text("\xED\xA0\x80") == replaced + replaced + replaced);  // surrogate
  CHECK(html_text("\xE2\x82") == replaced + replaced);                 // cut off
  CHECK(html_text("\xEF\xBF\xBF") == replaced + replaced + replaced);  // noncharacter
}

TEST_CASE("the ticks of an axis are round and inside it") {
  const Axis linear{0.013, 0.271, 0, 100};
  CHECK(linear.at(0.013) == Approx(0));
  CHECK(linear.at(0.142) == Approx(50));
  std::vector<double> ticks = linear.ticks(6);
  REQUIRE(ticks.size() == 2);  // the step is the round number above (0.271 - 0.013) / 5 = 0.0516: 0.1
  CHECK(ticks[0] == Approx(0.1));
  CHECK(Axis::decimals(ticks) == 1);
  const Axis logarithmic{8, 2200, 0, 100, true};
  ticks = logarithmic.ticks(8);
  const std::vector<double> expected = {10, 20, 50, 100, 200, 500, 1000, 2000};
  CHECK(ticks == expected);
  CHECK(logarithmic.ticks(4) == std::vector<double>{10, 100, 1000});
}

TEST_CASE("a range makes room for a single value and for intervals") {
  Range range;
  CHECK(range.empty());
  range.add(Estimate{5, 4, 6, 0});  // does not apply
  CHECK(range.empty());
  range.add(2.0);
  const Axis single = range.axis(0, 10);
  CHECK(single.lo < 2);
  CHECK(single.hi > 2);
  range.add(Estimate{5, 4, 6, 3});
  CHECK(range.hi() == 6);
}
