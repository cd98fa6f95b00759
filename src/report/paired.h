#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "study/result.h"

namespace cascade {

/// A difference of one quantity between two variants, other - base, paired by replicate and request.
///
/// Units: a per-request metric is subtracted request by request and then estimated as base/stats.h does two-level data:
/// over the replicates' means where there are three replicates or more (each replicate trains anew, so its requests
/// share one draw of the models), over the requests below that. Other metrics are subtracted by replicate. Differences
/// below 1e-12 of the values are rounding and count as 0.
struct PairedGap {
  Estimate gap;
  std::string unit;                  ///< "replicates", "requests", or "means" for a bare difference without a spread
  std::vector<double> by_replicate;  ///< other - base in each replicate; NaN where either does not apply
  double standard_error = 0;         ///< of the gap, in `unit`; NaN for "means" and for a single value
  double degrees_of_freedom = 0;     ///< of its t distribution
  double p_t = 1;                    ///< two-sided paired t over `unit`; NaN where the standard error is
  double p_wilcoxon = 1;             ///< two-sided signed ranks over requests; NaN for metrics not per request
  std::size_t wins = 0;              ///< requests in which other is larger (not: better)
  std::size_t ties = 0;
  std::size_t losses = 0;
  double rerun_noise = 0;  ///< s.d. of re-run noise of a difference; NaN where not measured on either side

  bool applies() const { return gap.n > 0; }
  /// The interval leaves out 0 and, where re-run noise was measured, the gap exceeds twice that of a difference.
  bool beyond_noise() const;
};

/// s.d. of the difference of two re-runs: sqrt(a^2 + b^2); where one was not measured it is taken to be as noisy as the
/// other. NaN where neither was.
double rerun_noise_of_difference(double sd_a, double sd_b);

/// Two variants of one seed, their requests matched once. Keeps references to both.
class VariantPair {
 public:
  /// Throws InputError where a (replicate, request) of both belongs to different users: such pairs are none.
  VariantPair(const VariantResult& base, const VariantResult& other);

  /// Throws InputError (with what there is) for a quantity that either does not have.
  PairedGap gap(std::string_view stage, std::string_view metric) const { return gap(stage, metric, stage, metric); }
  PairedGap gap(std::string_view base_stage, std::string_view base_metric, std::string_view other_stage,
                std::string_view other_metric) const;

  const VariantResult& base() const { return base_; }
  const VariantResult& other() const { return other_; }
  std::size_t num_paired_requests() const { return rows_.size(); }

 private:
  const VariantResult& base_;
  const VariantResult& other_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> rows_;  ///< of the two tables, by replicate and request
};

/// One variant's quantity minus a number.
PairedGap gap_to_number(const VariantResult& variant, std::string_view stage, std::string_view metric, double number);

}  // namespace cascade
