#pragma once
#include <string>
#include <vector>

#include "study/result.h"

namespace cascade {

/// One sentence that the figures of a study bear out.
struct Finding {
  std::string kind;  ///< the rule: "bottleneck", "comparison", ...
  std::string text;  ///< one sentence for people; every number in it comes from the study
};

/// When each rule speaks. None of these is a measured figure; they say how large an effect is worth a sentence.
struct FindingThresholds {
  double bottleneck_share = 0.4;  ///< a stage loses this share of all that the funnel loses of the oracle's top k
  double bottleneck_lost = 0.05;  ///< and at least this share of the oracle's top k
  double cost_share = 0.5;        ///< a stage takes this share of the compute
  double pcoc_low = 0.67;         ///< predicted over observed outside these two is called miscalibrated
  double pcoc_high = 1.5;
  double worth = 0.01;    ///< head-room of a stage, as a share of the value, that is worth naming
  std::size_t pairs = 6;  ///< variants compared with the baseline one sentence each; above it, the best only
};

/// The findings of a study, in the order: warnings, bottleneck, comparison, saturation (of a sweep), cost, budget,
/// calibration, head-room. Rules, with S the baseline's stages and k the smallest of truth_at:
/// - `warning`: every warning of the validity checks.
/// - `bottleneck`: the stage with the largest lost@k, if it passes bottleneck_share and bottleneck_lost.
/// - `comparison`: each variant against the baseline in value, in joint_recall@k and in the GAUC of a stage whose model
///   or kind differs: "beats" or "loses to" where the paired interval leaves out 0 and the gap exceeds twice the
///   re-run noise of a difference (where that was measured), else "is within noise of". Nothing where both are equal.
/// - `saturation`: along a sweep, the smallest setting whose value is not below the best one's beyond noise.
/// - `cost`: the stage with the largest compute_us, if it passes cost_share.
/// - `budget`: every stage, or the whole request, whose utilisation exceeds 1, or that left candidates unscored.
/// - `calibration`: pcoc.SPACE beyond the two bounds, its interval leaving them out.
/// - `headroom`: the stage with the largest oracle arm, if it passes `worth`.
std::vector<Finding> find_findings(const StudyResult& study, const FindingThresholds& thresholds = {});

}  // namespace cascade
