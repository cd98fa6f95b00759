#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix.h"
#include "cost/allocation.h"
#include "engine/environment.h"
#include "engine/funnel_run.h"
#include "engine/level_gains.h"
#include "engine/scenario.h"

namespace cascade {

/// Most combinations of quotas of an allocation over several stages.
inline constexpr std::size_t kMostLevels = 200;

/// Everything that is wrong with a scenario's `allocation:`.
std::vector<ScenarioFault> allocation_faults(const Scenario& scenario);

/// The levels of an allocation, [levels][stages of the funnel]: every combination of the quotas of its stages that does
/// not grow from stage to stage, the last stage's running fastest; 0 where a stage keeps its own.
std::vector<std::vector<std::size_t>> quota_levels(const Scenario& scenario);

/// What the logged requests say of the levels: each was replayed through the funnel at each level.
struct LoggedLevels {
  std::vector<Request> requests;  ///< the latest of the training days
  Matrix<double> gains;           ///< [requests, levels] what the fine ranker expects of the page, or its soft recall
  Matrix<double> facts;           ///< [requests, facts]
  std::vector<double> costs;      ///< [levels] mean of a whole request
  double plain_cost = 0;          ///< mean of a whole request with the funnel's own quotas
};

/// A rule learned from logs: the truth has no part in it.
class LearnedQuotas final : public QuotaRule {
 public:
  LearnedQuotas(const Scenario& scenario, const FeatureStore& store, FunnelPlan observed, RequestFacts facts,
                const LoggedLevels& logged);

  std::size_t level(const Request& request, const CandidateList& seen) const override;
  const FunnelPlan& observed() const override { return observed_; }

  /// dcaf, joint: [levels] estimated gains of a request.
  std::vector<double> gains(const Request& request, const CandidateList& seen) const;
  /// dcaf, joint: the price at which the logged requests would spend this much.
  double lambda_for(double mean_cost) const { return solve_lambda(predicted_, costs_, mean_cost).lambda; }
  const std::vector<double>& costs() const { return costs_; }
  /// lambda, what it was solved for and what it came to on the logged requests.
  const std::vector<std::pair<std::string, double>>& about() const { return about_; }

 private:
  void learn_groups(const LoggedLevels& logged);
  void learn_price(const LoggedLevels& logged);
  std::size_t group_of(UserId user) const;

  AllocationParams params_;
  const FeatureStore& store_;
  FunnelPlan observed_;
  RequestFacts facts_;
  std::vector<double> costs_;             ///< [levels]
  std::size_t uniform_ = 0;               ///< the one level of a uniform allocation
  std::vector<std::size_t> group_level_;  ///< by_segment: by value of the user group
  LevelGains estimate_;                   ///< dcaf, joint
  Matrix<double> predicted_;              ///< dcaf, joint: [logged requests, levels]
  double lambda_ = 0;
  std::vector<std::pair<std::string, double>> about_;
};

/// An allocation that is ready to serve.
struct FittedAllocation {
  FunnelPlan plan;
  std::shared_ptr<const LearnedQuotas> rule;
  std::vector<FunnelPlan> at_level;  ///< [levels] the funnel with every request at that level
};

/// What a report says of stage `stage` of an allocation besides its requests: the first allocated stage tells of the
/// rule, each of the shares of requests that got each of its quotas. `allowed`: [requests] quotas that were given.
std::vector<std::pair<std::string, double>> allocation_facts(const LearnedQuotas& rule, std::size_t stage,
                                                             std::span<const double> allowed);

/// What was found by replaying logs, by these logs and all else that it depends on in one universe and with one
/// planner: allocations that differ in their kind or budget share it.
using LoggedReplays = std::map<std::pair<const Logs*, std::string>, std::shared_ptr<const LoggedLevels>>;

/// Allocates `plan`, the scenario's funnel as it is without allocation, fitted in this universe. `number` tells the
/// rules of one planner apart. The logs are replayed unless `replays` has it already.
FittedAllocation fit_allocation(Universe& universe, const Scenario& scenario, FunnelPlanner& planner,
                                const FunnelPlan& plan, int number, LoggedReplays& replays,
                                const RunProgress& progress);

}  // namespace cascade
