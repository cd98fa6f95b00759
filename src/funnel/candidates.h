#pragma once
#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace cascade {

/// One request's candidates, best first; no item twice; ties by lower item id.
struct CandidateList {
  std::vector<ItemId> items;
  std::vector<float> scores;          ///< finite, of the stage that made the list
  std::vector<std::uint8_t> channel;  ///< recall channel that brought the item; empty: one channel

  std::size_t size() const { return items.size(); }
};

/// The candidates of a block of requests.
using CandidateBlock = std::vector<CandidateList>;

}  // namespace cascade
