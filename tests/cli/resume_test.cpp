#include <catch2/catch.hpp>
#include <filesystem>

#include "base/rng.h"
#include "tests/cli/program.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const char* const kSweep =
    "variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\nsweep: {funnel.recall.keep: [40, 80]}\n";

std::size_t count_of_files(const std::filesystem::path& folder, const std::string& extension) {
  std::size_t n = 0;
  if (!std::filesystem::exists(folder)) return 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension) ++n;
  return n;
}

}  // namespace

TEST_CASE("cli: a wider sweep runs only what is new, and gives the same report as a run of its own") {
  const ProgramFolder folder("cascade_cli_wider");
  folder.write_scenario("sweep.yaml", kSweep);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "grown", "--resume", "--replicates", "2"}).code == 0);
  CHECK(count_of_files(folder.path() / "grown/parts", ".part") == 8);
  const std::string wider = "sweep={funnel.recall.keep: [30, 40, 80]}";
  REQUIRE(
      folder.run({"run", "sweep.yaml", "-q", "-o", "grown", "--resume", "--replicates", "3", "--set", wider}).code ==
      0);
  // Points of keep 30: 2 x 3. Those of 40 and 80 were run for two of three replicates; the first point of a replicate
  // describes the world, and is one of keep 30, run anew.
  CHECK(count_of_files(folder.path() / "grown/parts", ".part") == 18);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "3", "--set", wider}).code == 0);
  CHECK(folder.read("grown/report.json") == folder.read("alone/report.json"));
  CHECK(folder.read("grown/requests.csv") == folder.read("alone/requests.csv"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "alone/parts"));
}

TEST_CASE("cli: an interrupted run says so, leaves no half file, and goes on") {
  const ProgramFolder folder("cascade_cli_interrupted");
  folder.write_scenario("sweep.yaml", kSweep);
  const std::vector<std::string> run = {"run", "sweep.yaml", "-q", "-o", "out", "--replicates", "1000"};
  const Ended interrupted = run_and_signal(run, folder.path(), "INT", 1.5);
  CHECK(interrupted.code == 130);
  CHECK(has(interrupted.err, "interrupted"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out/report.json"));
  CHECK(count_of_files(folder.path() / "out", ".tmp") == 0);
  CHECK(run_and_signal(run, folder.path(), "TERM", 1.0).code == 143);
}

TEST_CASE("cli: a run killed at a hundred moments ends with the same bytes as one left alone", "[slow]") {
  const ProgramFolder folder("cascade_cli_killed");
  folder.write_scenario("sweep.yaml", kSweep);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "6"}).code == 0);
  const std::vector<std::string> resume = {"run", "sweep.yaml", "-q", "-o", "out", "--replicates", "6", "--resume"};
  Rng rng(1, Stream::test);
  int killed = 0;
  for (int finished = 0; killed < 100; ++finished) {
    REQUIRE(finished < 1000);
    std::filesystem::remove_all(folder.path() / "out");
    // Kills until one run is through, which begins the next campaign.
    while (killed < 100 && run_and_signal(resume, folder.path(), "KILL", rng.uniform(0.05, 1.5)).code != 0) ++killed;
    REQUIRE(folder.run(resume).code == 0);
    REQUIRE(folder.read("out/report.json") == folder.read("alone/report.json"));
    REQUIRE(folder.read("out/requests.csv") == folder.read("alone/requests.csv"));
  }
}
