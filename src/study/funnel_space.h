#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/rng.h"
#include "study/study.h"

namespace cascade {

/// A funnel as numbers: for each stage its setting and the place of its quota.
struct FunnelPoint {
  std::vector<std::size_t> setting;
  std::vector<std::size_t> keep;
  friend auto operator<=>(const FunnelPoint&, const FunnelPoint&) = default;
};

/// All the funnels that `optimize:` may choose: every setting and quota of every stage such that no quota grows along
/// the funnel.
class FunnelSpace {
 public:
  explicit FunnelSpace(const Study& study);

  std::size_t num_stages() const { return quotas_.size(); }
  const std::vector<int>& quotas(std::size_t stage) const { return quotas_[stage]; }  ///< rising
  std::size_t num_settings(std::size_t stage) const { return settings_[stage].size(); }
  const StageSpec& setting(std::size_t stage, std::size_t number) const { return settings_[stage][number]; }
  bool chooses_quota(std::size_t stage) const { return quotas_[stage].size() > 1; }

  bool valid(const FunnelPoint& point) const;
  /// Number of valid funnels.
  double size() const;
  /// All of them, in order. REQUIRES that there are few.
  std::vector<FunnelPoint> all() const;
  /// One drawn by chance: settings evenly, quotas evenly stage by stage among those that do not grow.
  FunnelPoint draw(Rng& rng) const;
  /// The valid funnels that differ in one setting, or in one quota by one step.
  std::vector<FunnelPoint> neighbours(const FunnelPoint& point) const;
  /// The neighbours of its neighbours, in order, without these and itself: one quota up and another down, or a dearer
  /// setting with a lower quota, between which a single step would pass a limit or lose.
  std::vector<FunnelPoint> two_steps_away(const FunnelPoint& point) const;
  /// The scenario with that funnel.
  Scenario scenario(const FunnelPoint& point) const;

 private:
  Scenario base_;
  std::vector<std::vector<int>> quotas_;
  std::vector<std::vector<StageSpec>> settings_;
};

}  // namespace cascade
