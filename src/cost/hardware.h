#pragma once
#include <cstddef>
#include <string>

#include "config/fields.h"
#include "cost/work.h"

namespace cascade {

/// What counted work costs on one kind of worker: a roofline with a fixed part. Profiles: configs/hardware.
struct HardwareParams {
  std::string label = "cpu_core";
  double gflops = 50;        ///< sustained, not peak
  double half_speedup = 1;   ///< operations in half precision are so many times as fast; 1: a CPU without them
  double gbytes_per_s = 10;  ///< sustained reads
  double fixed_us = 20;      ///< dispatch of one stage of one request (queue, kernel launches), busy time
  double network_us = 200;   ///< round trip to the stage's service: latency only
  /// Sustained reads of rows that lie anywhere, as candidates' do; they overlap with nothing. 0: reads like others.
  double gather_gbytes_per_s = 0;
  double candidate_ns = 0;  ///< busy time a candidate besides its work: its turn in gathers, its place in the selection
  void fields(config::FieldVisitor& v);
};

/// Names everything in a profile that a price depends on: equal texts, equal prices.
std::string price_text(const HardwareParams& hardware);

struct Price {
  double latency_us = 0;  ///< what the request waits
  double compute_us = 0;  ///< what a worker is busy
};

/// Monotone in every component of `work`; zero work (a stage that is off) costs nothing. `gathered`: the part of `work`
/// that is done candidate by candidate, items and bytes of it, where the profile tells that from other reads.
Price price(const Work& work, const HardwareParams& hardware, const Work& gathered = {});
/// The price of a stage that scores n candidates.
Price price(const ScorerWork& work, double n, const HardwareParams& hardware);

enum class BudgetUnit { flops, us };

/// `budget:` of a stage or of the whole request: in FLOPs or in microseconds of compute, not both.
struct BudgetParams {
  double flops = 0;  ///< a request; 0: none
  double us = 0;     ///< compute a request; 0: none
  bool enforce = false;

  BudgetUnit unit() const { return us > 0 ? BudgetUnit::us : BudgetUnit::flops; }
  double limit() const { return us > 0 ? us : flops; }
  bool given() const { return limit() > 0; }
  void fields(config::FieldVisitor& v);
};

/// What a stage that scores n candidates uses of a budget in that unit (compute_us for us).
double used(const ScorerWork& work, double n, BudgetUnit unit, const HardwareParams& hardware);

/// The largest n <= n_in whose work per_request + n * per_candidate, split over `shards` (cost/shards.h), stays within
/// `limit` (0 where not even the request's own part fits).
std::size_t affordable(const ScorerWork& work, std::size_t n_in, BudgetUnit unit, double limit,
                       const HardwareParams& hardware, int shards = 1);

}  // namespace cascade
