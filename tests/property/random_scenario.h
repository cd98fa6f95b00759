#pragma once
#include "base/rng.h"
#include "engine/scenario.h"

namespace cascade::testing {

/// A small world, funnel and evaluation by chance: two to four stages of any kind that is made in milliseconds, quotas
/// that shrink. Valid by construction (find_faults() finds nothing).
Scenario random_scenario(Rng& rng);

/// Makes `stage` one of kind `kind` with parameters from YAML text ("model: towers").
void set_kind(StageSpec& stage, const std::string& kind, const std::string& parameters);

}  // namespace cascade::testing
