#include "report/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/errors.h"
#include "base/text.h"
#include "report/lookup.h"

namespace cascade {
namespace {

constexpr double kLevel = 0.05;  // of the adjusted p-values

/// Stage and metric of everything that both have, in the order of the base.
std::vector<std::pair<std::string, std::string>> shared_metrics(const VariantResult& base, const VariantResult& other) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const MetricValue& metric : base.outcome)
    if (find_metric_value(other.outcome, metric.name)) names.emplace_back("", metric.name);
  for (const StageResult& stage : base.stages) {
    const StageResult* counterpart = find_stage(other, stage.name);
    if (!counterpart) continue;
    for (const MetricValue& metric : stage.metrics)
      if (find_metric_value(counterpart->metrics, metric.name)) names.emplace_back(stage.name, metric.name);
    for (const char* scalar : {"out", "flops", "compute_us", "latency_us"}) names.emplace_back(stage.name, scalar);
  }
  return names;
}

bool speaks_of(const Tolerance& tolerance, const MetricComparison& row) {
  return tolerance.metric == row.metric || tolerance.metric == quantity_name(row.stage, row.metric);
}

/// How much worse the other is; either way counts for a metric without a better side.
double worsening(const MetricComparison& row) {
  if (row.direction == Direction::none) return std::fabs(row.gap.gap.mean);
  return row.direction == Direction::higher ? -row.gap.gap.mean : row.gap.gap.mean;
}

/// Holm's p-values over two families, what the page is worth and costs, and what tells of single stages: so that the
/// many diagnostics of the stages do not drown the question. What does not survive them is no difference.
void adjust_p_values(std::vector<MetricComparison>& rows) {
  for (const bool of_stages : {false, true}) {
    std::vector<MetricComparison*> family;
    std::vector<double> p_values;
    for (MetricComparison& row : rows) {
      row.p_adjusted = std::isnan(row.gap.p_t) ? kNaN : row.p_adjusted;
      if (row.stage.empty() == of_stages || std::isnan(row.gap.p_t)) continue;
      family.push_back(&row);
      p_values.push_back(row.gap.p_t);
    }
    const std::vector<double> adjusted = holm_adjust(p_values);
    for (std::size_t k = 0; k < family.size(); ++k) family[k]->p_adjusted = adjusted[k];
  }
  for (MetricComparison& row : rows)
    if (row.p_adjusted > kLevel && row.verdict != Verdict::unknown) row.verdict = Verdict::within_noise;
}

VariantComparison compare_pair(const VariantResult& base, const VariantResult& other, std::string base_name,
                               std::string other_name, std::span<const Tolerance> tolerances) {
  const VariantPair pair(base, other);
  VariantComparison result;
  result.base = std::move(base_name);
  result.other = std::move(other_name);
  result.paired_requests = pair.num_paired_requests();
  result.settings = differing_settings(base, other);
  for (const auto& [stage, metric] : shared_metrics(base, other)) {
    MetricComparison row;
    row.stage = stage;
    row.metric = metric;
    row.direction = metric_direction(metric);
    row.base = get_quantity(base, stage, metric).estimate;
    row.other = get_quantity(other, stage, metric).estimate;
    row.gap = pair.gap(stage, metric);
    row.verdict = verdict_of(row.gap, row.direction);
    for (const Tolerance& tolerance : tolerances) {
      if (!speaks_of(tolerance, row)) continue;
      row.tolerance = tolerance.worse_by;
      row.past_tolerance = row.gap.applies() && worsening(row) > tolerance.worse_by;
    }
    result.metrics.push_back(std::move(row));
  }
  adjust_p_values(result.metrics);
  return result;
}

/// A tolerance that no row speaks of is a typing error that would pass in silence.
void finish(std::span<const Tolerance> tolerances, Comparison& comparison) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const VariantComparison& pair : comparison.pairs)
    for (const MetricComparison& row : pair.metrics) {
      comparison.past_tolerance = comparison.past_tolerance || row.past_tolerance;
      const std::string name = quantity_name(row.stage, row.metric);
      if (seen.insert(name).second) names.push_back(name);
    }
  for (const Tolerance& tolerance : tolerances) {
    const bool used = std::any_of(comparison.pairs.begin(), comparison.pairs.end(), [&](const VariantComparison& pair) {
      return std::any_of(pair.metrics.begin(), pair.metrics.end(),
                         [&](const MetricComparison& row) { return speaks_of(tolerance, row); });
    });
    if (!used) throw InputError("--tolerance: " + no_such_name("compared metric", tolerance.metric, names));
  }
}

}  // namespace

Tolerance parse_tolerance(std::string_view text) {
  Tolerance tolerance;
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0 || !parse_number(text.substr(equals + 1), tolerance.worse_by) ||
      !(tolerance.worse_by >= 0) || !std::isfinite(tolerance.worse_by))
    throw InputError("--tolerance: expected METRIC=X with a number X >= 0, got '" + std::string(text) + "'");
  tolerance.metric = text.substr(0, equals);
  return tolerance;
}

std::vector<SettingDifference> differing_settings(const VariantResult& base, const VariantResult& other) {
  const std::map<std::string, std::string> of_base(base.settings.begin(), base.settings.end());
  const std::map<std::string, std::string> of_other(other.settings.begin(), other.settings.end());
  std::vector<SettingDifference> differences;
  for (const auto& setting : base.settings) {
    const auto found = of_other.find(setting.first);
    if (found == of_other.end()) {
      differences.push_back({setting.first, setting.second, ""});
    } else if (found->second != setting.second) {
      differences.push_back({setting.first, setting.second, found->second});
    }
  }
  for (const auto& setting : other.settings)
    if (!of_base.contains(setting.first)) differences.push_back({setting.first, "", setting.second});
  return differences;
}

Comparison compare_reports(const StudyResult& a, const StudyResult& b, std::span<const Tolerance> tolerances,
                           std::string_view name_a, std::string_view name_b) {
  if (a.seed != b.seed)
    throw InputError("the seeds differ (" + std::to_string(a.seed) + " and " + std::to_string(b.seed) +
                     "): request n of one is not request n of the other; run both with the same --seed");
  Comparison comparison;
  const auto label = [](std::string_view side, const VariantResult& v) { return std::string(side) + ": " + v.name; };
  for (const VariantResult& base : a.variants) {
    const auto other =
        std::find_if(b.variants.begin(), b.variants.end(), [&](const VariantResult& v) { return v.name == base.name; });
    if (other == b.variants.end()) {
      comparison.notes.push_back("only " + std::string(name_a) + " has variant '" + base.name + "'");
    } else {
      comparison.pairs.push_back(compare_pair(base, *other, label(name_a, base), label(name_b, *other), tolerances));
    }
  }
  for (const VariantResult& other : b.variants)
    if (std::none_of(a.variants.begin(), a.variants.end(),
                     [&](const VariantResult& v) { return v.name == other.name; }))
      comparison.notes.push_back("only " + std::string(name_b) + " has variant '" + other.name + "'");
  if (comparison.pairs.empty() && !a.variants.empty() && !b.variants.empty()) {
    comparison.notes.push_back("no variant has the same name in both: the first ones are compared");
    comparison.pairs.push_back(compare_pair(a.variants[0], b.variants[0], label(name_a, a.variants[0]),
                                            label(name_b, b.variants[0]), tolerances));
  }
  finish(tolerances, comparison);
  return comparison;
}

Comparison compare_variants(const StudyResult& study, std::span<const std::string> names,
                            std::span<const Tolerance> tolerances) {
  std::vector<const VariantResult*> variants;
  for (const std::string& name : names) variants.push_back(&get_variant(study, name));
  if (names.empty())
    for (const VariantResult& variant : study.variants) variants.push_back(&variant);
  if (variants.size() < 2)
    throw InputError("comparing needs two variants; '" + study.scenario + "' has " +
                     std::to_string(study.variants.size()) + ", " + std::to_string(variants.size()) + " named");
  Comparison comparison;
  for (std::size_t v = 1; v < variants.size(); ++v)
    comparison.pairs.push_back(
        compare_pair(*variants[0], *variants[v], variants[0]->name, variants[v]->name, tolerances));
  finish(tolerances, comparison);
  return comparison;
}

}  // namespace cascade
