#include "config/fields.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/text.h"

namespace cascade::config {
namespace {

/// `bounds`, no wider than what the C++ type can hold.
Bounds within(Bounds bounds, double lo, double hi) {
  if (bounds.lo < lo) {
    bounds.lo = lo;
    bounds.lo_open = false;
  }
  if (bounds.hi > hi) {
    bounds.hi = hi;
    bounds.hi_open = false;
  }
  return bounds;
}

Bounds within_int(const Bounds& bounds) {
  return within(bounds, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
}

/// -1, 0, 1: a whole number against a double, without rounding it to one.
int compare(std::int64_t value, double bound) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (bound >= kTwoTo63) return -1;
  if (bound < -kTwoTo63) return 1;
  const double floor = std::floor(bound);
  const auto whole = static_cast<std::int64_t>(floor);
  if (value != whole) return value < whole ? -1 : 1;
  return floor < bound ? -1 : 0;
}

/// Bounds are read by people: 1000000 rather than 1e+06.
std::string bound_text(double bound) {
  if (std::floor(bound) == bound && std::abs(bound) < 1e18) return std::to_string(static_cast<std::int64_t>(bound));
  return number_text(bound);
}

}  // namespace

bool inside(double value, const Bounds& bounds) {
  const bool above_lo = bounds.lo_open ? value > bounds.lo : value >= bounds.lo;
  const bool below_hi = bounds.hi_open ? value < bounds.hi : value <= bounds.hi;
  return above_lo && below_hi;
}

bool inside(std::int64_t value, const Bounds& bounds) {
  const int lo = compare(value, bounds.lo);
  const int hi = compare(value, bounds.hi);
  return (bounds.lo_open ? lo > 0 : lo >= 0) && (bounds.hi_open ? hi < 0 : hi <= 0);
}

std::string bounds_text(const Bounds& bounds) {
  const bool has_lo = std::isfinite(bounds.lo);
  const bool has_hi = std::isfinite(bounds.hi);
  if (has_lo && has_hi && !bounds.lo_open && !bounds.hi_open)
    return "between " + bound_text(bounds.lo) + " and " + bound_text(bounds.hi);
  std::string text;
  if (has_lo) text = (bounds.lo_open ? "above " : "at least ") + bound_text(bounds.lo);
  if (has_lo && has_hi) text += " and ";
  if (has_hi) text += (bounds.hi_open ? "below " : "at most ") + bound_text(bounds.hi);
  return text;
}

void FieldVisitor::field(std::string_view name, int& value, std::string_view doc, Bounds bounds, Need need) {
  std::int64_t wide = value;
  field(name, wide, doc, within_int(bounds), need);
  value = static_cast<int>(wide);
}

void FieldVisitor::field(std::string_view name, std::uint64_t& value, std::string_view doc, Bounds bounds) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  CASCADE_CHECK(value <= kLargest, "a whole number too large for a scenario");
  auto wide = static_cast<std::int64_t>(value);
  if (bounds.lo < 0) bounds.lo = 0;
  field(name, wide, doc, bounds, Need::optional);
  value = static_cast<std::uint64_t>(wide);
}

void FieldVisitor::field(std::string_view name, std::vector<int>& value, std::string_view doc, Bounds each) {
  std::vector<std::int64_t> wide(value.begin(), value.end());
  field(name, wide, doc, within_int(each));
  value.clear();
  std::transform(wide.begin(), wide.end(), std::back_inserter(value),
                 [](std::int64_t one) { return static_cast<int>(one); });
}

}  // namespace cascade::config
