#include <algorithm>
#include <ostream>
#include <sstream>

#include "base/errors.h"
#include "base/files.h"
#include "cli/commands.h"
#include "report/terminal.h"
#include "study/campaign.h"

namespace cascade::cli {

std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a);
  std::istringstream right(b);
  for (int line = 1;; ++line) {
    std::string of_a;
    std::string of_b;
    const bool more_a = static_cast<bool>(std::getline(left, of_a));
    const bool more_b = static_cast<bool>(std::getline(right, of_b));
    if (!more_a && !more_b) return "nowhere";
    if (of_a != of_b || more_a != more_b)
      return "line " + std::to_string(line) + ": '" + of_a + "' against '" + of_b + "'";
  }
}

int merge(const MergeOptions& options, Console& console) {
  const std::filesystem::path first = options.folders.front() / "scenario.yaml";
  const std::string scenario = read_file(first);
  std::vector<RunStore> stores;
  for (const std::filesystem::path& folder : options.folders) {
    const std::filesystem::path file = folder / "scenario.yaml";
    const std::string other = read_file(file);
    if (other != scenario)
      throw InputError(first.string() + " and " + file.string() + " are different scenarios, from " +
                       first_difference(scenario, other) + ": only shards of one make a report");
    stores.emplace_back(folder / "parts");
  }
  const Study study = load_study(first);
  StudyResult result = merge_parts(study, stores);
  judge_expectations(study, result);
  const std::vector<Finding> findings = find_findings(result);
  if (!options.out.empty()) {
    make_folder(options.out);
    write_report_folder(options.out, study, result, findings);
  }
  if (options.quiet) return kDone;
  TerminalOptions terminal;
  terminal.style = console.style;
  console.out << terminal_report(result, findings, terminal);
  if (!options.out.empty()) console.err << "written to " << options.out.string() << "\n";
  return kDone;
}

}  // namespace cascade::cli
