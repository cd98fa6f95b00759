#pragma once
#include <span>
#include <string>

#include "report/findings.h"
#include "report/text_line.h"
#include "study/result.h"

namespace cascade {

struct TerminalOptions {
  TextStyle style;
  int funnels = 3;  ///< variants whose funnel is drawn, from the first; with more variants or a sweep: the baseline's
};

/// The report for people, at most 100 columns wide: title, the funnels as pictures, the variants compared with the
/// baseline (a sweep as curves and a short table), the findings. No figure stands without its interval; "?" marks one
/// that rests on a single value.
std::string terminal_report(const StudyResult& study, std::span<const Finding> findings,
                            const TerminalOptions& options = {});

// Its parts.

/// One variant's funnel: a row a stage with its candidates (log scale), what is left of the oracle's top k and what
/// dies here, and its share of the compute.
std::string funnel_picture(const StudyResult& study, const VariantResult& variant, const TextStyle& style);

/// "value 4.07 ±0.21 · regret 0.385 ±0.025 · compute 1120 us · latency 1720 us".
std::string page_text(const VariantResult& variant, const TextStyle& style);
/// "preranking: 100 us, used 83 %, 12 candidates unscored". REQUIRES a budget that is given.
std::string budget_text(const std::string& name, const BudgetResult& budget);

/// Every variant with the chief metrics, and the paired gaps to the baseline below with their verdicts.
std::string comparison_table(const StudyResult& study, const TextStyle& style);

/// Whether the study simulated a load.
bool is_under_load(const StudyResult& study);
/// Every variant under load, a line each: response times, the usable load, the busiest stage and what failed; a second
/// line where requests were dropped or degraded. Of a sweep as of variants.
std::string serving_table(const StudyResult& study, const TextStyle& style);

/// Whether a variant allocates quotas by request.
bool is_allocated(const StudyResult& study);
/// Every variant that does: by stage the mean quota and the levels with their shares of the requests; a second line on
/// the budget, the price of compute and what a controller held.
std::string allocation_table(const StudyResult& study, const TextStyle& style);
/// Whether the study served days.
bool serves_days(const StudyResult& study);
/// Every variant over the days served, at most five of them, and by the age of items.
std::string days_table(const StudyResult& study, const TextStyle& style);

/// The variants of a sweep, one line each, and value and joint recall over the swept setting as curves.
std::string sweep_picture(const StudyResult& study, const TextStyle& style);

}  // namespace cascade
