#include "base/errors.h"
#include "base/files.h"
#include "cli/commands.h"
#include "report/csv.h"
#include "report/expectations.h"
#include "report/findings.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"

namespace cascade::cli {

void judge_expectations(const Study& study, StudyResult& result) {
  for (const Expectation& expectation : study.file.expect) {
    try {
      result.expectations.push_back(check_expectation(result, expectation));
    } catch (const InputError& error) {
      result.expectations.push_back({false, expectation_text(expectation), error.what()});
    }
  }
}

void write_report_folder(const std::filesystem::path& folder, const Study& study, const StudyResult& result,
                         const std::vector<Finding>& findings) {
  write_file_atomically(folder / "report.json", report_json(result, findings));
  if (study.file.scenario.evaluate.detail == Detail::outcome)
    std::filesystem::remove(folder / "requests.csv");  // of an earlier run: it would not belong to this report
  else
    write_file_atomically(folder / "requests.csv", requests_csv(result));
  write_file_atomically(folder / "report.csv", report_csv(result));
  write_file_atomically(folder / "report.md", markdown_report(result, findings));
  write_file_atomically(folder / "report.html", html_report(result, findings));
  write_file_atomically(folder / "scenario.yaml", study.resolved);
}

}  // namespace cascade::cli
