// Every scenario of scenarios/tiny, run to a report: the same bytes on any number of threads and from its resolved
// form.
#include <algorithm>
#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/parallel.h"
#include "report/csv.h"
#include "report/findings.h"
#include "report/json.h"
#include "study/study.h"
#include "tests/tools/python.h"

using namespace cascade;

namespace {

std::vector<std::filesystem::path> tiny_scenarios() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(CASCADE_SOURCE_DIR "/scenarios/tiny"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

struct Written {
  std::string report;
  std::string requests;
};

Written run(const Study& study, int threads) {
  const ThreadLimit limit(threads);
  const StudyResult result = run_study(study);
  return {report_json(result, find_findings(result)), requests_csv(result)};
}

void check_same(const Written& a, const Written& b) {
  CHECK((a.report == b.report));  // in brackets: not printed, they are long
  CHECK((a.requests == b.requests));
}

}  // namespace

TEST_CASE("property: a report depends neither on the number of threads nor on the form of its scenario") {
  for (const std::filesystem::path& file : tiny_scenarios()) {
    INFO(file.filename().string());
    const Study study = load_study(file);
    const Written one = run(study, 1);
    const test::TemporaryFolder folder("cascade_resolved_run");
    write_file_atomically(folder.path() / "scenario.yaml", study.resolved);
    check_same(run(load_study(folder.path() / "scenario.yaml"), 3), one);
  }
}

TEST_CASE("property: a report is the same on 2 and on 7 threads", "[slow]") {
  for (const std::filesystem::path& file : tiny_scenarios()) {
    INFO(file.filename().string());
    const Study study = load_study(file);
    check_same(run(study, 2), run(study, 7));
  }
}

TEST_CASE("property: every shipped scenario opens with the comment of its question, and validates") {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(CASCADE_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().string());
    CHECK(read_file(entry.path()).rfind("# ", 0) == 0);
    const Study study = load_study(entry.path());
    CHECK_FALSE(study.file.scenario.question.empty());
    CHECK_FALSE(study.file.expect.empty());
  }
}
