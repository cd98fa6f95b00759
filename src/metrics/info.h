#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cascade {

/// Which way a metric is better. `none` where more is neither good nor bad in itself, or where a target is (pcoc: 1).
enum class Direction { higher, lower, none };
std::string_view direction_name(Direction direction);  ///< "higher is better", "lower is better", "neither"

/// What a report, `describe` and docs/reference/metrics.md say of a metric.
struct MetricInfo {
  /// "joint_recall@k": a number, or "keep", stands for k or m, a number for N, any metric for METRIC; otherwise the
  /// name.
  std::string_view pattern;
  std::string_view where;  ///< "stage", "outcome", "stage, outcome", "arm of a stage"
  std::string_view unit;
  Direction direction;
  std::string_view definition;  ///< with its rule for ties, and when it does not apply
  std::string_view source;
};

/// Every metric of a report, in the order of the reference page.
std::span<const MetricInfo> metric_register();

/// The entry of a metric by its name in a report ("joint_recall@10") or its pattern ("joint_recall@k"); nullptr for
/// a name that the register does not have.
const MetricInfo* find_metric(std::string_view name);

/// Direction of a metric by name; `none` for an unknown one.
Direction metric_direction(std::string_view name);

/// Whether a name is that of a metric of days served: "day2.value", "age0.share", ...
bool is_day_metric(std::string_view name);

/// The patterns of the register, in its order.
std::vector<std::string> metric_patterns();

}  // namespace cascade
