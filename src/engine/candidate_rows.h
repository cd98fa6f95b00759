#pragma once
#include <string>
#include <vector>

#include "engine/funnel_run.h"
#include "engine/scenario.h"

namespace cascade {

/// Rows of candidates.csv of request r of a block, stage by stage: see CandidateDump (replicate.h). `who` names variant
/// and replicate, the first two columns.
std::string candidate_rows(const World& world, const std::vector<StageSpec>& funnel, const FunnelPlan& plan,
                           const std::string& who, BlockRun& block, std::size_t r);

}  // namespace cascade
