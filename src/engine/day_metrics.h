#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/top_k.h"
#include "engine/funnel_run.h"
#include "engine/replicate.h"

namespace cascade {

/// What is measured of a funnel that serves day after day: of whole days, and of items by their age and by how often
/// they had been shown. Names are "day2.value", "trend.preranking.gauc", "age0.joint_recall@50" ...;
/// docs/reference/metrics.md defines them.
class DayMetrics {
 public:
  explicit DayMetrics(const Scenario& scenario);

  /// Every name that a run may report, were every stage after recall a scoring one.
  static std::vector<std::string> names(const Scenario& scenario);

  /// Sums of one request, two numbers a quotient: [width()].
  std::size_t width() const { return 2 * (whole_.size() + sliced_.size()); }
  /// `shown`: the page. `oracle`: at least max(truth_at, page) best items. `impressions`: [items] before the day.
  void measure(const World& world, const FunnelPlan& plan, BlockRun& block, std::size_t r,
               std::span<const ItemId> shown, std::span<const ScoredItem> oracle,
               std::span<const std::uint32_t> impressions, std::span<double> row) const;
  /// Adds a request's sums to the day.
  void add(std::span<const double> row, std::span<const ItemId> shown);
  /// Adds test rows of the day, scored by the versions that were live: exposures by policy and by chance.
  void add_tests(const World& world, const FunnelPlan& plan, const LogTable& exposed, const LogTable& everywhere,
                 std::span<const std::uint32_t> impressions);
  void end_day(const World& world, int day);

  NamedValues result() const;

 private:
  /// Test rows of one stage; labels and users are those of all stages.
  struct Rows {
    std::vector<std::uint8_t> clicks;
    std::vector<UserId> users;
    std::vector<std::uint8_t> slice[2];      ///< bucket by age and by impressions
    std::vector<std::vector<float>> logits;  ///< [stage]; empty: does not score
  };
  void clear_day();
  std::string name_of(std::size_t stage) const { return stages_[stage] + "."; }

  std::vector<int> truth_at_;
  std::vector<std::string> stages_;
  std::string rate_name_;
  int first_day_ = 0;
  int served_ = 0;
  std::vector<int> shock_days_;
  std::vector<std::string> whole_;   ///< metrics of a day
  std::vector<std::string> sliced_;  ///< metrics of items by age and impressions, all days together
  std::vector<bool> scores_;         ///< [stage] has test rows
  std::vector<double> day_sums_;
  std::vector<double> all_sums_;
  std::vector<std::uint8_t> seen_;  ///< [items] shown today
  Rows exposed_;                    ///< of the day
  Rows everywhere_;
  Rows all_exposed_;            ///< of all days
  std::vector<bool> predicts_;  ///< [stage] its logits are of a probability
  std::vector<NamedValues> days_;
};

}  // namespace cascade
