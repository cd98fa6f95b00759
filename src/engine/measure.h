#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/top_k.h"
#include "data/logs.h"
#include "engine/funnel_run.h"

namespace cascade {

/// What is measured of one funnel, request by request. Columns are called "metric" for the outcome and "stage.metric"
/// for a stage; docs/reference/metrics.md defines each metric. One object a variant; immutable.
class Measures {
 public:
  Measures(const Scenario& scenario, FunnelPlan plan);
  /// Whether the regret is to be shared out over the stages of a scenario.
  static bool splits_regret(const Scenario& scenario);

  const FunnelPlan& plan() const { return plan_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// Number of the last scoring stage, whose order is the yardstick of the others; -1 where there is none.
  int fine() const { return fine_; }

  /// Measures request r of the block into `row` [columns]; what does not apply becomes NaN. `oracle`: the catalogue's
  /// best by true value, at least max(truth_at, page) items. `align`: also what needs the fine ranker's scores on
  /// every stage's candidates.
  void measure(const World& world, BlockRun& block, std::size_t r, std::span<const ScoredItem> oracle, bool align,
               std::span<double> row) const;

  /// True value of the page that another plan of the same length gives to request r.
  static double page_value(const World& world, const FunnelPlan& plan, BlockRun& block, std::size_t r);

  /// Columns of a control arm (this funnel with one stage replaced): value of the final page, its gain over
  /// this funnel's page (headroom), joint_recall@k.
  const std::vector<std::string>& arm_columns() const { return arm_columns_; }
  /// The columns regret.STAGE of request r. `swaps` [2^stages]: this funnel with the stages whose bits are set replaced
  /// by the oracle.
  void split_regret(const World& world, std::span<const FunnelPlan> swaps, BlockRun& block, std::size_t r,
                    std::span<const ScoredItem> oracle, std::span<double> row) const;

  void measure_arm(const World& world, const FunnelPlan& arm, BlockRun& block, std::size_t r,
                   std::span<const ScoredItem> oracle, std::span<double> row) const;

  /// Sums over one request's candidates of a sample space: what stage `stage` predicts for them and what the truth
  /// says. RC: came to the last stage, is not on the page. PRC: came to the first stage after recall, was not passed.
  struct Calibration {
    double predicted = 0;
    double expected = 0;
  };
  Calibration calibrate(const World& world, BlockRun& block, std::size_t r, std::size_t stage, Space space) const;

 private:
  bool allocates(std::size_t stage) const { return plan_.quotas != nullptr && plan_.quotas->allocates(stage); }
  void set(std::span<double> row, const std::string& column, double value) const;
  void align_stage(BlockRun& block, std::size_t r, std::size_t stage, std::span<const ItemId> oracle,
                   std::span<double> row) const;

  std::vector<int> truth_at_;
  FunnelPlan plan_;
  std::vector<std::string> names_;  ///< of the stages
  int fine_ = -1;
  std::size_t page_ = 0;
  std::string rate_name_;  ///< ctr, cvr, ecpm or gmv
  std::vector<std::string> columns_;
  std::map<std::string, std::size_t> column_;
  std::vector<std::string> arm_columns_;
};

/// Name of "value per item" under what the world counts as value.
std::string rate_name(Value value);

}  // namespace cascade
