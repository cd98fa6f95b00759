#pragma once
#include <optional>
#include <string>
#include <vector>

#include "study/result.h"

namespace cascade {

/// Variants that differ along one number only.
struct SweepSeries {
  std::string name;                          ///< the variants' name without the swept setting
  std::vector<const VariantResult*> points;  ///< [xs of the series], by rising x
  std::vector<double> xs;
};

/// A study as curves over one setting.
struct Sweep {
  std::string path;                 ///< "funnel.preranking.keep"
  std::vector<double> xs;           ///< every value of it, rising
  std::vector<SweepSeries> series;  ///< in the order of the study
};

/// Finds the swept setting from the variants' settings: a number with three values or more such that the variants fall
/// into groups alike in all other settings (but for those that follow it, as in a paired sweep), each group with three
/// points or more. Quotas (".keep") come first. Nothing if there is none. The points refer to `study`.
std::optional<Sweep> find_sweep(const StudyResult& study);

}  // namespace cascade
