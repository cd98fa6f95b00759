#pragma once
#include <vector>

#include "engine/progress.h"
#include "engine/scenario.h"

namespace cascade {

/// What funnels do under the load of `serving:`; means over replicates and runs, NaN where nothing was answered.
struct LoadFigures {
  double p99_ms = 0;
  double usable_qps = 0;
};

/// Of scenarios that differ in their funnels only. REQUIRES that they have a load.
std::vector<LoadFigures> load_figures(std::vector<Scenario> scenarios, const RunProgress& progress);

}  // namespace cascade
