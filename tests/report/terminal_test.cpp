#include "report/terminal.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "base/text.h"
#include "tests/report/fixture.h"
#include "tests/report/golden.h"

using namespace cascade;
using Catch::Matchers::Contains;

namespace {

TerminalOptions look(bool unicode, bool color) {
  TerminalOptions options;
  options.style = {unicode, color};
  return options;
}

void check_width(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    INFO(line);
    CHECK(display_width(line) <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
}

}  // namespace

TEST_CASE("the terminal report of three variants is the golden one") {
  const StudyResult study = test::three_variants();
  const std::string text = terminal_report(study, find_findings(study), look(true, false));
  CHECK(text == test::golden_text("terminal_variants.txt", text));
  check_width(text);
}

TEST_CASE("the terminal report in ASCII is the golden one and has nothing but ASCII") {
  const StudyResult study = test::three_variants({5, 60, 0.004, 80});
  std::vector<Finding> findings;
  const std::string text = terminal_report(study, findings, look(false, false));
  CHECK(text == test::golden_text("terminal_ascii.txt", text));
  check_width(text);
  for (const char c : text) REQUIRE(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("the terminal report of a sweep is the golden one") {
  const StudyResult study = test::quota_sweep();
  const std::string text = terminal_report(study, find_findings(study), look(true, false));
  CHECK(text == test::golden_text("terminal_sweep.txt", text));
  check_width(text);
}

TEST_CASE("expectations are listed with their count, and with figures where they fail") {
  StudyResult study = test::three_variants();
  study.expectations = {{true, "value of COLD above two-tower", "gap +0.1"},
                        {false, "value of COLD above 9", "gap -7; fails: the sign of the gap"}};
  const std::string text = terminal_report(study, {}, look(true, false));
  CHECK_THAT(text, Contains("EXPECTATIONS  1 of 2 hold "));
  CHECK_THAT(text, Contains(" ✓ value of COLD above two-tower\n"));
  CHECK_THAT(text, Contains(" ✗ value of COLD above 9: gap -7; fails: the sign of the gap\n"));
  check_width(text);
  CHECK_THAT(terminal_report(study, {}, look(false, false)), Contains(" x value of COLD above 9"));
}

TEST_CASE("colour is asked for, and adds nothing but escape codes") {
  const StudyResult study = test::three_variants();
  const std::string plain = terminal_report(study, {}, look(true, false));
  const std::string colored = terminal_report(study, {}, look(true, true));
  CHECK(plain.find('\x1b') == std::string::npos);
  std::string stripped;
  for (std::size_t i = 0; i < colored.size(); ++i) {
    if (colored[i] == '\x1b') {
      i = colored.find('m', i);
    } else {
      stripped += colored[i];
    }
  }
  CHECK(colored.size() > plain.size());
  CHECK(stripped == plain);
}

TEST_CASE("one variant of one replicate is drawn without a comparison, and says that it rests on one value") {
  const StudyResult study = test::made_up_study({{"only"}}, {1, 1, 0.0, 0});
  const std::string text = terminal_report(study, find_findings(study), look(true, false));
  CHECK_THAT(text, !Contains("THE VARIANTS"));
  CHECK_THAT(text, Contains("±?"));
  check_width(text);
}

TEST_CASE("long and foreign names do not break the columns") {
  StudyResult study = test::three_variants();
  study.variants[1].name = "a variant with a name that is much too long for its column";
  study.variants[2].name =
      "\xe7\xb2\x97\xe6\x8e\x92\xe7\xb2\x97\xe6\x8e\x92\xe7\xb2\x97\xe6\x8e\x92\xe7\xb2\x97\xe6\x8e\x92";
  study.question = std::string(50, 'q') + " " + std::string(120, 'w') + " end";
  for (VariantResult& variant : study.variants) variant.stages[1].kind = std::string(80, 'k');
  const std::string text = terminal_report(study, {}, look(true, false));
  study.question = "";
  check_width(terminal_report(study, {}, look(true, false)));
  CHECK_THAT(text, Contains("end"));
}

TEST_CASE("a study under load has a table of it") {
  StudyResult study = test::three_variants();
  CHECK_FALSE(is_under_load(study));
  const auto add = [](std::vector<MetricValue>& metrics, const std::string& name, double at, double half) {
    MetricValue metric;
    metric.name = name;
    metric.estimate = {at, at - half, at + half, 5};
    metrics.push_back(metric);
  };
  for (VariantResult& variant : study.variants) {
    add(variant.outcome, "rt_p50", 3.21, 0.02);
    add(variant.outcome, "rt_p99", 9.8, 0.4);
    add(variant.outcome, "usable_qps", 6700, 35);
    add(variant.outcome, "failed", 0.004, 0.001);
    variant.settings.emplace_back("serving.qps", "5000");
    variant.settings.emplace_back("serving.limit_ms", "12");
    for (std::size_t j = 0; j < variant.stages.size(); ++j)
      add(variant.stages[j].metrics, "worker_utilisation", j == 1 ? 0.83 : 0.2, 0.01);
  }
  add(study.variants[0].outcome, "degraded", 0.02, 0.003);
  add(study.variants[0].outcome, "lost_by_degraded", 0.0123, 0.0008);
  const std::string text = terminal_report(study, {}, look(true, false));
  check_width(text);
  CHECK_THAT(text, Contains("UNDER LOAD"));
  CHECK_THAT(text, Contains("3.210 ±0.020   9.80 ±0.40     6700 ±35       preranking 83 %"));
  CHECK_THAT(text, Contains("0.4 ±0.1 %\n"));
  CHECK_THAT(text, Contains("   2.0 ±0.3 % degraded: value 0.0123 ±0.0008 a request lost\n"));
  CHECK_THAT(text, Contains("at 5000 requests a second; usable: at most 1 % fail, with a limit of 12 ms"));
}
