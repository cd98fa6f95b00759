#pragma once
#include <cstdint>

#include "data/feature_store.h"

namespace cascade {

/// The cross features that are known, numbered as cross_groups() lists them.
enum class CrossKind : int {
  clicks_category,
  clicks_shop,
  rate_category,
  rate_shop,
  days_category,
  days_shop,
  price_gap,
  times_shown
};

/// Bucket of what a count says: clicks, click rate, or days since the last click. REQUIRES one of the first six kinds
/// or times_shown.
std::uint32_t cross_bucket(CrossKind kind, const FeatureStore::Count& count);

/// Bucket of the price gap: log price less the mean log price of the user's clicks.
std::uint32_t price_gap_bucket(float gap);

}  // namespace cascade
