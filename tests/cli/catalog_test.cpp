#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/cli/program.h"

using namespace cascade::testing;

TEST_CASE("cli: list names what there is") {
  const std::string source = CASCADE_SOURCE_DIR;
  const Ended all = run_program({"list"}, source);
  CHECK(all.code == 0);
  CHECK(all.err.empty());
  for (const char* title : {"stages\n", "models\n", "metrics\n", "worlds\n", "scenarios\n"}) CHECK(has(all.out, title));
  for (const char* name :
       {"  exact_inner_product ", "  noisy_oracle ", "  joint_recall@k ", "  tiny ", "  quickstart "})
    CHECK(has(all.out, name));
  const Ended stages = run_program({"list", "stages"}, source);
  CHECK(stages.code == 0);
  CHECK(has(stages.out, "  pass_through "));
  CHECK_FALSE(has(stages.out, "joint_recall@k"));
}

TEST_CASE("cli: describe stages, models, metrics, parts and the scenario itself") {
  const std::string source = CASCADE_SOURCE_DIR;
  const Ended two_tower = run_program({"describe", "two_tower"}, source);
  CHECK(two_tower.code == 0);
  CHECK(has(two_tower.out, "two_tower (stage)\n"));
  CHECK(has(two_tower.out, "two_tower (model)\n"));
  CHECK(has(two_tower.out, "embedding_dim"));
  CHECK(has(run_program({"describe", "joint_recall@10"}, source).out, "joint_recall@k (metric of: stage, outcome)\n"));
  CHECK(has(run_program({"describe", "tiny"}, source).out, "configs/worlds/tiny.yaml\n"));
  const Ended part = run_program({"describe", "world.truth"}, source);
  CHECK(has(part.out, "world.truth.base_click_rate: number"));
  CHECK_FALSE(has(part.out, "world.items"));
  CHECK(has(run_program({"describe", "wrld"}, source).err, "did you mean 'world'?"));
  const Ended scenario = run_program({"describe", "scenario"}, source);
  for (const char* key : {"world.truth.cross", "evaluate.truth_at", "expect.N.metric"}) CHECK(has(scenario.out, key));
}

TEST_CASE("cli: plan says what a run would do, and runs nothing") {
  const ProgramFolder folder("cascade_cli_plan");
  folder.write_scenario("two.yaml", "sweep: {funnel.preranking.keep: [10, 20]}\n");
  const Ended ended = folder.run({"plan", "two.yaml"});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(has(ended.out, "base keep=10\n  funnel.preranking.keep = 10\n  recall (exact_inner_product): 400 -> 80, "));
  CHECK(has(ended.out, "2 funnels x 1 replicate; each replicate: 1 world, 3 trainings "));
  CHECK(has(ended.out, "memory at most about "));
}

TEST_CASE("cli: init writes a commented scenario once, which validates") {
  const ProgramFolder folder("cascade_cli_init");
  std::filesystem::copy(std::string(CASCADE_SOURCE_DIR) + "/configs", folder.path() / "configs",
                        std::filesystem::copy_options::recursive);
  const Ended made = folder.run({"init"});
  CHECK(made.code == 0);
  CHECK(made.out == "wrote scenario.yaml; next: cascade run scenario.yaml\n");
  CHECK(folder.read("scenario.yaml").rfind("# A scenario to start from", 0) == 0);
  CHECK(folder.run({"validate", "scenario.yaml"}).out == "scenario.yaml: valid, 3 variants, 2 replicates\n");
  const Ended again = folder.run({"init"});
  CHECK(again.code == 4);
  CHECK(again.err == "cascade init: scenario.yaml exists already; nothing was written\n");
  CHECK(folder.run({"init", "mine.yaml"}).code == 0);
  CHECK(folder.run({"init", "no/such/folder/mine.yaml"}).code == 4);
}

TEST_CASE("cli: the scenario to start from runs and keeps what it expects", "[slow]") {
  const Ended ended = run_program({"check", std::string(CASCADE_SOURCE_DIR) + "/configs/starter.yaml"});
  CHECK(ended.code == 0);
  CHECK(has(ended.out, "2 of 2 expectations hold\n"));
}

TEST_CASE("cli: the signature does not depend on the threads") {
  const Ended one = run_program({"signature", "--threads", "1"}, CASCADE_SOURCE_DIR);
  CHECK(one.code == 0);
  CHECK(one.err.empty());
  REQUIRE(one.out.size() == 17);  // 16 digits and the end of the line
  CHECK(one.out.find_first_not_of("0123456789abcdef\n") == std::string::npos);
  CHECK(run_program({"signature", "--threads", "2"}, CASCADE_SOURCE_DIR).out == one.out);
}

TEST_CASE("cli: reference writes the generated pages") {
  const ProgramFolder folder("cascade_cli_reference");
  const Ended ended = folder.run({"reference", "pages"});
  CHECK(ended.code == 0);
  for (const char* page : {"pages/scenario.md", "pages/stages.md", "pages/models.md", "pages/metrics.md"})
    CHECK(has(folder.read(page), "do not edit"));
}
