#include <catch2/catch.hpp>

#include "tests/cli/program.h"

using namespace cascade::testing;

namespace {

/// Reports of two variants (out), of the same under another last stage (wide), and of another seed.
class Reports : public ProgramFolder {
 public:
  Reports() : ProgramFolder("cascade_cli_compare") {
    write_scenario("two.yaml",
                   "variants: [{name: a}, {name: b, set: {funnel.preranking: {kind: oracle, keep: 20}}}]\n");
    REQUIRE(run({"run", "two.yaml", "-q", "-o", "out"}).code == 0);
    REQUIRE(run({"run", "two.yaml", "-q", "-o", "wide", "--set", "funnel.ranking={kind: oracle, keep: 5}"}).code == 0);
    REQUIRE(run({"run", "two.yaml", "-q", "-o", "seed", "--seed", "77"}).code == 0);
  }
};

const ProgramFolder& reports() {
  static const Reports folder;
  return folder;
}

}  // namespace

TEST_CASE("cli: compare variants of a report, all of them or those named") {
  const Ended all = reports().run({"compare", "out"});
  CHECK(all.code == 0);
  CHECK(all.err.empty());
  CHECK(has(all.out, "funnel.preranking.kind"));
  CHECK(has(all.out, "value"));
  const Ended named = reports().run({"compare", "out", "b", "a"});
  CHECK(named.code == 0);
  CHECK(named.out != all.out);
  const Ended unknown = reports().run({"compare", "out", "c"});
  CHECK(unknown.code == 3);
  CHECK(has(unknown.err, "there is no variant 'c'"));
}

TEST_CASE("cli: compare two report folders") {
  const Ended same = reports().run({"compare", "out", "out"});
  CHECK(same.code == 0);
  const Ended other = reports().run({"compare", "out", "wide"});
  CHECK(other.code == 0);
  CHECK(has(other.out, "funnel.ranking.kind"));
  CHECK(reports().run({"compare", "out", "seed"}).code == 3);
}

TEST_CASE("cli: past a tolerance compare fails, code 1") {
  // The oracle's page is worth more: the other way round it is worse by more than 0.01, but not by more than 100.
  CHECK(reports().run({"compare", "out", "b", "a", "--tolerance", "value=0.01"}).code == 1);
  CHECK(reports().run({"compare", "out", "b", "a", "--tolerance", "value=100"}).code == 0);
  CHECK(reports().run({"compare", "out", "a", "b", "--tolerance", "value=0.01"}).code == 0);
  CHECK(reports().run({"compare", "wide", "out", "--tolerance", "regret=0.001", "--tolerance", "value=0.01"}).code ==
        1);
  CHECK(reports().run({"compare", "out", "wide", "--tolerance", "regret=0.001"}).code == 0);
  CHECK(reports().run({"compare", "out", "--tolerance", "value"}).code == 3);
}

TEST_CASE("cli: compare as text, Markdown and JSON") {
  const Ended markdown = reports().run({"compare", "out", "--format", "markdown"});
  CHECK(markdown.code == 0);
  CHECK(has(markdown.out, "|"));
  const Ended json = reports().run({"compare", "out", "--format", "json"});
  CHECK(json.code == 0);
  CHECK(json.out[0] == '{');
  CHECK(reports().run({"compare", "out", "--all"}).out.size() > reports().run({"compare", "out"}).out.size());
}

TEST_CASE("cli: a damaged report is a fault of the input") {
  const ProgramFolder folder("cascade_cli_damaged");
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "out"}).code == 0);
  std::filesystem::resize_file(folder.path() / "out/report.json", 100);
  CHECK(folder.run({"compare", "out", "out"}).code == 3);
  std::filesystem::remove(folder.path() / "out/report.json");
  CHECK(folder.run({"compare", "out", "out"}).code == 4);
}
