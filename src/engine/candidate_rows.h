#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/funnel_run.h"
#include "engine/scenario.h"

namespace cascade {

/// Writes the rows of candidates.csv of these requests in their order, stage by stage: see CandidateDump (replicate.h).
/// `who` names variant and replicate, the first two columns. Memory stays bounded however many requests there are.
void write_candidates(const World& world, const std::vector<StageSpec>& funnel, const FunnelPlan& plan,
                      const std::string& who, std::span<const Request> requests,
                      const std::function<void(const std::string& rows)>& write);

}  // namespace cascade
