#include "study/plan.h"

#include <catch2/catch.hpp>

#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("a plan counts what a run does") {
  const ScenarioFolder folder("cascade_plan_test");
  const Study study = folder.load(R"(variants:
  - {name: a}
  - {name: b, set: {funnel.preranking: {kind: logistic, model: linear, keep: 30}}}
  - {name: c, set: {world.dim: 3}}
  - {name: d, set: {models.linear.train.epochs: 2}}
)",
                                  {"evaluate.replicates=2"});
  const StudyPlan plan = plan_study(study, 1);
  CHECK(plan.replicates == 2);
  CHECK(plan.worlds == 2);
  REQUIRE(plan.points.size() == 4);
  const PlannedPoint& b = plan.points[1];
  CHECK(b.name == "b");
  CHECK(b.stages[0].in == 400);
  CHECK(b.stages[1].in == 80);
  CHECK(b.stages[2].in == 30);
  CHECK(b.stages[2].quota == 5);
  // The same work a stage as the run counts.
  const StudyResult result = run_study(study);
  for (std::size_t p = 0; p < 4; ++p) {
    for (std::size_t j = 0; j < 3; ++j) {
      CHECK(plan.points[p].stages[j].work.flops == Approx(result.variants[p].stages[j].work.flops));
      CHECK(plan.points[p].stages[j].work.bytes == Approx(result.variants[p].stages[j].work.bytes));
      CHECK(plan.points[p].stages[j].compute_us == Approx(result.variants[p].stages[j].compute_us));
    }
  }
  // 70 requests x (80 + 20) three times and (80 + 30) once.
  CHECK(plan.scored == 70 * (3 * 100 + 110));
  CHECK(plan.memory_bytes > 0);
  CHECK(plan.seconds > 0);
  CHECK(plan_study(study, 2).seconds == Approx(plan.seconds / 2));
}

TEST_CASE("a plan counts trainings once however many variants share them, in every world") {
  const ScenarioFolder folder("cascade_plan_test");
  // Three models; two worlds train each of them; a second training of `linear` with other settings.
  CHECK(plan_study(folder.load(""), 1).trainings == 3);
  CHECK(plan_study(folder.load("variants: [{name: a}, {name: b, set: {funnel.ranking.keep: 2}}]\n"), 1).trainings == 3);
  CHECK(plan_study(folder.load("variants: [{name: a}, {name: b, set: {world.dim: 3}}]\n"), 1).trainings == 6);
  CHECK(plan_study(folder.load("variants: [{name: a}, {name: b, set: {models.linear.init: 0.3}}]\n"), 1).trainings ==
        4);
  CHECK(plan_study(folder.load("", {"evaluate.reruns=true"}), 1).trainings == 6);
  // A model of its own that is not trained twice; the three others are, whichever variant stands first.
  const std::string once = "{name: once, rerun: false, set: {models.linear.init: 0.3}}";
  for (const std::string& variants : {"[{name: a}, " + once + "]", "[" + once + ", {name: a}]"})
    CHECK(plan_study(folder.load("variants: " + variants + "\n", {"evaluate.reruns=true"}), 1).trainings == 7);
}

TEST_CASE("a model that chooses its groups first is trained twice, and a simulated load takes its time") {
  const ScenarioFolder folder("cascade_plan_test");
  const std::string cold = "models.linear={kind: cold, select_groups: 3}";
  CHECK(plan_study(folder.load("", {"models.linear={kind: cold}"}), 1).trainings == 3);
  const StudyPlan plan = plan_study(folder.load("", {cold}), 1);
  CHECK(plan.trainings == 4);
  const std::string fewer = "variants: [{name: a}, {name: b, set: {models.linear.select_groups: 2}}]\n";
  CHECK(plan_study(folder.load(fewer, {cold}), 1).trainings == 5);  // one weighing for both
  const StudyPlan loaded =
      plan_study(folder.load("serving: {qps: 20000, limit_ms: 5, seconds: 10, runs: 2}\n", {cold}), 1);
  // 2 runs x 14 loads of 200,000 requests, a million a second.
  CHECK(loaded.seconds - plan.seconds == Approx(5.6));
}

TEST_CASE("a catalogue that fits nowhere has the work of a straight line") {
  const ScenarioFolder folder("cascade_plan_test");
  const auto flops = [&](const std::string& items) {
    return plan_study(folder.load("", {"world.items=" + items}), 1).points[0].stages[0].work.flops;
  };
  const double at_half = flops("500000");
  CHECK(flops("1000000000") == Approx(at_half + (flops("1000000") - at_half) * 1999).epsilon(1e-9));
}

TEST_CASE("stages that read a history have work in a plan") {
  const ScenarioFolder folder("cascade_plan_test");
  for (const std::string kind : {"user_history", "item_to_item"}) {
    const Study study = folder.load("", {"funnel.recall={kind: " + kind + ", keep: 80}"});
    INFO(kind);
    CHECK(plan_study(study, 1).points[0].stages[0].work.flops > 0);
  }
}
