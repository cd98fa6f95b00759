#include <catch2/catch.hpp>

#include "base/files.h"
#include "tests/cli/program.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("cli: schemas are JSON on standard output") {
  const Ended scenario = run_program({"schema"});
  CHECK(scenario.code == 0);
  CHECK(scenario.err.empty());
  CHECK(has(scenario.out, "json-schema.org"));
  CHECK(has(run_program({"schema", "report"}).out, "cascade-report/1"));
}

TEST_CASE("cli: an independent validator finds every shipped scenario valid, and slips in them not", "[slow]") {
  const ProgramFolder folder("cascade_cli_schema");
  write_file_atomically(folder.path() / "schema.json", run_program({"schema"}).out);
  std::vector<std::string> arguments = {folder.at("schema.json"), folder.at("tiny.yaml")};
  const std::filesystem::path source = CASCADE_SOURCE_DIR;
  arguments.push_back((source / "configs/starter.yaml").string());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source / "scenarios"))
    if (entry.path().extension() == ".yaml") arguments.push_back(entry.path().string());
  const Ended expanded = run_program({"expand", (source / "scenarios/tiny/generations.yaml").string()});
  write_file_atomically(folder.path() / "expanded.yaml", expanded.out);
  arguments.push_back(folder.at("expanded.yaml"));
  arguments.push_back("--invalid");
  const std::vector<std::string> slips = {"expekt: []\n",
                                          "hardware: {gflops: -1}\n",
                                          "budget: {enforce: 3}\n",
                                          "variants: [{nome: a}]\n",
                                          "expect: [{metric: 5}]\n",
                                          "sweep: [1]\n"};
  for (std::size_t s = 0; s < slips.size(); ++s) {
    const std::string name = "slip" + std::to_string(s) + ".yaml";
    folder.write_scenario(name, slips[s]);
    CHECK(folder.run({"validate", name}).code == 3);
    arguments.push_back(folder.at(name));
  }
  const test::ScriptResult result = test::run_python("check_schema.py", arguments);
  if (result.missing) {
    WARN("skipped: " << result.output);
    return;
  }
  INFO(result.output);
  CHECK(result.status == 0);
}

TEST_CASE("cli: an independent validator finds a report valid", "[slow]") {
  const ProgramFolder folder("cascade_cli_report_schema");
  write_file_atomically(folder.path() / "schema.json", run_program({"schema", "report"}).out);
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "out"}).code == 0);
  const test::ScriptResult result =
      test::run_python("check_schema.py", {folder.at("schema.json"), folder.at("out/report.json")});
  if (result.missing) {
    WARN("skipped: " << result.output);
    return;
  }
  INFO(result.output);
  CHECK(result.status == 0);
}
