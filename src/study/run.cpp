#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "config/writer.h"
#include "engine/memory.h"
#include "engine/replicate.h"
#include "study/campaign.h"

namespace cascade {

namespace {

/// The column's values by replicate, without those that do not apply.
std::vector<std::vector<double>> column_of(std::span<const ReplicateRun> runs, std::size_t point, std::size_t column) {
  std::vector<std::vector<double>> groups;
  for (const ReplicateRun& run : runs) {
    groups.emplace_back();
    const Matrix<double>& rows = run.points[point].rows;
    for (std::size_t r = 0; r < rows.rows(); ++r)
      if (!std::isnan(rows(r, column))) groups.back().push_back(rows(r, column));
  }
  return groups;
}

double mean_or_nan(const std::vector<double>& values) { return values.empty() ? kNaN : mean(values); }

/// s.d. of one measurement under another initialisation, from pairs: a difference of two has twice the variance.
double rerun_sd(std::span<const double> first, std::span<const double> second) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t r = 0; r < std::min(first.size(), second.size()); ++r) {
    const double gap = first[r] - second[r];
    if (std::isnan(gap)) continue;
    sum += gap * gap / 2;
    ++n;
  }
  return n == 0 ? kNaN : std::sqrt(sum / static_cast<double>(n));
}

MetricValue request_metric(std::span<const ReplicateRun> runs, std::size_t point, std::size_t column,
                           const std::string& name) {
  MetricValue metric;
  metric.name = name;
  const auto groups = column_of(runs, point, column);
  metric.estimate = estimate_grouped(groups);
  for (const auto& group : groups) metric.by_replicate.push_back(mean_or_nan(group));
  std::vector<double> again;
  for (const ReplicateRun& run : runs) {
    const Matrix<double>& rows = run.points[point].rerun_rows;
    std::vector<double> values;
    for (std::size_t r = 0; r < rows.rows(); ++r)
      if (!std::isnan(rows(r, column))) values.push_back(rows(r, column));
    again.push_back(mean_or_nan(values));
  }
  metric.rerun_sd = rerun_sd(metric.by_replicate, again);
  return metric;
}

MetricValue pooled_metric(std::span<const ReplicateRun> runs, std::size_t point, std::size_t stage, std::size_t index) {
  MetricValue metric;
  std::vector<double> again;
  std::vector<double> defined;
  for (const ReplicateRun& run : runs) {
    const PointRun& p = run.points[point];
    metric.name = p.stages[stage].pooled[index].first;
    metric.by_replicate.push_back(p.stages[stage].pooled[index].second);
    if (!std::isnan(metric.by_replicate.back())) defined.push_back(metric.by_replicate.back());
    again.push_back(p.rerun_pooled.empty() ? kNaN : p.rerun_pooled[stage][index].second);
  }
  metric.estimate = estimate_mean(defined);
  metric.rerun_sd = rerun_sd(metric.by_replicate, again);
  return metric;
}

/// A metric of the days served: one value a replicate.
MetricValue day_metric(std::span<const ReplicateRun> runs, std::size_t point, std::size_t index) {
  MetricValue metric;
  std::vector<double> again;
  std::vector<double> defined;
  for (const ReplicateRun& run : runs) {
    const PointRun& p = run.points[point];
    metric.name = p.days[index].first;
    metric.by_replicate.push_back(p.days[index].second);
    if (!std::isnan(metric.by_replicate.back())) defined.push_back(metric.by_replicate.back());
    again.push_back(p.rerun_days.empty() ? kNaN : p.rerun_days[index].second);
  }
  metric.estimate = estimate_mean(defined);
  metric.rerun_sd = rerun_sd(metric.by_replicate, again);
  return metric;
}

/// A metric of the simulated load: replicates of runs. `values_of` finds a replicate's.
template <class ValuesOf>
MetricValue served_metric(std::span<const ReplicateRun> runs, const std::string& name, const ValuesOf& values_of) {
  MetricValue metric;
  metric.name = name;
  metric.rerun_sd = kNaN;
  std::vector<std::vector<double>> groups;
  for (const ReplicateRun& run : runs) {
    groups.emplace_back();
    for (const double value : values_of(run))
      if (!std::isnan(value)) groups.back().push_back(value);
    metric.by_replicate.push_back(mean_or_nan(groups.back()));
  }
  metric.estimate = estimate_grouped(groups);
  return metric;
}

BudgetResult budget_result(const BudgetParams& budget, double flops, double us, double cut) {
  BudgetResult result;
  result.given = budget.given();
  if (!result.given) return result;
  result.enforced = budget.enforce;
  result.unit = budget.unit() == BudgetUnit::us ? "us" : "flops";
  result.limit = budget.limit();
  result.used = budget.unit() == BudgetUnit::us ? us : flops;
  result.utilisation = result.used / result.limit;
  result.cut = cut;
  return result;
}

/// Columns that go into fields of their own rather than into the metrics of a stage.
bool is_bookkeeping(const std::string& metric) {
  static const std::vector<std::string> kNames = {"in",         "out",          "cut",        "flops",
                                                  "compute_us", "items_scored", "bytes_read", "latency_us"};
  return std::find(kNames.begin(), kNames.end(), metric) != kNames.end();
}

bool is_of_outcome(const std::string& column) {
  return column.find('.') == std::string::npos || column.starts_with("regret.");
}

class Assembler {
 public:
  Assembler(const Study& study, std::span<const ReplicateRun> runs, std::size_t point)
      : study_(study), runs_(runs), point_(point), first_(runs[0].points[point]) {
    for (std::size_t c = 0; c < first_.columns.size(); ++c) column_[first_.columns[c]] = c;
  }

  VariantResult variant() {
    const StudyPoint& point = study_.points[point_];
    VariantResult variant;
    variant.name = point.name;
    variant.settings = config::settings_of(config::to_node(point.scenario));
    for (const ModelFacts& model : first_.models) variant.models.push_back(model_result(model));
    for (std::size_t c = 0; c < first_.columns.size(); ++c)
      if (is_of_outcome(first_.columns[c]))
        variant.outcome.push_back(request_metric(runs_, point_, c, first_.columns[c]));
    for (std::size_t m = 0; m < first_.serving.outcome.size(); ++m)
      variant.outcome.push_back(served_metric(runs_, first_.serving.outcome[m].first, [&](const ReplicateRun& run) {
        return run.points[point_].serving.outcome[m].second;
      }));
    for (std::size_t m = 0; m < first_.days.size(); ++m) variant.outcome.push_back(day_metric(runs_, point_, m));
    double cut = 0;
    for (std::size_t j = 0; j < point.scenario.funnel.size(); ++j) {
      variant.stages.push_back(stage(j));
      cut += stage_mean(j, "cut");
    }
    variant.budget = budget_result(point.scenario.budget, mean_of("flops"), mean_of("compute_us"), cut);
    if (!is_outcome_only()) fill_requests(variant.requests);
    return variant;
  }

 private:
  bool is_outcome_only() const { return study_.file.scenario.evaluate.detail == Detail::outcome; }

  double mean_of(const std::string& column) const {
    return request_metric(runs_, point_, column_.at(column), column).estimate.mean;
  }

  /// Of a stage's counts and costs, which a point measured by its outcome has as means only.
  double stage_mean(std::size_t j, const std::string& metric) const {
    const std::string column = study_.points[point_].scenario.funnel[j].name + "." + metric;
    if (column_.count(column) > 0) return mean_of(column);
    std::vector<double> means;
    for (const ReplicateRun& run : runs_)
      for (const auto& [name, value] : run.points[point_].stages[j].means)
        if (name == metric) means.push_back(value);
    return mean_or_nan(means);
  }

  ModelResult model_result(const ModelFacts& model) const {
    ModelResult result{model.name, model.kind, model.facts};
    // Means over replicates: every replicate trains the model anew.
    for (std::size_t f = 0; f < result.facts.size(); ++f) {
      double sum = 0;
      for (const ReplicateRun& run : runs_)
        for (const ModelFacts& other : run.points[point_].models)
          if (other.name == model.name) sum += other.facts[f].second;
      result.facts[f].second = sum / static_cast<double>(runs_.size());
    }
    return result;
  }

  StageResult stage(std::size_t j) const {
    const Scenario& scenario = study_.points[point_].scenario;
    const StageSpec& spec = scenario.funnel[j];
    const std::string prefix = spec.name + ".";
    StageResult stage;
    stage.name = spec.name;
    stage.kind = spec.stage.kind;
    stage.model = first_.stages[j].model;
    stage.quota = spec.keep;
    stage.in = stage_mean(j, "in");
    stage.out = stage_mean(j, "out");
    stage.work = {stage_mean(j, "items_scored"), stage_mean(j, "flops"), stage_mean(j, "bytes_read")};
    stage.latency_us = stage_mean(j, "latency_us");
    stage.compute_us = stage_mean(j, "compute_us");
    stage.index_build = first_.stages[j].index_build;
    stage.budget = budget_result(spec.budget, stage.work.flops, stage.compute_us, stage_mean(j, "cut"));
    for (std::size_t c = 0; c < first_.columns.size(); ++c) {
      const std::string& column = first_.columns[c];
      if (column.rfind(prefix, 0) != 0 || is_bookkeeping(column.substr(prefix.size()))) continue;
      stage.metrics.push_back(request_metric(runs_, point_, c, column.substr(prefix.size())));
    }
    for (std::size_t m = 0; m < first_.stages[j].pooled.size(); ++m)
      stage.metrics.push_back(pooled_metric(runs_, point_, j, m));
    if (!first_.serving.stages.empty())
      for (std::size_t m = 0; m < first_.serving.stages[j].size(); ++m)
        stage.metrics.push_back(served_metric(runs_, first_.serving.stages[j][m].first, [&](const ReplicateRun& run) {
          return run.points[point_].serving.stages[j][m].second;
        }));
    for (std::size_t a = 0; a < first_.arms.size(); ++a)
      if (first_.arms[a].stage == j) stage.arms.push_back(arm(a));
    return stage;
  }

  ArmResult arm(std::size_t a) const {
    ArmResult result;
    result.arm = first_.arms[a].arm;
    for (std::size_t c = 0; c < first_.arm_columns.size(); ++c) {
      MetricValue metric;
      metric.name = first_.arm_columns[c];
      metric.rerun_sd = kNaN;
      std::vector<std::vector<double>> groups;
      for (const ReplicateRun& run : runs_) {
        const Matrix<double>& rows = run.points[point_].arms[a].rows;
        groups.emplace_back();
        for (std::size_t r = 0; r < rows.rows(); ++r) groups.back().push_back(rows(r, c));
        metric.by_replicate.push_back(mean(groups.back()));
      }
      metric.estimate = estimate_grouped(groups);
      result.metrics.push_back(metric);
    }
    return result;
  }

  void fill_requests(RequestTable& table) const {
    table.columns = first_.columns;
    const std::size_t n = first_.rows.rows();
    table.values = Matrix<double>(n * runs_.size(), table.columns.size());
    for (std::size_t k = 0; k < runs_.size(); ++k) {
      for (std::size_t r = 0; r < n; ++r) {
        table.replicate.push_back(static_cast<std::uint32_t>(k));
        table.request.push_back(r);
        table.user.push_back(runs_[k].points[point_].users[r]);
        const auto from = runs_[k].points[point_].rows.row(r);
        std::copy(from.begin(), from.end(), table.values.row(k * n + r).begin());
      }
    }
  }

  const Study& study_;
  std::span<const ReplicateRun> runs_;
  std::size_t point_;
  const PointRun& first_;
  std::map<std::string, std::size_t> column_;
};

void add_validity(const Study& study, std::span<const ReplicateRun> runs, StudyResult& result) {
  std::map<std::string, double> means;
  for (std::size_t v = 0; v < runs[0].validity.size(); ++v) {
    std::vector<double> values;
    for (const ReplicateRun& run : runs) values.push_back(run.validity[v].second);
    const Estimate estimate = estimate_mean(values);
    result.validity.emplace_back(runs[0].validity[v].first, estimate);
    means[runs[0].validity[v].first] = estimate.mean;
  }
  const double target = study.points[0].scenario.world.truth.base_click_rate;
  const double rate = means["click_rate"];
  if (std::abs(rate - target) > 0.2 * target)
    result.warnings.push_back("the click rate of the logs is " + short_number(rate) + ", far from its target " +
                              short_number(target));
  constexpr double kSaturated = 0.01;  // a share of pairs with p > 0.95 above this flattens every ranking
  if (means["saturated_share"] > kSaturated)
    result.warnings.push_back("the truth is saturated: p(click) > 0.95 for a share of " +
                              short_number(means["saturated_share"]) + " of the pairs");
  if (means["random_page_value"] >= means["oracle_page_value"])
    result.warnings.push_back("the oracle's page is worth no more than a page by chance");
}

}  // namespace

double study_memory(const Study& study) {
  std::vector<Scenario> scenarios;
  for (const StudyPoint& point : study.points) scenarios.push_back(point.scenario);
  return estimate_memory(scenarios);
}

double available_memory() {
  const std::string text = read_file("/proc/meminfo");
  const std::string key = "MemAvailable:";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return std::numeric_limits<double>::infinity();
  return 1024 * std::stod(text.substr(at + key.size()));
}

void refuse_if_too_large(const Study& study) {
  const double needed = study_memory(study);
  const double available = available_memory();
  constexpr double kUsable = 0.9;
  if (needed <= kUsable * available) return;
  const Scenario& s = study.points[0].scenario;
  throw RefusedError("the run needs about " + short_number(needed / 1e9) + " GB of memory and " +
                     short_number(available / 1e9) + " GB are free: lower world.users (" +
                     std::to_string(s.world.users) + "), world.items (" + std::to_string(s.world.items) +
                     "), logs.requests_a_day (" + std::to_string(s.logs.requests_a_day) + ") or evaluate.requests (" +
                     std::to_string(s.evaluate.requests) + ")");
}

StudyResult assemble_study(const Study& study, std::span<const ReplicateRun> runs) {
  const Scenario& base = study.file.scenario;
  StudyResult result;
  result.scenario = base.name;
  result.question = base.question;
  result.seed = base.seed;
  result.replicates = base.evaluate.replicates;
  result.build = build_text();
  result.truth_at = base.evaluate.truth_at;
  add_validity(study, runs, result);
  for (std::size_t p = 0; p < study.points.size(); ++p) result.variants.push_back(Assembler(study, runs, p).variant());
  return result;
}

}  // namespace cascade
