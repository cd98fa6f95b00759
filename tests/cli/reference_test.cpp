#include <catch2/catch.hpp>
#include <filesystem>

#include "base/files.h"
#include "tests/cli/program.h"

namespace cascade::testing {
namespace {

TEST_CASE("docs/reference is what the program writes of itself") {
  const test::TemporaryFolder folder("cascade_reference");
  const Ended ended = run_program({"reference", "written"}, folder.path());
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const std::filesystem::path committed = std::filesystem::path(CASCADE_SOURCE_DIR) / "docs" / "reference";
  for (const char* page : {"scenario.md", "stages.md", "models.md", "metrics.md"}) {
    INFO("docs/reference/" << page << " is out of date; in the root of the repository run: "
                           << "cascade reference docs/reference");
    REQUIRE(std::filesystem::exists(committed / page));
    const bool same = read_file(committed / page) == read_file(folder.path() / "written" / page);
    CHECK(same);
  }
}

}  // namespace
}  // namespace cascade::testing
