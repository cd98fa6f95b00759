#include <algorithm>
#include <ostream>

#include "base/errors.h"
#include "base/parallel.h"
#include "cli/commands.h"
#include "report/expectations.h"

namespace cascade::cli {

namespace {

/// Scenario files among the paths, and those below the folders, in order of names.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::filesystem::path> inside;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.path().extension() == ".yaml") inside.push_back(entry.path());
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

int check(const CheckOptions& options, Console& console) {
  const ThreadLimit limit(options.from.threads);
  std::size_t held = 0;
  std::size_t all = 0;
  for (const std::filesystem::path& path : scenario_files(options.paths)) {
    ScenarioOptions from = options.from;
    from.scenario = path;
    const Study study = load(from);
    if (study.file.expect.empty()) {
      console.out << path.string() << ": expects nothing\n";
      continue;
    }
    refuse_if_too_large(study);
    StudyResult result;
    {
      ProgressLine line(console, options.from.quiet);
      result = run_study(study, line.callback());
    }
    console.out << path.string() << "\n";
    for (const ExpectationResult& expectation : check_expectations(result, study.file.expect)) {
      ++all;
      held += expectation.holds ? 1 : 0;
      console.out << (expectation.holds ? "  holds  " : "  FAILS  ") << expectation.text << "\n         "
                  << expectation.detail << "\n"
                  << std::flush;
    }
  }
  console.out << held << " of " << all << " expectations hold\n";
  return held == all ? kDone : kFailed;
}

}  // namespace cascade::cli
