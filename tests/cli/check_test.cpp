#include <catch2/catch.hpp>

#include "tests/cli/program.h"

using namespace cascade::testing;

namespace {

const std::string kHolds =
    "variants: [{name: a}, {name: b, set: {funnel.ranking: {kind: oracle, keep: 5}}}]\nexpect:\n"
    "  - {metric: value, of: b, above: a}\n";

}  // namespace

TEST_CASE("cli: check says which expectations hold; one that fails is code 1") {
  const ProgramFolder folder("cascade_cli_check");
  folder.write_scenario("holds.yaml", kHolds);
  folder.write_scenario("fails.yaml", kHolds + "  - {metric: value, of: a, above: b}\n");
  const Ended holds = folder.run({"check", "holds.yaml"});
  CHECK(holds.code == 0);
  CHECK(holds.err.empty());
  CHECK(has(holds.out, "holds.yaml\n  holds  value of b above a\n"));
  CHECK(has(holds.out, "1 of 1 expectations hold\n"));
  const Ended fails = folder.run({"check", "fails.yaml"});
  CHECK(fails.code == 1);
  CHECK(has(fails.out, "  holds  value of b above a\n"));
  CHECK(has(fails.out, "  FAILS  value of a above b\n"));
  CHECK(has(fails.out, "1 of 2 expectations hold\n"));
}

TEST_CASE("cli: check takes folders, and says of a scenario that expects nothing that it does not") {
  const ProgramFolder folder("cascade_cli_check_folder");
  std::filesystem::create_directories(folder.path() / "all/deeper");
  folder.write_scenario("all/b.yaml", kHolds);
  folder.write_scenario("all/deeper/a.yaml", "");
  const Ended ended = folder.run({"check", "all", "--replicates", "2"});
  CHECK(ended.code == 0);
  CHECK(has(ended.out, "all/b.yaml\n  holds"));
  CHECK(has(ended.out, "all/deeper/a.yaml: expects nothing\n"));
  CHECK(has(ended.out, "1 of 1 expectations hold\n"));
}
