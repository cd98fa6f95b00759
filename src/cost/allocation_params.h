#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "cost/budget_controller.h"
#include "cost/hardware.h"

namespace cascade {

enum class AllocationKind { uniform, by_segment, dcaf, joint };
/// What a level gains: the predicted value of the page, or that over the value of the page at the dearest level.
enum class AllocationGoal { value, soft_recall };

/// The quotas between which a stage's allocation chooses.
struct StageLevels {
  std::vector<int> levels;  ///< ascending
  void fields(config::FieldVisitor& v);
};

/// The `allocation:` part of a scenario: quotas by request, under a mean budget.
struct AllocationParams {
  AllocationKind kind = AllocationKind::dcaf;
  std::vector<std::pair<std::string, StageLevels>> stages;
  double flops = 0;  ///< mean a request; 0 with us = 0: what the funnel costs with its own quotas
  double us = 0;
  double share = 1;     ///< of that budget
  int requests = 2000;  ///< logged requests that gains and lambda are estimated on
  AllocationGoal goal = AllocationGoal::value;
  std::vector<std::string> known = {"segment", "activity", "scores"};
  std::string group = "segment";
  ControlParams control;
  bool controlled = false;  ///< `control` is given

  BudgetUnit unit() const { return us > 0 ? BudgetUnit::us : BudgetUnit::flops; }
  /// 0: what the funnel costs with its own quotas.
  double limit() const { return us > 0 ? us : flops; }
  void fields(config::FieldVisitor& v);
};

/// What stands in `known` for the scores that the first allocated stage has given.
inline constexpr const char* kKnownScores = "scores";

}  // namespace cascade
