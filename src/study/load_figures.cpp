#include "study/load_figures.h"

#include "base/stats.h"
#include "engine/replicate.h"

namespace cascade {

std::vector<LoadFigures> load_figures(std::vector<Scenario> scenarios, const RunProgress& progress) {
  for (Scenario& scenario : scenarios) {
    scenario.evaluate.detail = Detail::full;
    scenario.evaluate.arm_requests = 0;
    scenario.evaluate.alignment_requests = 0;
    scenario.evaluate.split_regret = false;
    scenario.evaluate.reruns = false;
  }
  std::vector<std::vector<double>> p99(scenarios.size());
  std::vector<std::vector<double>> qps(scenarios.size());
  for (std::size_t k = 0; k < static_cast<std::size_t>(scenarios[0].evaluate.replicates); ++k) {
    const ReplicateRun run = run_replicate(scenarios, replicate_seed(scenarios[0].seed, k), progress);
    for (std::size_t m = 0; m < scenarios.size(); ++m)
      for (const auto& [name, values] : run.points[m].serving.outcome) {
        if (name == "rt_p99") p99[m].insert(p99[m].end(), values.begin(), values.end());
        if (name == "usable_qps") qps[m].insert(qps[m].end(), values.begin(), values.end());
      }
  }
  std::vector<LoadFigures> figures;
  for (std::size_t m = 0; m < scenarios.size(); ++m) figures.push_back({mean(p99[m]), mean(qps[m])});
  return figures;
}

}  // namespace cascade
