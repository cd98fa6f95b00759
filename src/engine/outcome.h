#pragma once
#include <functional>
#include <span>

#include "engine/environment.h"
#include "engine/replay.h"
#include "engine/replicate.h"
#include "engine/serve_blocks.h"

namespace cascade {

/// What evaluate.detail: outcome measures of points of one world, whose models are trained: `result.points` of the
/// members get users, rows with Replay::columns(), and of each stage the index and the means of its counts and costs;
/// nothing of use where this process only helps.
void measure_outcomes(std::span<const Scenario> points, std::span<const std::size_t> members, Universe& universe,
                      std::span<const Request> requests, const SharedRequests& shared, ReplicateRun& result,
                      const RunProgress& progress);

/// Calls each(first request, block) for blocks of requests served through a tree of funnels, as serve_blocks() does
/// with their ends.
void replay_all(const Replay& replay, std::span<const Request> requests, const RunProgress& progress,
                const std::function<void(std::size_t first, const ReplayBlock& block)>& each,
                const SharedRequests& shared = {}, std::span<const RequestRows> rows = {});

}  // namespace cascade
