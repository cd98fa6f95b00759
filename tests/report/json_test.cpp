#include "report/json.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>

#include "base/errors.h"
#include "tests/report/fixture.h"
#include "tests/report/golden.h"
#include "tests/tools/python.h"

using namespace cascade;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

std::string error_of(const std::string& text) {
  try {
    read_report_json(text, "r.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

StudyResult odd_numbers() {
  StudyResult study = test::made_up_study({{"only"}}, {1, 2, 0.0, 900});
  study.seed = std::numeric_limits<std::uint64_t>::max();
  study.question = "quotes \" and \\ and \n and \xc3\xa9?";
  study.warnings = {"the world is made up"};
  MetricValue& metric = study.variants[0].outcome[0];
  metric.estimate = {0.1 + 0.2, -1e-300, 5e300, 7};
  metric.by_replicate = {std::nan(""), 1.0 / 3};
  metric.rerun_sd = std::nan("");
  study.variants[0].outcome[1].estimate = {};
  return study;
}

}  // namespace

TEST_CASE("report.json of a small study is the golden one") {
  const StudyResult study = test::made_up_study({{"two-tower"}}, {3, 20, 0.004, 0});
  const std::string text = report_json(study, std::vector<Finding>{{"cost", "ranking is 78 % of the compute"}});
  CHECK(text == test::golden_text("report.json", text));
}

TEST_CASE("report.json reads back as the same study") {
  StudyResult judged = test::three_variants();
  judged.expectations = {{true, "value of COLD above 1", "gap +1"}, {false, "value of COLD above 9", "gap -7"}};
  for (const StudyResult& study : {judged, odd_numbers()}) {
    const std::vector<Finding> findings = {{"a", "one"}, {"b", "two"}};
    const std::string text = report_json(study, findings);
    const ReportFile file = read_report_json(text);
    CHECK(report_json(file.study, file.findings) == text);
    CHECK(file.study.variants[0].stages.size() == 3);
    CHECK(file.findings[1].text == "two");
    CHECK(file.study.seed == study.seed);
    CHECK(file.study.expectations.size() == study.expectations.size());
    CHECK(file.study.question == study.question);
  }
}

TEST_CASE("numbers survive bit for bit and what does not apply is null") {
  const std::string text = report_json(odd_numbers(), {});
  const ReportFile file = read_report_json(text);
  const MetricValue& metric = file.study.variants[0].outcome[0];
  CHECK(metric.estimate.mean == 0.1 + 0.2);
  CHECK(metric.estimate.lo == -1e-300);
  CHECK(metric.estimate.n == 7);
  CHECK(std::isnan(metric.by_replicate[0]));
  CHECK(metric.by_replicate[1] == 1.0 / 3);
  CHECK(std::isnan(metric.rerun_sd));
  CHECK(file.study.variants[0].outcome[1].estimate.n == 0);
  CHECK_THAT(text, Contains("\"mean\": 0.30000000000000004"));
  CHECK_THAT(text, Contains("{\"mean\": null, \"ci95\": [null, null], \"n\": 0"));
  CHECK_THAT(text, Contains("\"seed\": 18446744073709551615"));
}

TEST_CASE("faults of a report name their place") {
  const std::string good = report_json(test::made_up_study({{"only"}}, {1, 2, 0.0, 0}), {});
  CHECK_THAT(error_of("{"), Equals("r.json:1:2: is not JSON"));
  CHECK_THAT(error_of("{\n  \"a\": nope}"), Contains("r.json:2:"));
  CHECK_THAT(error_of(""), Contains("is not JSON"));
  CHECK_THAT(error_of("[]"), Equals("r.json: expected an object, got array"));
  CHECK_THAT(error_of("{}"), Equals("r.json: has no 'schema'"));
  CHECK_THAT(error_of(replaced(good, "cascade-report/1", "cascade-report/2")),
             Equals("r.json.schema: is 'cascade-report/2', this program reads 'cascade-report/1'"));
  CHECK_THAT(error_of(replaced(good, "\"seed\": 1", "\"seed\": -1")),
             Equals("r.json.seed: expected a whole number, 0 or more, got number"));
  CHECK_THAT(error_of(replaced(good, "\"kind\": \"exact_inner_product\"", "\"kind\": 3")),
             Equals("r.json.variants[0].stages[0].kind: expected text, got number"));
  CHECK_THAT(error_of(replaced(good, "\"ci95\": [", "\"ci95\": [1, ")),
             Contains(".ci95: expected a list of two numbers"));
}

TEST_CASE("deep and endless reports are refused, not crashed on") {
  CHECK_THAT(error_of(std::string(200000, '[')), Equals("r.json: is nested deeper than 16 levels"));
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK_THAT(error_of(objects), Equals("r.json: is nested deeper than 16 levels"));
}

TEST_CASE("reports conform to their published JSON Schema", "[slow]") {
  const test::TemporaryFolder folder("cascade_schema");
  const auto write = [&](const char* name, std::string_view text) {
    write_file_atomically(folder.path() / name, text);
    return (folder.path() / name).string();
  };
  const std::string schema = write("schema.json", report_json_schema());
  const std::string good = write("good.json", report_json(test::three_variants({3, 10, 0.01, 500}), {}));
  const std::string odd = write("odd.json", report_json(odd_numbers(), std::vector<Finding>{{"a", "b"}}));
  const std::string bad =
      write("bad.json", replaced(report_json(odd_numbers(), {}), "\"rerun_sd\": null", "\"rerun_sd\": \"none\""));
  const test::ScriptResult result = test::run_python("check_schema.py", {schema, good, odd, "--invalid", bad});
  if (result.missing) {
    WARN("skipped: " << result.output);
    return;
  }
  INFO(result.output);
  CHECK(result.status == 0);
}
