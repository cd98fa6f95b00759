#include "engine/trace.h"

#include <catch2/catch.hpp>

#include "tests/engine/rows.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("a trace tells of one request what the study measures of it") {
  const Scenario scenario = tiny_scenario();
  const ReplicateRun run = run_replicate(std::span(&scenario, 1), 11, {});
  const PointRun& point = run.points[0];
  for (const std::size_t request : {std::size_t{0}, std::size_t{66}}) {
    const Trace trace = trace_request(scenario, 11, request, {});
    CHECK(trace.request == request);
    CHECK(trace.user == point.users[request]);
    REQUIRE(trace.oracle.size() == 5);
    CHECK(trace.page_value == Approx(column(point, "value")[request]));
    CHECK(1 - trace.page_value / trace.oracle_page_value == Approx(column(point, "regret")[request]).margin(1e-9));
    REQUIRE(trace.stages.size() == 3);
    std::size_t lost = 0;
    for (const TracedStage& stage : trace.stages) {
      CHECK(static_cast<double>(stage.in) == column(point, stage.name + ".in")[request]);
      CHECK(static_cast<double>(stage.out) == column(point, stage.name + ".out")[request]);
      CHECK(static_cast<double>(stage.lost.size()) / 5 == Approx(column(point, stage.name + ".lost@5")[request]));
      lost += stage.lost.size();
      for (const Loss& loss : stage.lost) {
        CHECK(loss.item == trace.oracle[loss.oracle_rank - 1].item);
        CHECK(loss.true_value == trace.oracle[loss.oracle_rank - 1].true_value);
        // Recall does not rank what it leaves; later stages rank it below what they keep.
        if (stage.name == "recall")
          CHECK(loss.rank == 0);
        else
          CHECK((loss.rank > stage.out && loss.rank <= stage.in));
      }
    }
    CHECK(static_cast<double>(5 - lost) / 5 == Approx(column(point, "joint_recall@5")[request]));
    // The page is five items, all of them listed.
    double value = 0;
    for (const TracedItem& item : trace.stages[2].best) value += item.true_value;
    CHECK(value == Approx(trace.page_value));
  }
}

TEST_CASE("a trace of a budget says what was not scored") {
  const Scenario scenario =
      tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 9, budget: {us: 22, enforce: true}}"});
  const Trace trace = trace_request(scenario, 11, 0, {});
  CHECK(trace.stages[1].cut > 0);
  CHECK(static_cast<double>(trace.stages[1].cut) == column(run_one(scenario, 11), "preranking.cut")[0]);
}
