#include "report/lookup.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/errors.h"
#include "base/text.h"

namespace cascade {
namespace {

Quantity bare(double value) {
  Quantity q;
  q.estimate = {value, value, value, std::isnan(value) ? std::size_t{0} : std::size_t{1}};
  q.rerun_sd = kNaN;
  return q;
}

using Scalars = std::vector<std::pair<std::string_view, double>>;

void add_budget(const BudgetResult& budget, Scalars& scalars) {
  if (!budget.given) return;
  scalars.emplace_back("utilisation", budget.utilisation);
  scalars.emplace_back("cut", budget.cut);
}

/// What a stage has besides its metrics.
Scalars stage_scalars(const StageResult& s) {
  Scalars scalars = {{"in", s.in},
                     {"out", s.out},
                     {"quota", s.quota},
                     {"items_scored", s.work.items},
                     {"flops", s.work.flops},
                     {"bytes_read", s.work.bytes},
                     {"latency_us", s.latency_us},
                     {"compute_us", s.compute_us}};
  add_budget(s.budget, scalars);
  return scalars;
}

int column_of(const RequestTable& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  return found == table.columns.end() ? -1 : static_cast<int>(found - table.columns.begin());
}

/// Spread of what the report keeps the overall mean of only, from the requests.
void fill_spread(const RequestTable& table, int column, Quantity& q) {
  std::vector<std::vector<double>> groups;
  for (std::size_t row = 0; row < table.replicate.size(); ++row) {
    const double value = table.values(row, static_cast<std::size_t>(column));
    if (std::isnan(value)) continue;
    const std::size_t r = table.replicate[row];
    if (r >= groups.size()) groups.resize(r + 1);
    groups[r].push_back(value);
  }
  if (groups.empty()) return;
  q.estimate = estimate_grouped(groups);
  for (const auto& group : groups) q.by_replicate.push_back(group.empty() ? kNaN : mean(group));
}

Quantity of_metric(const MetricValue& metric) { return {metric.estimate, metric.by_replicate, metric.rerun_sd, -1}; }

std::optional<Quantity> of_arms(const StageResult& stage, std::string_view metric) {
  for (const ArmResult& arm : stage.arms) {
    if (!metric.starts_with(arm.arm + ".")) continue;
    const MetricValue* value = find_metric_value(arm.metrics, metric.substr(arm.arm.size() + 1));
    if (value) return of_metric(*value);
  }
  return std::nullopt;
}

std::optional<Quantity> of_scalars(const Scalars& scalars, std::string_view metric) {
  for (const auto& scalar : scalars)
    if (scalar.first == metric) return bare(scalar.second);
  return std::nullopt;
}

std::optional<Quantity> of_models(const std::vector<ModelResult>& models, std::string_view metric) {
  for (const ModelResult& model : models) {
    if (!metric.starts_with(model.name + ".")) continue;
    for (const auto& fact : model.facts)
      if (fact.first == metric.substr(model.name.size() + 1)) return bare(fact.second);
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const std::vector<MetricValue>& metrics) {
  std::vector<std::string> names;
  for (const MetricValue& m : metrics) names.push_back(m.name);
  return names;
}

std::vector<std::string> quantity_names(const VariantResult& variant, const StageResult* stage) {
  std::vector<std::string> names = names_of(stage ? stage->metrics : variant.outcome);
  Scalars scalars;
  if (stage) {
    for (const ArmResult& arm : stage->arms)
      for (const MetricValue& m : arm.metrics) names.push_back(arm.arm + "." + m.name);
    scalars = stage_scalars(*stage);
  } else {
    add_budget(variant.budget, scalars);
    for (const ModelResult& model : variant.models)
      for (const auto& fact : model.facts) names.push_back(model.name + "." + fact.first);
  }
  for (const auto& scalar : scalars) names.emplace_back(scalar.first);
  return names;
}

}  // namespace

std::string quantity_name(std::string_view stage, std::string_view metric) {
  return stage.empty() ? std::string(metric) : std::string(stage) + "." + std::string(metric);
}

bool parse_number(std::string_view text, double& value) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

std::string no_such_name(std::string_view what, std::string_view wanted, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 40;
  std::string text = "there is no " + std::string(what) + " '" + std::string(wanted) + "'";
  const std::vector<std::string> near = nearest_names(wanted, names);
  if (!near.empty()) text += "; did you mean '" + near[0] + "'?";
  const std::vector<std::string> shown(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown)));
  text += " (there are: " + join(shown);
  if (names.size() > kShown) text += ", and " + std::to_string(names.size() - kShown) + " more";
  return text + ")";
}

const StageResult* find_stage(const VariantResult& variant, std::string_view name) {
  for (const StageResult& stage : variant.stages)
    if (stage.name == name) return &stage;
  return nullptr;
}

const MetricValue* find_metric_value(const std::vector<MetricValue>& metrics, std::string_view name) {
  for (const MetricValue& m : metrics)
    if (m.name == name) return &m;
  return nullptr;
}

Estimate arm_headroom(const VariantResult& variant, const StageResult& stage, std::string_view arm) {
  for (const ArmResult& candidate : stage.arms) {
    if (candidate.arm != arm) continue;
    if (const MetricValue* measured = find_metric_value(candidate.metrics, "headroom")) return measured->estimate;
    const MetricValue* with = find_metric_value(candidate.metrics, "value");
    const MetricValue* without = find_metric_value(variant.outcome, "value");
    if (!with || !without || with->by_replicate.size() != without->by_replicate.size()) return {};
    std::vector<double> gaps;
    for (std::size_t r = 0; r < with->by_replicate.size(); ++r) {
      const double gap = with->by_replicate[r] - without->by_replicate[r];
      if (!std::isnan(gap)) gaps.push_back(gap);
    }
    return estimate_mean(gaps);
  }
  return {};
}

std::optional<Quantity> find_quantity(const VariantResult& variant, std::string_view stage_name,
                                      std::string_view metric) {
  const StageResult* stage = nullptr;
  if (!stage_name.empty()) {
    stage = find_stage(variant, stage_name);
    if (!stage) return std::nullopt;
  }
  std::optional<Quantity> found;
  if (const MetricValue* value = find_metric_value(stage ? stage->metrics : variant.outcome, metric)) {
    found = of_metric(*value);
  } else if (stage) {
    found = of_arms(*stage, metric);
    if (found) return found;
    found = of_scalars(stage_scalars(*stage), metric);
  } else {
    Scalars scalars;
    add_budget(variant.budget, scalars);
    found = of_scalars(scalars, metric);
    if (!found) return of_models(variant.models, metric);
  }
  if (!found) return std::nullopt;
  found->column = column_of(variant.requests, quantity_name(stage_name, metric));
  if (found->column >= 0 && found->by_replicate.empty()) fill_spread(variant.requests, found->column, *found);
  return found;
}

Quantity get_quantity(const VariantResult& variant, std::string_view stage_name, std::string_view metric) {
  const StageResult* stage = nullptr;
  if (!stage_name.empty()) {
    stage = find_stage(variant, stage_name);
    std::vector<std::string> names;
    for (const StageResult& s : variant.stages) names.push_back(s.name);
    if (!stage) throw InputError(no_such_name("stage of variant '" + variant.name + "' named", stage_name, names));
  }
  std::optional<Quantity> found = find_quantity(variant, stage_name, metric);
  if (found) return *std::move(found);
  const std::string where = stage ? "metric of stage '" + stage->name + "'" : std::string("metric of the outcome");
  throw InputError(
      no_such_name(where + " of variant '" + variant.name + "' named", metric, quantity_names(variant, stage)));
}

std::string get_setting(const VariantResult& variant, std::string_view path) {
  for (const auto& [name, value] : variant.settings)
    if (name == path) return value;
  return "?";
}

const VariantResult& get_variant(const StudyResult& study, std::string_view name) {
  std::vector<std::string> names;
  for (const VariantResult& variant : study.variants) {
    if (variant.name == name) return variant;
    names.push_back(variant.name);
  }
  throw InputError(no_such_name("variant", name, names));
}

}  // namespace cascade
