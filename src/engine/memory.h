#pragma once
#include <span>

#include "engine/scenario.h"

namespace cascade {

/// Bytes that run_replicate() of these points will need at most, roughly (within about 2x).
double estimate_memory(std::span<const Scenario> points);

}  // namespace cascade
