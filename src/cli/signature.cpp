#include <algorithm>
#include <ostream>

#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "cli/commands.h"
#include "report/findings.h"
#include "report/json.h"

namespace cascade::cli {

int signature(int threads, Console& console) {
  const ThreadLimit limit(threads);
  const std::filesystem::path folder =
      find_configs(std::filesystem::current_path() / "scenario.yaml").parent_path() / "scenarios" / "tiny";
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  if (files.empty()) throw IoError("cannot read " + folder.string() + ": no scenarios there");
  std::sort(files.begin(), files.end());
  std::uint64_t hash = content_hash("");
  for (const std::filesystem::path& file : files) {
    StudyResult result = run_study(load_study(file));
    result.build.clear();  // the same behaviour under another commit is the same signature
    hash = content_hash(report_json(result, find_findings(result)), hash);
  }
  console.out << hex(hash) << "\n";
  return kDone;
}

}  // namespace cascade::cli
