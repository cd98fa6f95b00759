#pragma once
#include <span>
#include <string>
#include <vector>

#include "study/expect.h"
#include "study/result.h"

namespace cascade {

/// Says of one expectation whether the study bears it out, with the figures. Let the *gap* be
///   above / below / near VARIANT:  quantity of `of` - quantity of VARIANT, paired (report/paired.h)
///   above / below / near NUMBER:   quantity of `of` - NUMBER
/// and g the gap towards the expected side (above: gap, below: -gap). Then
///   above, below  hold when g > by, and, as far as given,
///                 confidence:      the one-sided paired t-test of "g <= by" has p <= 1 - confidence; over the
///                 replicates
///                                  where there are three or more, else over the requests where their rows are kept
///                 standard_errors: g - by > standard_errors x the gap's standard error
///                 sign_share:      g > 0 in at least this share of the replicates
///                 beyond_rerun:    g > 2 sqrt(s_of^2 + s_other^2), s being the re-run s.d. of one measurement; 2 s_of
///                                  against a number
///   near          holds when |gap| <= tolerance, or, with standard_errors, <= standard_errors x its standard error.
/// A condition whose figure was not measured (no re-run noise, a single value) does not hold, and the detail says so.
/// A line may give several of above, below and near; all must hold.
/// Throws InputError for a variant, stage or metric that the study does not have, saying what there is, and for a line
/// that gives none of above, below and near.
ExpectationResult check_expectation(const StudyResult& study, const Expectation& expectation);

std::vector<ExpectationResult> check_expectations(const StudyResult& study, std::span<const Expectation> expectations);

/// "joint_recall@10 of COLD above two-tower with confidence 0.95".
std::string expectation_text(const Expectation& expectation);

}  // namespace cascade
