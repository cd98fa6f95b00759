#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "base/ids.h"

namespace cascade {

/// How far each item of one request's oracle list came. O_k is the oracle's top k, S_j what stage j (from 0) keeps;
/// before stage 0 stands the whole catalogue.
class OracleSurvival {
 public:
  /// `oracle`: best first, at least as long as the largest k asked for (shorter only where the catalogue is).
  /// `kept[j]`: the items that stage j kept, a subset of what stage j - 1 kept; their order does not matter.
  OracleSurvival(std::span<const ItemId> oracle, std::span<const std::vector<ItemId>> kept);

  /// Number of stages in a row, from the first, that kept each oracle item.
  std::span<const int> depths() const { return depths_; }

  /// |S_j n O_k| / |O_k|. Sum of lost() over the stages + joint_recall() of the last one = 1.
  double joint_recall(std::size_t k, int stage) const;
  /// |(S_(j-1) \ S_j) n O_k| / |O_k|: the share that dies at this stage.
  double lost(std::size_t k, int stage) const;
  /// |S_j n O_k| / |S_(j-1) n O_k|. Does not apply where none of O_k came in.
  double stage_recall(std::size_t k, int stage) const;

 private:
  std::size_t top(std::size_t k) const;
  std::size_t reached(std::size_t k, int stages) const;  ///< items of O_k that the first `stages` stages kept
  std::vector<int> depths_;
};

/// alone_recall@k: |A n O_k| / |R n O_k|, R being what recall returned and A what the stage keeps of all of R under
/// its own quota. Does not apply where recall returned none of O_k.
double alone_recall(std::span<const ItemId> kept_alone, std::span<const ItemId> recalled,
                    std::span<const ItemId> oracle_top);

}  // namespace cascade
