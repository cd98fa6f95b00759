#pragma once
#include "cost/hardware.h"

namespace cascade {

/// A request whose candidates are split evenly over shards that work side by side (COLD, arXiv 2007.16122, Section 4):
/// each repeats the user's side of the work and is dispatched on its own, so the request waits less and costs more.

/// Candidates of shard `shard` of `shards`, of n in all: the first shards take one more where the split leaves a rest.
double shard_candidates(double n, int shard, int shards);

/// Shards that get a candidate, one at least: the others are not asked.
int busy_shards(double n, int shards);

/// per_request on every busy shard + n * per_candidate.
Work split_work(const ScorerWork& work, double n, int shards);

/// Compute is the sum over the busy shards; the request waits for the first, which has most to do.
Price split_price(const ScorerWork& work, double n, int shards, const HardwareParams& hardware);

/// What that uses of a budget in this unit.
double split_used(const ScorerWork& work, double n, int shards, BudgetUnit unit, const HardwareParams& hardware);

}  // namespace cascade
