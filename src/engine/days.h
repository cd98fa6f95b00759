#pragma once
#include "config/fields.h"

namespace cascade {

inline constexpr int kHoursADay = 24;

/// The `days:` part of a scenario: days that are served, logged and learned from after the days of `logs:`.
struct DaysParams {
  int served = 4;            ///< days
  int requests = 1000;       ///< served, measured and logged a day
  int chunks = 4;            ///< equal parts of a day, after each of which on-line models go over to a new version
  double explore = 0;        ///< share of the page's places that go to items by chance
  int test_requests = 1000;  ///< a day; pages by policy and by chance on which scorers are tested, not learned from
  void fields(config::FieldVisitor& v);
};

}  // namespace cascade
