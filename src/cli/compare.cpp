#include "report/compare.h"

#include <ostream>

#include "base/files.h"
#include "cli/commands.h"
#include "report/csv.h"
#include "report/json.h"

namespace cascade::cli {

namespace {

StudyResult read_report(const std::filesystem::path& folder) {
  const std::filesystem::path report = folder / "report.json";
  StudyResult study = read_report_json(read_file(report), report.string()).study;
  for (const VariantResult& variant : study.variants)
    for (const auto& [path, value] : variant.settings)
      if (path == "evaluate.detail" && value == "outcome") return study;  // it keeps no rows of requests
  const std::filesystem::path requests = folder / "requests.csv";
  attach_requests(read_requests_csv(read_file(requests), requests.string()), study);
  return study;
}

}  // namespace

int compare(const CompareOptions& options, Console& console) {
  std::vector<Tolerance> tolerances;
  for (const std::string& text : options.tolerances) tolerances.push_back(parse_tolerance(text));
  const StudyResult first = read_report(options.report);
  Comparison comparison;
  if (options.others.size() == 1 && std::filesystem::is_directory(options.others[0])) {
    comparison =
        compare_reports(first, read_report(options.others[0]), tolerances, options.report.string(), options.others[0]);
  } else {
    comparison = compare_variants(first, options.others, tolerances);
  }
  if (options.format == "markdown")
    console.out << comparison_markdown(comparison);
  else if (options.format == "json")
    console.out << comparison_json(comparison);
  else
    console.out << comparison_terminal(comparison, console.style, options.all);
  return comparison.past_tolerance ? kFailed : kDone;
}

}  // namespace cascade::cli
