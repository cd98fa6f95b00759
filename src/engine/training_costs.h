#pragma once
#include <string>

#include "engine/environment.h"

namespace cascade {

/// What a model's training comes to with all that teaches it, as if nobody else used its teachers: taught_flops,
/// taught_bytes, and taught_us, their price by the scenario's hardware. REQUIRES that it is trained.
NamedFacts training_costs(const Universe& universe, const Scenario& scenario, const std::string& name);

}  // namespace cascade
