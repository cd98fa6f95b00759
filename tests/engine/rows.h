#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "base/errors.h"
#include "engine/replicate.h"

namespace cascade::testing {

/// One column of what was measured, request by request.
inline std::vector<double> column(const PointRun& point, const std::string& name) {
  const auto at = std::find(point.columns.begin(), point.columns.end(), name);
  CASCADE_CHECK(at != point.columns.end(), "no column is called " + name);
  std::vector<double> values;
  for (std::size_t r = 0; r < point.rows.rows(); ++r)
    values.push_back(point.rows(r, static_cast<std::size_t>(at - point.columns.begin())));
  return values;
}

/// One column of an arm.
inline std::vector<double> arm_column(const PointRun& point, std::size_t stage, const std::string& arm,
                                      const std::string& name) {
  const auto at = std::find(point.arm_columns.begin(), point.arm_columns.end(), name);
  CASCADE_CHECK(at != point.arm_columns.end(), "no column of arms is called " + name);
  std::vector<double> values;
  for (const ArmRows& rows : point.arms)
    if (rows.stage == stage && rows.arm == arm)
      for (std::size_t r = 0; r < rows.rows.rows(); ++r)
        values.push_back(rows.rows(r, static_cast<std::size_t>(at - point.arm_columns.begin())));
  CASCADE_CHECK(!values.empty(), "no such arm: " + arm);
  return values;
}

/// A pooled metric of a stage.
inline double pooled(const PointRun& point, std::size_t stage, const std::string& name) {
  for (const auto& [known, value] : point.stages[stage].pooled)
    if (known == name) return value;
  CASCADE_CHECK(false, "no pooled metric is called " + name);
}

/// One point alone.
inline PointRun run_one(const Scenario& scenario, std::uint64_t seed = 11) {
  return std::move(run_replicate(std::span(&scenario, 1), seed, {}).points[0]);
}

}  // namespace cascade::testing
