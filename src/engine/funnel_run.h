#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cost/hardware.h"
#include "engine/environment.h"
#include "funnel/candidates.h"

namespace cascade {

/// One stage as a block runner sees it.
struct PlannedStage {
  FittedStage fitted;
  std::size_t keep = 0;
  BudgetParams budget;
  HardwareParams hardware;
  int shards = 1;
  int scores_id = 0;  ///< equal for stages that give equal scores
  int prefix_id = 0;  ///< equal for funnels that are equal up to this stage
};

/// What a stage after recall does for a request of which it scores `scored` candidates: nothing for none.
Work stage_work(const PlannedStage& stage, std::size_t scored);
/// What `work` costs there, which is that of the stage for `scored` candidates, on this hardware; recall's is whole.
Price stage_price(const PlannedStage& stage, const HardwareParams& hardware, const Work& work, std::size_t scored);
/// What it uses of a budget in this unit, on the stage's own hardware.
double stage_used(const PlannedStage& stage, const Work& work, std::size_t scored, BudgetUnit unit);

struct FunnelPlan {
  std::vector<PlannedStage> stages;
  BudgetParams budget;  ///< of the whole request
};

/// Gives equal texts equal numbers, so that funnels that share a prefix recognise it.
class FunnelPlanner {
 public:
  FunnelPlan plan(const Scenario& scenario, std::span<const FittedStage> fitted);
  /// The same funnel with stage `stage` replaced by a control stage that keeps as many.
  FunnelPlan replace(const FunnelPlan& plan, std::size_t stage, const FittedStage& control);
  int num_prefixes() const { return static_cast<int>(prefixes_.size()); }

 private:
  void number(FunnelPlan& plan);
  std::map<std::string, int> scores_;
  std::map<std::string, int> prefixes_;
};

/// What one stage did with a block of requests.
struct StageRun {
  CandidateBlock kept;
  std::vector<std::vector<std::uint32_t>> place;  ///< [request][kept]: position in the recall stage's list
  std::vector<std::vector<float>> scores;         ///< [request][scored candidates]: scoring stages after recall only
  std::vector<std::size_t> in;                    ///< [request]
  std::vector<std::size_t> cut;                   ///< [request] candidates not scored for want of budget: the last ones
  std::vector<Work> work;                         ///< [request]
  std::vector<double> spent;                      ///< [request] of the whole request's budget so far, in its unit
};

/// Serves one block of requests through any number of funnels and keeps what they share: stages of a common prefix run
/// once, and a scorer scores a candidate once (scores do not depend on the other candidates, so that a narrower
/// funnel is a replay of the wide one's scores). One thread.
class BlockRun {
 public:
  explicit BlockRun(std::span<const Request> requests) : requests_(requests) {}
  std::span<const Request> requests() const { return requests_; }

  /// The run of stage `stage` of the funnel, with all before it.
  const StageRun& stage(const FunnelPlan& plan, std::size_t stage);

  /// Lets go of what was run for funnels of prefix number `from` and later, recall apart.
  void forget(const FunnelPlan& plan, int from);

  /// Scores that scoring stage `by` gives to the recalled candidates at `places` of request r (positions in the list of
  /// the plan's recall stage), in that order.
  std::vector<float> scores(const FunnelPlan& plan, const PlannedStage& by, std::size_t r,
                            std::span<const std::uint32_t> places);

 private:
  StageRun recall(const PlannedStage& stage, const FunnelPlan& plan) const;
  StageRun later(const FunnelPlan& plan, std::size_t stage);

  std::span<const Request> requests_;
  std::map<int, StageRun> runs_;  ///< by prefix
  /// (recall prefix, scores id) -> [request][recalled]; NaN: not scored yet.
  std::map<std::pair<int, int>, std::vector<std::vector<float>>> tables_;
};

}  // namespace cascade
