#pragma once
#include <cstdint>
#include <span>

#include "data/feature_store.h"

namespace cascade {

/// Cross groups candidate by candidate, all groups of one before the next: out [items, groups], row-major, with the
/// values that FeatureStore::cross() gives group by group. A candidate's counts are looked up once for all groups that
/// need them. Feature computation as COLD (arXiv 2007.16122, Section 4) had it before it went by columns; here for
/// bench/scoring.cpp, which measures both.
void cross_by_rows(const FeatureStore& store, UserId user, std::span<const ItemId> items, std::span<const int> groups,
                   std::span<std::uint32_t> out);

}  // namespace cascade
