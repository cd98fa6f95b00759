#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "tests/cli/program.h"

using namespace cascade::testing;

namespace {

const char* const kVariants = "variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\n";

bool has_colours(const std::string& text) { return has(text, "\x1b["); }

std::vector<std::string> files_of(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("cli: run prints the funnel and writes every file, the result on one stream and the rest on the other") {
  const ProgramFolder folder("cascade_cli_run");
  folder.write_scenario("two.yaml", kVariants);
  const Ended ended = folder.run({"run", "two.yaml", "-o", "made/on/the/way"});
  CHECK(ended.code == 0);
  CHECK(has(ended.out, "THE FUNNEL"));
  CHECK(has(ended.out, "preranking"));
  CHECK(ended.err == "written to made/on/the/way\n");
  CHECK_FALSE(has_colours(ended.out));
  CHECK(files_of(folder.path() / "made/on/the/way") ==
        std::vector<std::string>{"report.csv", "report.html", "report.json", "report.md", "requests.csv",
                                 "scenario.yaml", "timings.json"});
  CHECK(has(folder.read("made/on/the/way/report.json"), "\"schema\": \"cascade-report/1\""));
  CHECK(has(folder.read("made/on/the/way/timings.json"), "\"wall_s\": "));
  const std::string rows = folder.read("made/on/the/way/requests.csv");
  CHECK(rows.rfind("variant,replicate,request,user,value,", 0) == 0);
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 1 + 2 * 70);
}

TEST_CASE("cli: run says what came of the expectations, which do not change its exit code") {
  const ProgramFolder folder("cascade_cli_run_expect");
  folder.write_scenario("two.yaml", std::string(kVariants) +
                                        "expect:\n  - {metric: value, of: a, above: 0}\n"
                                        "  - {metric: value, of: a, above: 1000}\n");
  const Ended ended = folder.run({"run", "two.yaml", "-o", "out"});
  CHECK(ended.code == 0);
  CHECK(has(ended.out, "EXPECTATIONS  1 of 2 hold"));
  CHECK(has(folder.read("out/report.json"), "\"text\": \"value of a above 1000\""));
  CHECK(has(folder.read("out/report.md"), "- holds: value of a above 0 ("));
}

TEST_CASE("cli: the same scenario gives the same files, and so does the resolved one, on any number of threads") {
  const ProgramFolder folder("cascade_cli_again");
  folder.write_scenario("two.yaml", kVariants);
  REQUIRE(folder.run({"run", "two.yaml", "-q", "-o", "first", "--threads", "1", "--dump"}).code == 0);
  REQUIRE(folder.run({"run", "two.yaml", "-q", "-o", "second", "--threads", "2", "--dump"}).code == 0);
  REQUIRE(folder.run({"run", "first/scenario.yaml", "-q", "-o", "third", "--dump"}).code == 0);
  for (const std::string file :
       {"report.json", "report.html", "requests.csv", "report.csv", "report.md", "scenario.yaml", "candidates.csv"}) {
    CHECK(folder.read("first/" + file) == folder.read("second/" + file));
    CHECK(folder.read("first/" + file) == folder.read("third/" + file));
  }
  CHECK(folder.run({"expand", "two.yaml"}).out == folder.read("first/scenario.yaml"));
  REQUIRE(folder.run({"run", "two.yaml", "-q", "-o", "other", "--seed", "4"}).code == 0);
  CHECK(folder.read("first/requests.csv") != folder.read("other/requests.csv"));
}

TEST_CASE("cli: a scenario far from any configs takes its parts from those above the working directory") {
  const ProgramFolder folder("cascade_cli_far");
  const std::filesystem::path source = CASCADE_SOURCE_DIR;
  std::filesystem::copy(source / "scenarios" / "tiny" / "sets.yaml", folder.path() / "far.yaml");
  const Ended ended = run_program({"validate", folder.at("far.yaml")}, source);
  CHECK(ended.err == "");
  CHECK(ended.code == 0);
}

TEST_CASE("cli: and otherwise from those above the program") {
  const ProgramFolder folder("cascade_cli_moved");
  const std::filesystem::path source = CASCADE_SOURCE_DIR;
  std::filesystem::create_directories(folder.path() / "home" / "build");
  std::filesystem::create_directories(folder.path() / "away");
  std::filesystem::copy(source / "configs", folder.path() / "home" / "configs",
                        std::filesystem::copy_options::recursive);
  std::filesystem::copy(CASCADE_PROGRAM, folder.path() / "home" / "build" / "cascade");
  std::filesystem::copy(source / "scenarios" / "tiny" / "sets.yaml", folder.path() / "away" / "far.yaml");
  const std::string command = "cd " + folder.at("away") + " && ../home/build/cascade validate far.yaml >said 2>&1";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(folder.read("away/said") == "far.yaml: valid, 12 variants, 1 replicate\n");
}

TEST_CASE("cli: without a folder nothing is written") {
  const ProgramFolder folder("cascade_cli_nothing");
  const Ended ended = folder.run({"run", "tiny.yaml"});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(files_of(folder.path()) == std::vector<std::string>{"tiny.yaml"});
}

TEST_CASE("cli: the options of run") {
  const ProgramFolder folder("cascade_cli_options");
  REQUIRE(folder
              .run({"run", "tiny.yaml", "-q", "-o", "out", "--seed", "12", "--replicates", "2", "--set",
                    "evaluate.requests=11", "--set", "funnel.ranking.keep=3"})
              .code == 0);
  const std::string scenario = folder.read("out/scenario.yaml");
  for (const char* line : {"seed: 12\n", "replicates: 2\n", "requests: 11\n", "keep: 3\n"}) CHECK(has(scenario, line));
  const std::string rows = folder.read("out/requests.csv");
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 1 + 2 * 11);
}

TEST_CASE("cli: --dump lists every candidate of every stage") {
  const ProgramFolder folder("cascade_cli_dump");
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "out", "--dump", "--set", "evaluate.requests=5"}).code == 0);
  std::istringstream lines(folder.read("out/candidates.csv"));
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(line == "variant,replicate,request,user,stage,item,rank,score,kept,true_value");
  std::size_t rows = 0;
  std::size_t on_page = 0;
  while (std::getline(lines, line)) {
    ++rows;
    CHECK(std::count(line.begin(), line.end(), ',') == 9);
    CHECK(line.rfind("base,0,", 0) == 0);
    if (has(line, ",ranking,") && has(line, ",1,")) {
      const auto last = line.rfind(',');
      if (line.substr(last - 2, 2) == ",1") ++on_page;
    }
  }
  CHECK(rows == 5 * (80 + 80 + 20));
  CHECK(on_page == 5 * 5);
}

TEST_CASE("cli: colours and progress on a terminal only, and NO_COLOR without colours") {
  const ProgramFolder folder("cascade_cli_terminal");
  const Ended shown = run_on_terminal({"run", folder.at("tiny.yaml")});
  CHECK(shown.code == 0);
  CHECK(has(shown.out, "\x1b[3"));           // a colour
  CHECK(has(shown.out, "replicate 1/1: "));  // progress
  CHECK(has(shown.out, "\r\x1b[K"));         // which is wiped
  const Ended plain = run_on_terminal({"run", "-q", folder.at("tiny.yaml")}, {"NO_COLOR=1"});
  CHECK(plain.code == 0);
  CHECK_FALSE(has_colours(plain.out));
  CHECK_FALSE(has(plain.out, "replicate 1/1: "));
  CHECK_FALSE(has_colours(run_program({"run", folder.at("tiny.yaml")}).out));
}

TEST_CASE("cli: a locale without UTF-8 gets plain characters") {
  const ProgramFolder folder("cascade_cli_ascii");
  const Ended ended = run_program({"run", folder.at("tiny.yaml")}, ".", {"LC_ALL=C"});
  CHECK(ended.code == 0);
  CHECK(std::all_of(ended.out.begin(), ended.out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}
