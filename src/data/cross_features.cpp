#include "data/cross_features.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/errors.h"

namespace cascade {
namespace {

constexpr std::array<std::uint32_t, 7> kClickSteps{1, 2, 3, 5, 8, 13, 21};
constexpr std::array<std::uint32_t, 6> kDaySteps{1, 2, 3, 5, 8, 13};
constexpr std::array<std::uint32_t, 6> kShownSteps{1, 2, 3, 5, 8, 13};
// Half octaves around 1 click in 20 impressions.
constexpr std::array<float, 11> kRateSteps{0.0125f, 0.018f, 0.025f, 0.035f, 0.05f, 0.07f,
                                           0.1f,    0.14f,  0.2f,   0.28f,  0.4f};
constexpr float kGapStep = 0.2f;  // of log price
constexpr int kGapBuckets = 16;

/// Number of steps that `value` has reached: 0 .. steps.size().
template <class Steps, class T>
std::uint32_t steps_reached(const Steps& steps, T value) {
  return static_cast<std::uint32_t>(std::upper_bound(steps.begin(), steps.end(), value) - steps.begin());
}

// 0: never shown. One click in twenty impressions stands before the first impression.
std::uint32_t rate_bucket(const FeatureStore::Count& count) {
  if (count.impressions == 0) return 0;
  const float rate = (static_cast<float>(count.clicks) + 1.0f) / (static_cast<float>(count.impressions) + 20.0f);
  return 1 + steps_reached(kRateSteps, rate);
}

// 0: never clicked.
std::uint32_t days_bucket(const FeatureStore::Count& count) {
  if (count.days_since_click == 0xFFFF) return 0;
  return 1 + steps_reached(kDaySteps, static_cast<std::uint32_t>(count.days_since_click));
}

}  // namespace

std::uint32_t cross_bucket(CrossKind kind, const FeatureStore::Count& count) {
  switch (kind) {
    case CrossKind::clicks_category:
    case CrossKind::clicks_shop:
      return steps_reached(kClickSteps, static_cast<std::uint32_t>(count.clicks));
    case CrossKind::rate_category:
    case CrossKind::rate_shop:
      return rate_bucket(count);
    case CrossKind::days_category:
    case CrossKind::days_shop:
      return days_bucket(count);
    case CrossKind::times_shown:
      return steps_reached(kShownSteps, static_cast<std::uint32_t>(count.impressions));
    case CrossKind::price_gap:
      break;
  }
  check_failed("kind", __FILE__, __LINE__, "this cross feature is no count");
}

std::uint32_t price_gap_bucket(float gap) {
  const float place = std::floor(gap / kGapStep) + static_cast<float>(kGapBuckets / 2);
  return static_cast<std::uint32_t>(std::clamp(place, 0.0f, static_cast<float>(kGapBuckets - 1)));
}

std::vector<FeatureGroup> cross_groups() {
  const auto group = [](const char* name, std::size_t cardinality, double flops, double bytes, const char* summary) {
    return FeatureGroup{name, Side::cross, static_cast<std::uint32_t>(cardinality), 1, flops, bytes, summary};
  };
  // Costs are ours: a look-up in the user's counters (hashing, two cache lines) and the bucketing.
  return {
      group("clicks_category", kClickSteps.size() + 1, 40, 128, "the user's clicks on the item's category, bucketed"),
      group("clicks_shop", kClickSteps.size() + 1, 40, 128, "the user's clicks on the item's shop, bucketed"),
      group("rate_category", kRateSteps.size() + 2, 60, 128, "the user's smoothed click rate on the category"),
      group("rate_shop", kRateSteps.size() + 2, 60, 128, "the user's smoothed click rate on the shop"),
      group("days_category", kDaySteps.size() + 2, 40, 128, "days since the user's last click on the category"),
      group("days_shop", kDaySteps.size() + 2, 40, 128, "days since the user's last click on the shop"),
      group("price_gap", kGapBuckets, 10, 8, "log price less the mean log price of the user's clicks, in steps of 0.2"),
      group("times_shown", kShownSteps.size() + 1, 80, 192, "times the user was shown the item in the last 3 days"),
  };
}

}  // namespace cascade
