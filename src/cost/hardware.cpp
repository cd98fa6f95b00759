#include "cost/hardware.h"

#include <algorithm>

#include "base/text.h"

#include "cost/shards.h"

namespace cascade {

void HardwareParams::fields(config::FieldVisitor& v) {
  v.field("label", label, "name shown in reports");
  v.field("gflops", gflops, "sustained 1e9 floating-point operations a second of one worker", config::above(0));
  v.field("half_speedup", half_speedup, "times as fast as that: operations in half precision (`precision` of a model)",
          config::above(0));
  v.field("gbytes_per_s", gbytes_per_s, "sustained memory reads of one worker, 1e9 bytes a second", config::above(0));
  v.field("fixed_us", fixed_us, "busy time to dispatch one stage of one request", config::at_least(0));
  v.field("network_us", network_us, "round trip to the stage's service: adds to latency, not to compute",
          config::at_least(0));
  v.field("gather_gbytes_per_s", gather_gbytes_per_s,
          "sustained reads of candidates' rows, which overlap with nothing, 1e9 bytes a second; 0: like other reads",
          config::at_least(0));
  v.field("candidate_ns", candidate_ns, "busy time a candidate besides its counted work", config::at_least(0));
}

std::string price_text(const HardwareParams& hardware) {
  std::string text;
  for (const double figure : {hardware.gflops, hardware.half_speedup, hardware.gbytes_per_s, hardware.fixed_us,
                              hardware.network_us, hardware.gather_gbytes_per_s, hardware.candidate_ns})
    text += number_text(figure) + " ";
  return text;
}

Price price(const Work& work, const HardwareParams& hardware, const Work& gathered) {
  if (work.items <= 0 && work.flops <= 0 && work.bytes <= 0) return {};
  // A GFLOP/s is 1e3 FLOPs a microsecond. Arithmetic and reads overlap: the slower of the two is what it takes.
  const double float_time = work.flops - work.half_flops + work.half_flops / hardware.half_speedup;
  const double arithmetic_us = float_time / (hardware.gflops * 1e3);
  const bool apart = hardware.gather_gbytes_per_s > 0;
  const double memory_us = (apart ? work.bytes - gathered.bytes : work.bytes) / (hardware.gbytes_per_s * 1e3);
  double busy_us = hardware.fixed_us + std::max(arithmetic_us, memory_us);
  if (apart) busy_us += gathered.bytes / (hardware.gather_gbytes_per_s * 1e3);
  busy_us += gathered.items * hardware.candidate_ns * 1e-3;
  return {hardware.network_us + busy_us, busy_us};
}

Price price(const ScorerWork& work, double n, const HardwareParams& hardware) {
  const Work gathered = n * work.per_candidate;
  return price(work.per_request + gathered, hardware, gathered);
}

void BudgetParams::fields(config::FieldVisitor& v) {
  v.field("flops", flops, "budget of one request in counted operations; 0: none", config::at_least(0));
  v.field("us", us, "budget of one request in microseconds of compute by the hardware profile; 0: none",
          config::at_least(0));
  v.field("enforce", enforce, "score only the candidates that fit, in the order in which the stage got them");
}

double used(const ScorerWork& work, double n, BudgetUnit unit, const HardwareParams& hardware) {
  return unit == BudgetUnit::flops ? (work.per_request + n * work.per_candidate).flops
                                   : price(work, n, hardware).compute_us;
}

std::size_t affordable(const ScorerWork& work, std::size_t n_in, BudgetUnit unit, double limit,
                       const HardwareParams& hardware, int shards) {
  const auto fits = [&](std::size_t n) {
    return split_used(work, static_cast<double>(n), shards, unit, hardware) <= limit;
  };
  if (!fits(0)) return 0;
  std::size_t lo = 0;
  std::size_t hi = n_in;
  while (lo < hi) {
    const std::size_t middle = lo + (hi - lo + 1) / 2;
    if (fits(middle))
      lo = middle;
    else
      hi = middle - 1;
  }
  return lo;
}

}  // namespace cascade
