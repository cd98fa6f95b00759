#include "engine/expected_work.h"

#include <catch2/catch.hpp>

#include "tests/engine/served.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

void check_same(const Work& planned, const Work& counted) {
  CHECK(planned.items == counted.items);
  CHECK(planned.flops == counted.flops);
  CHECK(planned.bytes == counted.bytes);
}

}  // namespace

TEST_CASE("the work that is planned is the work that is counted") {
  const std::vector<Scenario> scenarios = {
      tiny_scenario(),
      tiny_scenario({"models.linear.kind=cold", "funnel.ranking={kind: cold, model: linear, keep: 5}"}),
      tiny_scenario({"models.linear.kind=deep_mlp", "funnel.preranking={kind: pass_through, keep: 20}"}),
      tiny_scenario({"funnel.recall={kind: popular, keep: 80}", "funnel.ranking={kind: oracle, keep: 5}"})};
  for (const Scenario& scenario : scenarios) {
    const std::vector<ScorerWork> planned = expected_work(scenario);
    Served served(scenario);
    const FunnelPlan plan = served.plan(scenario);
    REQUIRE(planned.size() == plan.stages.size());
    for (std::size_t j = 0; j < planned.size(); ++j) {
      check_same(planned[j].per_request, plan.stages[j].fitted.work.per_request);
      check_same(planned[j].per_candidate, plan.stages[j].fitted.work.per_candidate);
      check_same(planned[j].index_build, plan.stages[j].fitted.work.index_build);
    }
  }
}
