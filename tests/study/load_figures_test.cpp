#include "study/load_figures.h"

#include <catch2/catch.hpp>

#include "base/stats.h"
#include "engine/replicate.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("figures under load are the means over what replicates and runs of a study give") {
  const std::string serving = "serving={qps: 500, limit_ms: 5, seconds: 1, runs: 2}";
  const std::vector<Scenario> scenarios = {
      tiny_scenario({serving, "evaluate.replicates=2"}),
      tiny_scenario({serving, "evaluate.replicates=2", "funnel.recall.keep=400", "funnel.preranking.keep=300"})};
  const std::vector<LoadFigures> figures = load_figures(scenarios, {});
  REQUIRE(figures.size() == 2);
  for (std::size_t m = 0; m < 2; ++m) {
    std::vector<double> p99;
    std::vector<double> qps;
    for (std::size_t k = 0; k < 2; ++k) {
      const ReplicateRun run = run_replicate(scenarios, replicate_seed(scenarios[0].seed, k), {});
      for (const auto& [name, values] : run.points[m].serving.outcome) {
        REQUIRE(values.size() == 2);
        if (name == "rt_p99") p99.insert(p99.end(), values.begin(), values.end());
        if (name == "usable_qps") qps.insert(qps.end(), values.begin(), values.end());
      }
    }
    CHECK(figures[m].p99_ms == mean(p99));
    CHECK(figures[m].usable_qps == mean(qps));
  }
  CHECK(figures[1].p99_ms > figures[0].p99_ms);
  CHECK(figures[1].usable_qps < figures[0].usable_qps);
}
