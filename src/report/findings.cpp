#include "report/findings.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "metrics/info.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/paired.h"
#include "report/sweep.h"

namespace cascade {
namespace {

std::string at_k(const std::string& metric, const StudyResult& study) {
  return metric + "@" + std::to_string(*std::min_element(study.truth_at.begin(), study.truth_at.end()));
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

void add_bottleneck(const StudyResult& study, const FindingThresholds& t, std::vector<Finding>& findings) {
  if (study.truth_at.empty()) return;
  const std::string metric = at_k("lost", study);
  const StageResult* worst = nullptr;
  Estimate most;
  double all = 0;
  for (const StageResult& stage : study.variants[0].stages) {
    const MetricValue* lost = find_metric_value(stage.metrics, metric);
    if (!lost || lost->estimate.n == 0) continue;
    all += lost->estimate.mean;
    if (worst && lost->estimate.mean <= most.mean) continue;
    worst = &stage;
    most = lost->estimate;
  }
  if (!worst || most.mean < t.bottleneck_lost || most.mean < t.bottleneck_share * all) return;
  findings.push_back({"bottleneck", worst->name + " drops " + percent_text(most, "±") + " of the oracle's top " +
                                        metric.substr(metric.find('@') + 1) + ", " + percent_text(most.mean / all, 0) +
                                        " of all that " + study.variants[0].name + " loses: it is the bottleneck."});
}

/// Outcome metrics and those of the stages whose kind or model differs between the two.
std::vector<std::pair<std::string, std::string>> compared_metrics(const StudyResult& study, const VariantResult& base,
                                                                  const VariantResult& other) {
  std::vector<std::pair<std::string, std::string>> metrics = {{"", "value"}};
  if (!study.truth_at.empty()) metrics.emplace_back("", at_k("joint_recall", study));
  for (const StageResult& stage : base.stages) {
    const StageResult* counterpart = find_stage(other, stage.name);
    if (counterpart && (counterpart->kind != stage.kind || counterpart->model != stage.model))
      metrics.emplace_back(stage.name, "gauc");
  }
  return metrics;
}

std::string comparison(const StudyResult& study, const VariantResult& base, const VariantResult& other) {
  const VariantPair pair(base, other);
  std::vector<std::string> better, worse, alike;
  bool measured = true;
  for (const auto& [stage, metric] : compared_metrics(study, base, other)) {
    if (!find_quantity(base, stage, metric) || !find_quantity(other, stage, metric)) continue;
    const PairedGap gap = pair.gap(stage, metric);
    if (gap.gap.n < 2 || (gap.gap.lo == 0 && gap.gap.hi == 0)) continue;
    std::string text = (stage.empty() ? "" : stage + " ") + metric + " (" + interval_text(gap.gap);
    const bool clear = gap.gap.lo > 0 || gap.gap.hi < 0;
    measured = measured && !std::isnan(gap.rerun_noise);
    if (clear && !gap.beyond_noise()) text += ", less than twice the re-run noise " + short_number(gap.rerun_noise);
    text += ")";
    const bool up = (gap.gap.mean > 0) == (metric_direction(metric) != Direction::lower);
    (!gap.beyond_noise() ? alike : up ? better : worse).push_back(text);
  }
  std::vector<std::string> clauses;
  if (!better.empty()) clauses.push_back("beats " + base.name + " in " + joined(better));
  if (!worse.empty()) clauses.push_back("loses to " + base.name + " in " + joined(worse));
  if (!alike.empty()) clauses.push_back("is within noise of " + base.name + " in " + joined(alike));
  if (clauses.empty()) return "";
  const bool say_beyond = measured && (!better.empty() || !worse.empty());
  return other.name + " " + join(clauses, "; it ") + (say_beyond && alike.empty() ? ", beyond re-run noise." : ".");
}

void add_comparisons(const StudyResult& study, const FindingThresholds& t, std::vector<Finding>& findings) {
  const VariantResult& base = study.variants[0];
  if (study.variants.size() - 1 <= t.pairs) {
    for (std::size_t v = 1; v < study.variants.size(); ++v) {
      const std::string text = comparison(study, base, study.variants[v]);
      if (!text.empty()) findings.push_back({"comparison", text});
    }
    return;
  }
  const VariantResult* best = nullptr;
  double most = 0;
  for (const VariantResult& variant : study.variants) {
    const MetricValue* value = find_metric_value(variant.outcome, "value");
    if (!value || value->estimate.n == 0 || (best && value->estimate.mean <= most)) continue;
    best = &variant;
    most = value->estimate.mean;
  }
  if (!best) return;
  if (best == &base) {
    findings.push_back({"comparison", "None of the " + std::to_string(study.variants.size() - 1) +
                                          " other variants has a larger mean value than " + base.name + "."});
    return;
  }
  const std::string text = comparison(study, base, *best);
  if (!text.empty()) findings.push_back({"comparison", "Best by value: " + text});
}

void add_saturation(const SweepSeries& series, const std::string& path, std::vector<Finding>& findings) {
  std::size_t best = series.points.size();
  double most = 0;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const MetricValue* value = find_metric_value(series.points[i]->outcome, "value");
    if (!value || value->estimate.n == 0) return;
    if (best < series.points.size() && value->estimate.mean <= most) continue;
    best = i;
    most = value->estimate.mean;
  }
  const auto gap_to_best = [&](std::size_t i) {
    return VariantPair(*series.points[best], *series.points[i]).gap("", "value");
  };
  std::size_t cheapest = 0;
  while (cheapest < best && gap_to_best(cheapest).beyond_noise()) ++cheapest;
  const std::string x = path + " = ";
  std::string text = series.name + ": ";
  if (cheapest == best) {
    text += best + 1 == series.points.size()
                ? "value still rises at the largest " + x + number_text(series.xs[best]) + "."
                : "value is best at " + x + number_text(series.xs[best]) + ", beyond noise of all that is smaller.";
  } else {
    text += "value is flat beyond " + x + number_text(series.xs[cheapest]) +
            ", the smallest within noise of the best (" + number_text(series.xs[best]) + ": " +
            interval_text(gap_to_best(cheapest).gap) + ").";
  }
  const std::size_t last = series.points.size() - 1;
  if (last > best) {
    const PairedGap fall = gap_to_best(last);
    if (fall.beyond_noise())
      text += " It falls again: at " + number_text(series.xs[last]) + " it is " + interval_text(fall.gap) +
              " from the best.";
  }
  findings.push_back({"saturation", text});
}

/// Of many series the best are spoken of: those whose best point is worth most.
void add_saturations(const Sweep& sweep, std::vector<Finding>& findings) {
  constexpr std::size_t kMostSeries = 8;
  constexpr std::size_t kShown = 3;
  std::vector<std::pair<double, const SweepSeries*>> series;
  for (const SweepSeries& one : sweep.series) {
    series.emplace_back(-std::numeric_limits<double>::infinity(), &one);
    for (const VariantResult* point : one.points)
      if (const MetricValue* value = find_metric_value(point->outcome, "value"); value && value->estimate.n > 0)
        series.back().first = std::max(series.back().first, value->estimate.mean);
  }
  if (series.size() > kMostSeries) {
    std::stable_sort(series.begin(), series.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    series.resize(kShown);
  }
  for (const auto& [best, one] : series) add_saturation(*one, sweep.path, findings);
  if (series.size() < sweep.series.size())
    findings.push_back({"saturation", "These are the best " + std::to_string(kShown) + " of " +
                                          std::to_string(sweep.series.size()) + " series along " + sweep.path + "."});
}

void add_cost(const VariantResult& base, const FindingThresholds& t, std::vector<Finding>& findings) {
  double all = 0;
  const StageResult* most = nullptr;
  for (const StageResult& stage : base.stages) {
    all += stage.compute_us;
    if (!most || stage.compute_us > most->compute_us) most = &stage;
  }
  if (!most || !(all > 0) || base.stages.size() < 2 || most->compute_us < t.cost_share * all) return;
  findings.push_back({"cost", most->name + " takes " + percent_text(most->compute_us / all, 0) + " of the compute of " +
                                  base.name + " (" + short_number(most->compute_us) + " of " + short_number(all) +
                                  " us a request)."});
}

void add_budget(const std::string& who, const BudgetResult& budget, std::vector<Finding>& findings) {
  if (!budget.given) return;
  if (budget.utilisation > 1)
    findings.push_back({"budget", "The budget of " + who + " is exceeded by " +
                                      percent_text(budget.utilisation - 1, 0) + ": " + short_number(budget.used) +
                                      " of " + short_number(budget.limit) + " " + budget.unit + " a request."});
  if (budget.cut > 0)
    findings.push_back(
        {"budget", "The budget of " + who + " leaves " + short_number(budget.cut) + " candidates a request unscored."});
}

void add_calibration(const VariantResult& base, const FindingThresholds& t, std::vector<Finding>& findings) {
  for (const StageResult& stage : base.stages) {
    std::vector<std::string> over, under;
    for (const MetricValue& metric : stage.metrics) {
      const Estimate& e = metric.estimate;
      if (!metric.name.starts_with("pcoc.") || e.n < 2) continue;
      const std::string text = estimate_text(e) + " on " + metric.name.substr(5);
      if (e.lo > t.pcoc_high) over.push_back(text);
      if (e.hi < t.pcoc_low) under.push_back(text);
    }
    if (!over.empty())
      findings.push_back({"calibration", "The model of " + stage.name + " over-predicts: predicted over observed is " +
                                             joined(over) + "."});
    if (!under.empty())
      findings.push_back({"calibration", "The model of " + stage.name + " under-predicts: predicted over observed is " +
                                             joined(under) + "."});
  }
}

void add_headroom(const VariantResult& base, const FindingThresholds& t, std::vector<Finding>& findings) {
  const MetricValue* value = find_metric_value(base.outcome, "value");
  if (!value || !(value->estimate.mean > 0)) return;
  const StageResult* most = nullptr;
  Estimate room;
  for (const StageResult& stage : base.stages) {
    const Estimate e = arm_headroom(base, stage, "oracle");
    if (e.n < 2 || (most && e.mean <= room.mean)) continue;
    most = &stage;
    room = e;
  }
  if (!most || room.lo <= 0 || room.mean < t.worth * value->estimate.mean) return;
  findings.push_back({"headroom", "A perfect " + most->name + " alone would add " + interval_text(room) + " (" +
                                      percent_text(room.mean / value->estimate.mean, 0) + ") to the value of " +
                                      base.name + ", the largest head-room of a stage."});
}

}  // namespace

std::vector<Finding> find_findings(const StudyResult& study, const FindingThresholds& thresholds) {
  std::vector<Finding> findings;
  for (const std::string& warning : study.warnings) findings.push_back({"warning", "Warning: " + warning + "."});
  if (study.variants.empty()) return findings;
  const VariantResult& base = study.variants[0];
  add_bottleneck(study, thresholds, findings);
  add_comparisons(study, thresholds, findings);
  if (const std::optional<Sweep> sweep = find_sweep(study)) add_saturations(*sweep, findings);
  add_cost(base, thresholds, findings);
  for (const VariantResult& variant : study.variants) {
    const std::string of = study.variants.size() > 1 ? " in " + variant.name : std::string();
    for (const StageResult& stage : variant.stages) add_budget(stage.name + of, stage.budget, findings);
    add_budget("the whole request" + of, variant.budget, findings);
  }
  add_calibration(base, thresholds, findings);
  add_headroom(base, thresholds, findings);
  return findings;
}

}  // namespace cascade
