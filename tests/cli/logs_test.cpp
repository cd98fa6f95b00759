#include <catch2/catch.hpp>
#include <regex>
#include <sstream>

#include "base/files.h"
#include "tests/cli/program.h"

using namespace cascade::testing;

namespace {

const char* const kFrom = "logs.from=out/logs/logs-*.csv";

/// report.json without the lines of settings that say where logs come from.
std::string without_source(const std::string& report) {
  std::istringstream lines(report);
  std::string kept;
  for (std::string line; std::getline(lines, line);)
    if (!has(line, "\"logs.from\"") && !has(line, "\"logs.content\"") && !has(line, "\"logs.bad_rows\""))
      kept += line + "\n";
  return kept;
}

}  // namespace

TEST_CASE("cli: training from dumped logs gives the same report") {
  const ProgramFolder folder("cascade_cli_logs");
  folder.write_scenario("two.yaml", "variants: [{name: a}, {name: b, set: {logs.position_bias: 0.5}}]\n");
  REQUIRE(folder.run({"run", "two.yaml", "-q", "-o", "out", "--dump-logs", "--replicates", "2"}).code == 0);
  CHECK(folder.read("out/logs/variants.csv") ==
        "file,replicate,variant\nlogs-0.csv,0,a\nlogs2-0.csv,0,b\nlogs-1.csv,1,a\nlogs2-1.csv,1,b\n");

  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "own", "--replicates", "2"}).code == 0);
  const Ended read = folder.run({"run", "tiny.yaml", "-q", "-o", "read", "--replicates", "2", "--set", kFrom});
  INFO(read.err);
  REQUIRE(read.code == 0);
  CHECK(folder.read("own/requests.csv") == folder.read("read/requests.csv"));
  CHECK(folder.read("own/report.csv") == folder.read("read/report.csv"));
  CHECK(folder.read("own/report.json") == without_source(folder.read("read/report.json")));
  // The resolved scenario finds the files from where it stands, and holds them to their content.
  REQUIRE(folder.run({"run", "read/scenario.yaml", "-q", "-o", "again"}).code == 0);
  CHECK(folder.read("own/requests.csv") == folder.read("again/requests.csv"));
  std::string logs = folder.read("out/logs/logs-1.csv");
  cascade::write_file_atomically(folder.path() / "out/logs/logs-1.csv", logs + "train,x\n");
  const Ended changed = folder.run({"validate", "read/scenario.yaml"});
  CHECK(changed.code == 3);
  CHECK(has(changed.err + changed.out, "the logs are not those of before"));
}

TEST_CASE("cli: faults of a file of logs say where") {
  const ProgramFolder folder("cascade_cli_log_faults");
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "out", "--dump-logs"}).code == 0);
  const std::string file = "out/logs/logs-0.csv";
  const std::string good = folder.read(file);
  const auto run = [&](const std::string& text, const std::vector<std::string>& more = {}) {
    cascade::write_file_atomically(folder.path() / file, text);
    std::vector<std::string> arguments = {"run", "tiny.yaml", "-q", "--set", "logs.from=" + file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folder.run(arguments);
  };
  const Ended bad = run(good + "train,x\n");
  CHECK(bad.code == 3);
  CHECK(has(bad.err, "1 of 2501 rows are bad and logs.bad_rows allows 0"));
  CHECK(has(bad.err, file + ":2502: expected "));
  CHECK(run(good + "train,x\n", {"--set", "logs.bad_rows=1"}).code == 0);
  const Ended renamed = run("S" + good);
  CHECK(renamed.code == 3);
  CHECK(has(renamed.err, "column 'set' is missing"));
  CHECK(has(renamed.err, "did you mean 'set'?"));
  const Ended late = run(std::regex_replace(good, std::regex("\ntrain,0,199,"), "\ntrain,4,199,"));
  CHECK(late.code == 3);
  CHECK(has(late.err, "set train has rows of day 4, but logs.days is 1"));
  const Ended one_for_two = run(good, {"--replicates", "2"});
  CHECK(one_for_two.code == 3);
  CHECK(has(one_for_two.err, "name a file for each"));
  CHECK(folder.run({"validate", "tiny.yaml", "--set", "logs.from=nowhere.csv"}).code == 3);
  CHECK(folder.run({"validate", "tiny.yaml", "--set", "logs.bad_rows=3"}).code == 3);
}

TEST_CASE("cli: a run goes on only from what it made of the same logs") {
  const ProgramFolder folder("cascade_cli_log_resume");
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "out", "--dump-logs"}).code == 0);
  const std::vector<std::string> arguments = {"run",  "tiny.yaml", "-q",    "-o",
                                              "read", "--resume",  "--set", "logs.from=out/logs/logs-0.csv"};
  REQUIRE(folder.run(arguments).code == 0);
  const std::string first = folder.read("read/requests.csv");
  // Half of the training rows.
  const std::string good = folder.read("out/logs/logs-0.csv");
  const std::size_t cut = good.find("\ntrain,0,100,");
  REQUIRE(cut != std::string::npos);
  const std::size_t next = good.find("\nnext_day,");
  cascade::write_file_atomically(folder.path() / "out/logs/logs-0.csv", good.substr(0, cut) + good.substr(next));
  REQUIRE(folder.run(arguments).code == 0);
  CHECK(folder.read("read/requests.csv") != first);
}
