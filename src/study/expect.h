#pragma once
#include <string>
#include <vector>

#include "config/fields.h"

namespace cascade {

/// One line of `expect:`. The compared quantity is `metric` of variant `of`, at `stage` (empty: the outcome).
struct Expectation {
  std::string metric;
  std::string of;
  std::string stage;
  std::string above;           ///< variant name or number
  std::string below;           ///< variant name or number
  std::string near;            ///< variant name or number, within `tolerance`
  std::string other_stage;     ///< stage of the other variant where it differs from `stage`
  double tolerance = 0;        ///< for near: absolute; with standard_errors > 0: in standard errors instead
  double standard_errors = 0;  ///< near: within so many standard errors; above/below: the gap beyond so many
  double by = 0;               ///< above/below: the gap must exceed this
  double confidence = 0;       ///< above/below: one-sided confidence of the paired gap; 0: the sign of the mean only
  double sign_share = 0;       ///< share of replicates in which the sign must come out (0.8: 4 of 5)
  bool beyond_rerun = false;   ///< the gap must exceed twice the re-run noise of a difference
  void fields(config::FieldVisitor& v);
};

}  // namespace cascade
