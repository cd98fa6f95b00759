#include <catch2/catch.hpp>

#include "base/files.h"
#include "tests/cli/program.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("cli: calibrate writes a profile that scenarios can use, or nothing") {
  const ProgramFolder folder("cascade_cli_calibrate");
  make_folder(folder.path() / "configs" / "worlds");
  make_folder(folder.path() / "configs" / "hardware");
  const Ended ended = folder.run(
      {"calibrate", "--rows", "10000", "--rounds", "1", "--label", "mine", "-o", "configs/hardware/mine.yaml"});
  INFO(ended.out << ended.err);
  REQUIRE(ended.code == 0);
  CHECK(has(ended.out, "held out "));
  CHECK(has(ended.out, "predicted us"));
  CHECK(ended.err == "written to configs/hardware/mine.yaml\n");
  const std::string profile = folder.read("configs/hardware/mine.yaml");
  for (const char* line :
       {"label: mine\n", "gflops: ", "gather_gbytes_per_s: ", "candidate_ns: ", "  # quartiles over "})
    CHECK(has(profile, line));
  folder.write_scenario("priced.yaml", "hardware: {use: mine}\n");
  const Ended expanded = folder.run({"expand", "priced.yaml"});
  CHECK(expanded.code == 0);
  CHECK(has(expanded.out, "label: mine"));
  CHECK(folder.run({"plan", "priced.yaml"}).code == 0);
}

TEST_CASE("cli: what calibrate cannot do") {
  const ProgramFolder folder("cascade_cli_calibrate_faults");
  CHECK(folder.run({"calibrate", "-o", "nowhere/mine.yaml"}).code == 4);
  CHECK(folder.run({"calibrate", "--rounds", "0"}).code == 2);
  CHECK(folder.run({"calibrate", "--rows", "10"}).code == 3);
  const Ended large = folder.run({"calibrate", "--rows", "100000000000"});
  CHECK(large.code == 5);
  CHECK(has(large.err, "lower --rows"));
}
