#pragma once
#include "engine/scenario.h"
#include "world/world.h"

namespace cascade {

/// The logs of the world in `spec.files`; `bad_rows` is how many of its rows were left out. Held-out days and the
/// all-space set are simulated by the policy where the file has no row of them, for which the policy must not be a
/// funnel. Throws as read_log_csv() does, and InputError for a file without training rows, or with
/// training rows out of the order of their days or past spec.days. REQUIRES spec.from.
Logs logs_from_file(const World& world, const LogsSpec& spec, std::size_t& bad_rows);

}  // namespace cascade
