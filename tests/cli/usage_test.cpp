#include <catch2/catch.hpp>

#include "tests/cli/program.h"

using namespace cascade::testing;

TEST_CASE("cli: help and version are results") {
  const Ended help = run_program({"--help"});
  CHECK(help.code == 0);
  CHECK(help.err.empty());
  for (const char* command : {"run", "validate", "plan", "compare", "check", "trace", "list", "describe", "schema",
                              "init", "expand", "signature", "merge", "calibrate"})
    CHECK(has(help.out, std::string("\n  ") + command + " "));
  CHECK(run_program({"run", "--help"}).code == 0);
  const Ended version = run_program({"--version"});
  CHECK(version.code == 0);
  CHECK(has(version.out, "cascade"));
}

TEST_CASE("cli: an unknown command gets the nearest one as a hint") {
  const Ended ended = run_program({"rnu", "s.yaml"});
  CHECK(ended.code == 2);
  CHECK(ended.out.empty());
  CHECK(has(ended.err, "did you mean 'cascade run'? (there are: run, validate, plan, "));
  CHECK(has(run_program({"frobnicate"}).err, "(there are: run, validate, "));
}

TEST_CASE("cli: what is missing or out of range is a fault of usage") {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"run"},
                                                       {"run", "s.yaml", "--threads", "-1"},
                                                       {"run", "s.yaml", "--threads", "many"},
                                                       {"run", "s.yaml", "--seed", "x"},
                                                       {"run", "s.yaml", "--no-such"},
                                                       {"run", "a.yaml", "b.yaml"},
                                                       {"run", "s.yaml", "--dump"},  // into which folder?
                                                       {"trace", "s.yaml"},
                                                       {"trace", "s.yaml", "--request", "-1"},
                                                       {"compare"},
                                                       {"compare", "a", "b", "--format", "pdf"},
                                                       {"schema", "world"},
                                                       {"describe"},
                                                       {"check"},
                                                       {"validate"}};
  for (const auto& arguments : wrong) {
    const Ended ended = run_program(arguments);
    INFO((arguments.empty() ? "" : arguments[0]) << ": " << ended.err);
    CHECK(ended.code == 2);
    CHECK(ended.out.empty());
    CHECK(has(ended.err, "cascade: "));
    CHECK(has(ended.err, "see: cascade --help"));
  }
}

TEST_CASE("cli: names that list and describe do not know") {
  const Ended list = run_program({"list", "stagse"});
  CHECK(list.code == 2);
  CHECK(list.err ==
        "cascade list: there is no list 'stagse'; did you mean 'stages'? (there are: stages, models, "
        "metrics, worlds, scenarios)\n");
  const Ended describe = run_program({"describe", "two_towers"});
  CHECK(describe.code == 2);
  CHECK(describe.err ==
        "cascade describe: there is nothing called 'two_towers'; did you mean 'two_tower'? (see: cascade "
        "list; cascade describe scenario)\n");
}
