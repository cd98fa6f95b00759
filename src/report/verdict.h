#pragma once
#include <string_view>

#include "metrics/info.h"
#include "report/paired.h"

namespace cascade {

/// What a gap to the baseline means.
enum class Verdict { better, worse, changed, within_noise, unknown };

/// `unknown` for a gap without an interval; `changed` for a metric that has no better side.
Verdict verdict_of(const PairedGap& gap, Direction direction);

/// "better", "worse", "changed", "within noise", "-".
std::string_view verdict_name(Verdict verdict);

/// One sign: ▲ ▼ ≠ ≈, in ASCII ^ v ! ~.
std::string_view verdict_mark(Verdict verdict, bool unicode);

/// Metrics that stand for a variant in a short table: value, joint_recall@k (the smallest k), and, of the first stage
/// whose kind or model differs between variants (else the first with a GAUC), gauc and overlap_fine@k, as far as the
/// baseline has them. Pairs of stage ("" for the outcome) and metric.
std::vector<std::pair<std::string, std::string>> chief_metrics(const StudyResult& study);

}  // namespace cascade
