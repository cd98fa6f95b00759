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
}
