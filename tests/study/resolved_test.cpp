#include "study/resolved.h"

#include <catch2/catch.hpp>

#include "engine/content_key.h"
#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Loads the resolved text of a study from a folder without configs/ and holds every point against the first's.
void check_round_trip(const std::string& more, std::initializer_list<std::string> changes = {}) {
  const ScenarioFolder folder("cascade_resolved_test");
  const Study study = folder.load(more, changes);
  const test::TemporaryFolder bare("cascade_resolved_bare");
  write_file_atomically(bare.path() / "scenario.yaml", study.resolved);
  const Study again = load_study(bare.path() / "scenario.yaml");
  INFO(study.resolved);
  CHECK(content_of(again.file.scenario) == content_of(study.file.scenario));
  CHECK(again.file.expect.size() == study.file.expect.size());
  REQUIRE(again.points.size() == study.points.size());
  for (std::size_t p = 0; p < study.points.size(); ++p) {
    CHECK(again.points[p].name == study.points[p].name);
    CHECK(content_of(again.points[p].scenario) == content_of(study.points[p].scenario));
  }
  CHECK(again.resolved == study.resolved);
}

}  // namespace

TEST_CASE("a resolved scenario alone") {
  check_round_trip("");
  check_round_trip("", {"seed=77", "world.truth.cross=0.1", "evaluate.truth_at=[7]"});
}

TEST_CASE("a resolved scenario has every default in it") {
  const ScenarioFolder folder("cascade_resolved_test");
  const std::string text = folder.load("").resolved;
  CHECK(text.find("popularity_zipf: 0.7") != std::string::npos);
  CHECK(text.find("embedding_optimizer: adagrad") != std::string::npos);
  CHECK(text.find("variants: []") != std::string::npos);
}

TEST_CASE("a resolved scenario with variants that set a value, a kind or a part") {
  check_round_trip(R"(variants:
  - {name: base}
  - {name: "quoted, \"name\"", set: {funnel.preranking.keep: 7}}
  - {name: kind of a model, set: {models.linear.kind: cold, funnel.ranking.model: linear}}
  - {name: kind of a stage, set: {funnel.preranking: {kind: logistic, model: linear, keep: 9}}}
  - {name: world, set: {world: {use: tiny}}}
  - {name: hardware, set: {funnel.recall.hardware: {use: gpu_t4}, hardware: {use: cpu_core, fixed_us: 3}}}
)");
}

TEST_CASE("a resolved scenario with variants that are not trained twice") {
  check_round_trip(R"(variants:
  - {name: base}
  - {name: once, rerun: false, set: {funnel.preranking.keep: 7}}
sweep: {funnel.ranking.keep: [3, 4]}
)",
                   {"evaluate.reruns=true"});
}

TEST_CASE("a resolved scenario whose variants alone allocate quotas") {
  check_round_trip(R"(variants:
  - {name: base}
  - {name: dcaf, set: {allocation: {kind: dcaf, stages: {preranking: {levels: [5, 10, 20]}}}, funnel.preranking.keep: 15}}
  - {name: held, set: {allocation: {kind: dcaf, stages: {preranking: {levels: [5, 10]}}, control: {kind: pid}}}}
)");
}

TEST_CASE("a resolved scenario whose variants change which models and stages there are") {
  check_round_trip(R"(variants:
  - {name: more, set: {models.extra: {kind: statistic}, funnel.preranking.model: extra}}
  - {name: fewer, set: {models: {towers: {kind: two_tower}}, funnel: [{name: only, kind: exact_inner_product, model: towers, keep: 10}]}}
  - {name: renamed, set: {funnel.preranking: {name: gate, kind: pass_through, keep: 11}}}
  - {name: feed, set: {models.recaller: {use: recaller}, models.fine: {use: fine}, funnel: {use: feed}, world: {use: feed_small}}}
  - name: channels
    set:
      funnel.recall: {kind: multi_channel, keep: 60, channels: [{name: a, keep: 30, kind: popular}]}
)");
}

TEST_CASE("a resolved scenario under a part that a variant exchanges") {
  check_round_trip("variants: [{name: a}, {name: b, set: {world.use: feed_small}}]\n",
                   {"world={use: tiny, users: 77}"});
}

TEST_CASE("a resolved scenario with sweeps") {
  check_round_trip("sweep: {funnel.preranking.keep: [10, 20], funnel.ranking.keep: [1, 3]}\n");
  check_round_trip(R"(variants: [{name: a}, {name: b, set: {funnel.ranking: {kind: oracle, keep: 5}}}]
sweep:
  paired: true
  world: [{use: tiny}, {use: tiny, dim: 6}]
  funnel.preranking.hardware: [null, {use: gpu_t4}]
expect:
  - {metric: value, of: "b world={use: tiny}, hardware=null", above: "0"}
)");
}

TEST_CASE("a variant sets what differs from the base, and no more") {
  const ScenarioFolder folder("cascade_resolved_test");
  const Study study = folder.load(
      "variants: [{name: a}, {name: b, set: {funnel.preranking: {kind: statistic, model: "
      "popular, keep: 7}, world.truth.cross: 0.5}}]\n");
  const ScenarioFolder other("cascade_resolved_other");
  const Study again = load_study(other.write("scenario.yaml", study.resolved));
  REQUIRE(again.file.variants.size() == 2);
  CHECK(again.file.variants[0].set.empty());
  CHECK(again.file.variants[1].set == std::vector<std::pair<std::string, std::string>>{
                                          {"world.truth.cross", "0.5"}, {"funnel.preranking.keep", "7"}});
}
