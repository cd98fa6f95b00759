#include "metrics/survival.h"

#include <algorithm>

#include "base/errors.h"
#include "metrics/ranking.h"

namespace cascade {

OracleSurvival::OracleSurvival(std::span<const ItemId> oracle, std::span<const std::vector<ItemId>> kept)
    : depths_(oracle.size(), 0) {
  std::vector<ItemId> sorted;
  for (std::size_t stage = 0; stage < kept.size(); ++stage) {
    sorted.assign(kept[stage].begin(), kept[stage].end());
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < oracle.size(); ++i)
      if (depths_[i] == static_cast<int>(stage) && std::binary_search(sorted.begin(), sorted.end(), oracle[i]))
        ++depths_[i];
  }
}

std::size_t OracleSurvival::top(std::size_t k) const {
  const std::size_t size = std::min(k, depths_.size());
  CASCADE_CHECK(size > 0, "recall of an empty oracle list");
  return size;
}

std::size_t OracleSurvival::reached(std::size_t k, int stages) const {
  const auto end = depths_.begin() + static_cast<std::ptrdiff_t>(top(k));
  return static_cast<std::size_t>(std::count_if(depths_.begin(), end, [stages](int depth) { return depth >= stages; }));
}

double OracleSurvival::joint_recall(std::size_t k, int stage) const {
  return static_cast<double>(reached(k, stage + 1)) / static_cast<double>(top(k));
}

double OracleSurvival::lost(std::size_t k, int stage) const {
  return static_cast<double>(reached(k, stage) - reached(k, stage + 1)) / static_cast<double>(top(k));
}

double OracleSurvival::stage_recall(std::size_t k, int stage) const {
  const std::size_t came_in = reached(k, stage);
  if (came_in == 0) return kDoesNotApply;
  return static_cast<double>(reached(k, stage + 1)) / static_cast<double>(came_in);
}

double alone_recall(std::span<const ItemId> kept_alone, std::span<const ItemId> recalled,
                    std::span<const ItemId> oracle_top) {
  const std::size_t came_in = intersection_size(recalled, oracle_top);
  if (came_in == 0) return kDoesNotApply;
  return static_cast<double>(intersection_size(kept_alone, oracle_top)) / static_cast<double>(came_in);
}

}  // namespace cascade
