#include "base/files.h"
#include "cli/commands.h"
#include "report/csv.h"
#include "report/findings.h"
#include "report/json.h"
#include "report/markdown.h"

namespace cascade::cli {

void write_report_folder(const std::filesystem::path& folder, const Study& study, const StudyResult& result,
                         const std::vector<Finding>& findings) {
  write_file_atomically(folder / "report.json", report_json(result, findings));
  write_file_atomically(folder / "requests.csv", requests_csv(result));
  write_file_atomically(folder / "report.csv", report_csv(result));
  write_file_atomically(folder / "report.md", markdown_report(result, findings));
  write_file_atomically(folder / "scenario.yaml", study.resolved);
}

}  // namespace cascade::cli
