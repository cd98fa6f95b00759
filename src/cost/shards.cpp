#include "cost/shards.h"

#include <algorithm>
#include <cmath>

namespace cascade {

double shard_candidates(double n, int shard, int shards) {
  return std::max(0.0, std::ceil((n - static_cast<double>(shard)) / static_cast<double>(shards)));
}

int busy_shards(double n, int shards) {
  return n < static_cast<double>(shards) ? std::max(1, static_cast<int>(std::ceil(n))) : shards;
}

Work split_work(const ScorerWork& work, double n, int shards) {
  return static_cast<double>(busy_shards(n, shards)) * work.per_request + n * work.per_candidate;
}

Price split_price(const ScorerWork& work, double n, int shards, const HardwareParams& hardware) {
  Price total;
  for (int shard = 0; shard < busy_shards(n, shards); ++shard) {
    const Price own = price(work, shard_candidates(n, shard, shards), hardware);
    total.compute_us += own.compute_us;
    total.latency_us = std::max(total.latency_us, own.latency_us);
  }
  return total;
}

double split_used(const ScorerWork& work, double n, int shards, BudgetUnit unit, const HardwareParams& hardware) {
  return unit == BudgetUnit::flops ? split_work(work, n, shards).flops
                                   : split_price(work, n, shards, hardware).compute_us;
}

}  // namespace cascade
