#pragma once
#include "engine/environment.h"

namespace cascade {

/// Participation logs of the policy `funnel`: the first warm_up_days are shown by popularity; on them the scenario's
/// models are trained, on clicks on exposures alone whoever teaches them later, and its funnel is built, which serves
/// the days that follow. Of each request the page is kept
/// (EX), and of training days `unexposed_a_request` candidates each of RC (reached the last stage, not shown), PRC
/// (reached the first stage after recall, not passed on) and RND (drawn from the catalogue).
Logs simulate_funnel_logs(Universe& universe, const Scenario& scenario, const RunProgress& progress);

/// Appends the rows of another log of the same world.
void append_log(LogTable& table, const LogTable& more);

}  // namespace cascade
