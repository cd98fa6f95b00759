#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/files.h"
#include "tests/cli/program.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Holds a walkthrough against tests/golden/trace/NAME.txt; with CASCADE_UPDATE_GOLDEN=1 it becomes that file.
void check_golden(const std::string& name, const Ended& ended) {
  REQUIRE(ended.code == 0);
  CHECK(ended.err.empty());
  const std::filesystem::path path = std::filesystem::path(CASCADE_SOURCE_DIR) / "tests/golden/trace" / (name + ".txt");
  const char* update = std::getenv("CASCADE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") write_file_atomically(path, ended.out);
  CHECK(ended.out == read_file(path));
}

std::string tiny(const std::string& name) {
  return std::string(CASCADE_SOURCE_DIR) + "/scenarios/tiny/" + name + ".yaml";
}

}  // namespace

TEST_CASE("cli: walkthroughs of one request that people can read") {
  check_golden("two_tower", run_program({"trace", tiny("generations"), "--request", "3"}));
  check_golden("pass_through", run_program({"trace", tiny("generations"), "--request", "3", "--variant", "off"}));
  check_golden("budget", run_program({"trace", tiny("budgets"), "--request", "1", "--variant",
                                      "own keep=10, hardware={use: cpu_core, fixed_us: 5}"}));
  check_golden("multi_channel", run_program({"trace", tiny("channels"), "--request", "0", "--variant", "all"}));
  check_golden("ecpm", run_program({"trace", tiny("ads"), "--request", "2"}));
}
