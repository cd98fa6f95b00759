#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/cli/program.h"

using namespace cascade::testing;

namespace {

const ProgramFolder& folder() {
  static const ProgramFolder one("cascade_cli_faults");
  return one;
}

}  // namespace

TEST_CASE("cli: an invalid scenario is code 3, every fault with file, line and column") {
  folder().write_scenario("bad.yaml",
                          "budget: {enforce: true}\nvariants: [{name: a, set: {funnel.preranking.keep: "
                          "90}}]\nexpekt: []\n");
  for (const std::string command : {"run", "validate", "plan", "expand", "check"}) {
    const Ended ended = folder().run({command, "bad.yaml"});
    INFO(command << ": " << ended.err);
    CHECK(ended.code == 3);
    CHECK(ended.out.empty());
    CHECK(has(ended.err, "bad.yaml:18:1: expekt: "));
  }
  folder().write_scenario("worse.yaml",
                          "budget: {enforce: true}\nvariants: [{name: a, set: {funnel.preranking.keep: "
                          "90}}]\n");
  const Ended both = folder().run({"validate", "worse.yaml"});
  CHECK(both.code == 3);
  CHECK(has(both.err, "worse.yaml:16:19: budget.enforce: there is no limit to enforce: give flops or us\n"));
  CHECK(has(both.err, "worse.yaml:17:52: funnel.1.keep: a quota cannot grow"));
}

TEST_CASE("cli: validate says of each file whether it is valid") {
  folder().write_scenario("worse.yaml", "budget: {enforce: true}\n");
  folder().write_scenario("three.yaml", "sweep: {funnel.ranking.keep: [1, 2, 3]}\n");
  const Ended ended = folder().run({"validate", "tiny.yaml", "worse.yaml", "three.yaml"});
  CHECK(ended.code == 3);
  CHECK(ended.out == "tiny.yaml: valid, 1 variant, 1 replicate\nthree.yaml: valid, 3 variants, 1 replicate\n");
  CHECK(folder().run({"validate", "tiny.yaml", "three.yaml"}).code == 0);
}

TEST_CASE("cli: faults of --set name it, and the column in it") {
  const Ended ended = folder().run({"validate", "tiny.yaml", "--set", "funnel.ranking.keep=many"});
  CHECK(ended.code == 3);
  CHECK(has(ended.err, "--set:1:21: funnel.ranking.keep: expected a whole number, got many"));
  CHECK(folder().run({"run", "tiny.yaml", "--set", "nonsense"}).code == 3);
  CHECK(folder().run({"run", "tiny.yaml", "--replicates", "0"}).code == 3);
}

TEST_CASE("cli: what cannot be read is code 4") {
  for (const std::string command : {"run", "validate", "plan", "expand", "check"}) {
    const Ended ended = folder().run({command, "none.yaml"});
    CHECK(ended.code == 4);
    CHECK(ended.err == "cascade: cannot read none.yaml: No such file or directory\n");
  }
  CHECK(folder().run({"compare", "nowhere"}).code == 4);
  CHECK(folder().run({"run", "."}).code == 4);
}

TEST_CASE("cli: a folder that cannot be written is code 4, before anything is run") {
  const Ended file = folder().run({"run", "tiny.yaml", "-o", "tiny.yaml"});
  CHECK(file.code == 4);
  CHECK(file.out.empty());
  CHECK(has(file.err, "tiny.yaml"));
  const Ended device = folder().run({"run", "tiny.yaml", "-o", "/proc/cascade"});
  CHECK(device.code == 4);
  CHECK(has(device.err, "/proc/cascade"));
  const Ended there = folder().run({"run", "tiny.yaml", "-o", "/proc"});
  CHECK(there.code == 4);
  CHECK(there.out.empty());
}

TEST_CASE("cli: a standard output that is full is code 4") {
  const std::string command = std::string("'") + CASCADE_PROGRAM + "' list >/dev/full 2>/dev/null";
  const int status = std::system(command.c_str());
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 4);
}

TEST_CASE("cli: what is too large is refused, code 5, with what to lower") {
  const std::vector<std::vector<std::string>> commands = {{"run", "tiny.yaml"},
                                                          {"trace", "tiny.yaml", "--request", "0"}};
  for (std::vector<std::string> command : commands) {
    command.insert(command.end(), {"--set", "world.items=4000000000"});
    const Ended ended = folder().run(command);
    INFO(command[0] << ": " << ended.err);
    CHECK(ended.code == 5);
    CHECK(ended.out.empty());
    CHECK(has(ended.err, "cascade: refused: the run needs about "));
    CHECK(has(ended.err, "lower world.users (120), world.items (4000000000), "));
  }
}

TEST_CASE("cli: requests and variants that trace does not have") {
  const Ended request = folder().run({"trace", "tiny.yaml", "--request", "70"});
  CHECK(request.code == 3);
  CHECK(request.err == "--request: there are 70 requests, numbered from 0, got 70\n");
  const Ended variant = folder().run({"trace", "tiny.yaml", "--request", "1", "--variant", "bsae"});
  CHECK(variant.code == 3);
  CHECK(has(variant.err, "there is no variant 'bsae'; did you mean 'base'? (there are: base)"));
}

TEST_CASE("cli: what is too large can be planned, and the plan says that it does not fit") {
  const Ended ended = folder().run({"plan", "tiny.yaml", "--set", "world.items=4000000000"});
  CHECK(ended.code == 0);
  CHECK(has(ended.out, "recall (exact_inner_product): 4G -> 80, "));
  CHECK(has(ended.out, " GB, more than the "));
}
