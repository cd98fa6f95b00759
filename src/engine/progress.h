#pragma once
#include <functional>
#include <string>

namespace cascade {

/// Told what a run is doing: the phase in words and its done share in [0, 1]. Called from one thread at a time is not
/// promised: an implementation locks for itself. May be empty.
using RunProgress = std::function<void(const std::string& phase, double share)>;

}  // namespace cascade
