#pragma once
#include <map>
#include <memory>
#include <span>

#include "models/scorer.h"

namespace cascade {

/// A model as it went live.
struct Version {
  int hour = 0;  ///< when: hours after midnight of the first day served; negative during the logs
  std::shared_ptr<const Scorer> scorer;
  int updates = 0;  ///< since the logs; negative: days of logs that it has not seen
};

/// The versions of one model by the hour at which each went live.
class Versions {
 public:
  /// What goes live at an hour takes the place of what did before at the same hour.
  void publish(int hour, std::shared_ptr<const Scorer> scorer, int updates);
  /// The newest at that hour; before the first, the first. REQUIRES one.
  Version at(int hour) const;
  /// Lets go of what at(hour) and later ones do not need.
  void forget_before(int hour);

 private:
  std::map<int, Version> by_hour_;
};

/// User vectors of one version with item vectors of another, older one. Items of `unknown`, which it has no vector of,
/// stand at the mean of the vectors it has: for them a user's logit is what it is for items on average.
std::shared_ptr<const InnerProductScorer> late_item_vectors(std::shared_ptr<const InnerProductScorer> users,
                                                            std::shared_ptr<const InnerProductScorer> items,
                                                            std::span<const ItemId> unknown);

}  // namespace cascade
