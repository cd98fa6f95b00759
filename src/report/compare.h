#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/info.h"
#include "report/paired.h"
#include "report/text_line.h"
#include "report/verdict.h"
#include "study/result.h"

namespace cascade {

/// `--tolerance metric=x`: the metric may be worse than the base by at most x.
struct Tolerance {
  std::string metric;  ///< "value", "preranking.lost@10"; a bare stage metric ("gauc") holds for every stage
  double worse_by = 0;
};

/// Reads "metric=x", x >= 0. Throws InputError.
Tolerance parse_tolerance(std::string_view text);

struct MetricComparison {
  std::string stage;  ///< "" for the outcome
  std::string metric;
  Direction direction = Direction::none;
  Estimate base;
  Estimate other;
  PairedGap gap;                       ///< other - base
  double p_adjusted = 1;               ///< Holm, over the outcome or over the stages; NaN where the gap has no test
  Verdict verdict = Verdict::unknown;  ///< as verdict_of(), and the adjusted p at most 0.05
  bool past_tolerance = false;
  double tolerance = -1;  ///< -1: none was given
};

struct SettingDifference {
  std::string path;
  std::string base;  ///< "" where it has no such setting
  std::string other;
};

/// One variant against another.
struct VariantComparison {
  std::string base;  ///< "A: two-tower" or "two-tower"
  std::string other;
  std::size_t paired_requests = 0;
  std::vector<SettingDifference> settings;
  std::vector<MetricComparison> metrics;
};

struct Comparison {
  std::vector<VariantComparison> pairs;
  std::vector<std::string> notes;  ///< variants of one side only, ...
  bool past_tolerance = false;     ///< exit code 1
};

/// Two reports, variant by variant of the same name (their first variants where no names agree). Pairs need one seed:
/// InputError where the seeds differ.
Comparison compare_reports(const StudyResult& a, const StudyResult& b, std::span<const Tolerance> tolerances = {},
                           std::string_view name_a = "A", std::string_view name_b = "B");

/// Variants of one report against the first of `names`; all against the baseline where `names` is empty.
Comparison compare_variants(const StudyResult& study, std::span<const std::string> names = {},
                            std::span<const Tolerance> tolerances = {});

/// Settings that differ, in the order of the base and then of the other.
std::vector<SettingDifference> differing_settings(const VariantResult& base, const VariantResult& other);

/// For people, at most 100 columns: settings, then metric by metric the gap with its interval, the adjusted p, wins /
/// ties / losses by request in the direction that is better, and the verdict. `all`: also metrics that did not change.
std::string comparison_terminal(const Comparison& comparison, const TextStyle& style, bool all = false);
std::string comparison_markdown(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

}  // namespace cascade
