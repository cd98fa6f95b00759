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

class QuotaRule;

struct FunnelPlan {
  std::vector<PlannedStage> stages;
  BudgetParams budget;                      ///< of the whole request
  std::shared_ptr<const QuotaRule> quotas;  ///< null: every request has the quotas `keep`
};

/// Sets quotas request by request: each request is served at one of a few levels, a level being a quota for each of
/// some stages. Immutable.
class QuotaRule {
 public:
  virtual ~QuotaRule() = default;
  /// The level of a request, given what the last stage of observed() keeps for it.
  virtual std::size_t level(const Request& request, const CandidateList& seen) const = 0;
  /// A funnel without a rule of its own, as far as the stage whose list decides. Empty: nothing is looked at.
  virtual const FunnelPlan& observed() const = 0;

  std::string key;  ///< names all that it decides by
  /// [levels][stages of the funnel]; 0: the stage's own `keep`. A stage's dearest level is its `keep`.
  std::vector<std::vector<std::size_t>> quotas;
  BudgetUnit unit = BudgetUnit::flops;
  double budget = 0;  ///< mean of a whole request, in that unit
  bool allocates(std::size_t stage) const { return quotas[0][stage] > 0; }
};

/// Gives equal texts equal numbers, so that funnels that share a prefix recognise it.
class FunnelPlanner {
 public:
  FunnelPlan plan(const Scenario& scenario, std::span<const FittedStage> fitted);
  /// The same funnel with stage `stage` replaced by a control stage that keeps as many.
  FunnelPlan replace(const FunnelPlan& plan, std::size_t stage, const FittedStage& control);
  /// The same funnel with quotas by a rule.
  FunnelPlan allocate(const FunnelPlan& plan, std::shared_ptr<const QuotaRule> quotas);
  /// The funnel as far as stage `last`, which keeps `keep`; without a rule.
  FunnelPlan head(const FunnelPlan& plan, std::size_t last, std::size_t keep);
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

  /// What stage `stage` may keep of request r.
  std::size_t quota(const FunnelPlan& plan, std::size_t stage, std::size_t r);

  /// Lets go of what was run for funnels of prefix number `from` and later, recall apart.
  void forget(const FunnelPlan& plan, int from);

  /// Scores that scoring stage `by` gives to the recalled candidates at `places` of request r (positions in the list of
  /// the plan's recall stage), in that order.
  std::vector<float> scores(const FunnelPlan& plan, const PlannedStage& by, std::size_t r,
                            std::span<const std::uint32_t> places);

 private:
  StageRun recall(const FunnelPlan& plan);
  StageRun later(const FunnelPlan& plan, std::size_t stage);

  std::span<const Request> requests_;
  std::map<int, StageRun> runs_;                            ///< by prefix
  std::map<std::string, std::vector<std::size_t>> levels_;  ///< by key of a rule: [request]
  /// (recall prefix, scores id) -> [request][recalled]; NaN: not scored yet.
  std::map<std::pair<int, int>, std::vector<std::vector<float>>> tables_;
};

}  // namespace cascade
