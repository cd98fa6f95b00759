#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/text.h"
#include "config/writer.h"
#include "engine/replicate.h"
#include "study/csv_field.h"
#include "study/log_files.h"
#include "study/study.h"

namespace cascade {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

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
    double cut = 0;
    for (std::size_t j = 0; j < point.scenario.funnel.size(); ++j) {
      variant.stages.push_back(stage(j));
      cut += mean_of(point.scenario.funnel[j].name + ".cut");
    }
    variant.budget = budget_result(point.scenario.budget, mean_of("flops"), mean_of("compute_us"), cut);
    fill_requests(variant.requests);
    return variant;
  }

 private:
  double mean_of(const std::string& column) const {
    return request_metric(runs_, point_, column_.at(column), column).estimate.mean;
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
    stage.in = mean_of(prefix + "in");
    stage.out = mean_of(prefix + "out");
    stage.work = {mean_of(prefix + "items_scored"), mean_of(prefix + "flops"), mean_of(prefix + "bytes_read")};
    stage.latency_us = mean_of(prefix + "latency_us");
    stage.compute_us = mean_of(prefix + "compute_us");
    stage.index_build = first_.stages[j].index_build;
    stage.budget = budget_result(spec.budget, stage.work.flops, stage.compute_us, mean_of(prefix + "cut"));
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

/// A replicate of which the points that the store has are taken from it, and the others are run and given to it.
ReplicateRun run_missing(std::span<const Scenario> points, std::uint64_t seed, const RunProgress& progress,
                         const RunStore& store) {
  ReplicateRun all;
  std::vector<Scenario> missing;
  std::vector<std::size_t> places;
  for (std::size_t p = 0; p < points.size(); ++p) {
    std::optional<RunStore::Part> part = store.find(points[p], seed);
    const bool usable = part && (p > 0 || !part->validity.empty());  // the first one's world is described
    all.points.push_back(usable ? std::move(part->run) : PointRun());
    if (usable && p == 0) all.validity = std::move(part->validity);
    if (usable) continue;
    missing.push_back(points[p]);
    places.push_back(p);
  }
  if (missing.empty()) return all;
  ReplicateRun fresh = run_replicate(missing, seed, progress);
  for (std::size_t m = 0; m < missing.size(); ++m) {
    RunStore::Part part{std::move(fresh.points[m]), m == 0 ? fresh.validity : NamedValues()};
    store.keep(missing[m], seed, part);
    all.points[places[m]] = std::move(part.run);
  }
  if (places[0] == 0) all.validity = std::move(fresh.validity);
  return all;
}

/// Replicates that run side by side: as many as threads can be kept busy with and memory has room for.
std::size_t replicate_lanes(const Study& study, std::size_t replicates) {
  constexpr std::size_t kMost = 4;  // more would wait for memory rather than for each other
  constexpr double kUsable = 0.5;
  const double room = kUsable * available_memory() / std::max(1.0, study_memory(study));
  const auto fit = static_cast<std::size_t>(std::clamp(room, 1.0, static_cast<double>(kMost)));
  return std::min({replicates, fit, static_cast<std::size_t>(num_threads())});
}

/// Tells of replicates that run side by side as of one after the other: of the first that is not finished.
class RunningReplicates {
 public:
  RunningReplicates(std::size_t n, const RunProgress& progress) : finished_(n, false), progress_(progress) {}

  RunProgress progress_of(std::size_t r) {
    if (!progress_) return {};
    return [this, r](const std::string& phase, double share) {
      {
        const std::lock_guard lock(mutex_);
        if (first_ != r) return;
      }
      progress_("replicate " + std::to_string(r + 1) + "/" + std::to_string(finished_.size()) + ": " + phase, share);
    };
  }

  void finish(std::size_t r) {
    const std::lock_guard lock(mutex_);
    finished_[r] = true;
    while (first_ < finished_.size() && finished_[first_]) ++first_;
  }

 private:
  std::mutex mutex_;
  std::vector<bool> finished_;
  std::size_t first_ = 0;
  const RunProgress& progress_;
};

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

StudyResult run_study(const Study& study, const RunProgress& progress, const CandidateSink& candidates,
                      const RunStore* store) {
  CASCADE_CHECK(store == nullptr || !candidates, "candidates are of the run itself: a stored part has none");
  std::vector<Scenario> scenarios;
  for (const StudyPoint& point : study.points) scenarios.push_back(point.scenario);
  const Scenario& base = study.file.scenario;
  const auto replicates = static_cast<std::size_t>(base.evaluate.replicates);
  std::vector<ReplicateRun> runs(replicates);
  CandidateDump dump;
  dump.write = candidates;
  for (const StudyPoint& point : study.points) dump.variants.push_back(csv_field(point.name));
  if (candidates) candidates(kCandidateColumns);
  // A replicate has stretches that only one thread can do, the training of its largest model above all: replicates run
  // side by side fill them. Those that candidates are taken of keep their order.
  std::atomic<std::size_t> next = 0;
  RunningReplicates running(replicates, progress);
  for_each_task(candidates ? 1 : replicate_lanes(study, replicates), [&](std::size_t) {
    for (std::size_t r = next++; r < replicates; r = next++) {
      const RunProgress in_this = running.progress_of(r);
      const std::uint64_t seed = derive_seed(base.seed, Stream::replicate, r);
      CandidateDump of_this = dump;
      of_this.replicate = r;
      std::vector<Scenario> own;
      for (const Scenario& scenario : scenarios) own.push_back(of_replicate(scenario, r));
      runs[r] = store == nullptr ? run_replicate(own, seed, in_this, of_this) : run_missing(own, seed, in_this, *store);
      running.finish(r);
    }
  });
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
