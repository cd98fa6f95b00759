#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "study/result.h"

namespace cascade {

/// One number of a variant with what is known of its spread.
struct Quantity {
  Estimate estimate;                 ///< n = 0: does not apply; n = 1 with lo = hi: a bare mean
  std::vector<double> by_replicate;  ///< [replicates]; empty where only the mean is known
  double rerun_sd = 0;               ///< NaN where not measured
  int column = -1;                   ///< in the variant's request table; -1 for metrics that are not per request
};

/// Counts and costs of a stage are means in the report; where the request table has their column, it gives the spread.
/// Names a quantity may have. With a stage: its metrics, its arms ("oracle.value"), and in, out, quota, items_scored,
/// flops, bytes_read, latency_us, compute_us, utilisation, cut. Without one: the outcome's metrics, utilisation, cut of
/// the whole request, and what is known of a model ("taught.train_flops").
std::optional<Quantity> find_quantity(const VariantResult& variant, std::string_view stage, std::string_view metric);

/// As find_quantity(), or InputError that says what there is and which name is nearest.
Quantity get_quantity(const VariantResult& variant, std::string_view stage, std::string_view metric);

/// The variant, or InputError that says what there is and which name is nearest.
const VariantResult& get_variant(const StudyResult& study, std::string_view name);

/// Text of the setting at `path`; "?" where there is none.
std::string get_setting(const VariantResult& variant, std::string_view path);

const StageResult* find_stage(const VariantResult& variant, std::string_view name);
const MetricValue* find_metric_value(const std::vector<MetricValue>& metrics, std::string_view name);
/// What the page's value gains when control `arm` takes the place of the stage: the arm's "headroom" where the engine
/// measured it on the same requests, else its value minus the variant's, replicate by replicate. n = 0: no such arm.
Estimate arm_headroom(const VariantResult& variant, const StageResult& stage, std::string_view arm);

/// "preranking.joint_recall@10", or the metric alone for the outcome.
std::string quantity_name(std::string_view stage, std::string_view metric);

/// Whether the text is a number from end to end; sets `value` if so.
bool parse_number(std::string_view text, double& value);

/// "there is no variant 'cold'; did you mean 'COLD'? (there are: two-tower, COLD)". Long lists are cut.
std::string no_such_name(std::string_view what, std::string_view wanted, const std::vector<std::string>& names);

}  // namespace cascade
