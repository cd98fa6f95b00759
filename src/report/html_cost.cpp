#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"
#include "report/svg.h"
#include "report/terminal.h"

namespace cascade {
namespace {

constexpr double kFrom = 150;
constexpr double kTo = 500;
constexpr double kRow = 24;
constexpr double kLegendRow = 18;
constexpr std::size_t kNameColumns = 21;

bool has_long_names(const StudyResult& study) {
  return std::any_of(study.variants.begin(), study.variants.end(),
                     [](const VariantResult& variant) { return display_width(variant.name) > kNameColumns; });
}

double compute_of(const VariantResult& variant) {
  double sum = 0;
  for (const StageResult& stage : variant.stages) sum += stage.compute_us;
  return sum;
}

/// Names of all stages, in the order of first appearance.
std::vector<std::string> stage_names(const StudyResult& study) {
  std::vector<std::string> names;
  for (const VariantResult& variant : study.variants)
    for (const StageResult& stage : variant.stages)
      if (std::find(names.begin(), names.end(), stage.name) == names.end()) names.push_back(stage.name);
  return names;
}

/// Compute of each variant, split over its stages.
std::string split_picture(const StudyResult& study) {
  const std::vector<std::string> names = stage_names(study);
  double most = 0;
  for (const VariantResult& variant : study.variants) most = std::max(most, compute_of(variant));
  if (!(most > 0)) return "";
  const double legend = static_cast<double>((names.size() + 2) / 3) * kLegendRow;
  const bool above = has_long_names(study);  // a long name has a line of its own above its bar
  const double row = above ? kRow + 16 : kRow;
  const double from = above ? 0 : kFrom;
  std::string words = "Compute of a request, split over the stages:";
  for (const VariantResult& variant : study.variants) {
    words += " " + variant.name + " " + short_number(compute_of(variant)) + " us";
    for (const StageResult& stage : variant.stages) words += ", " + stage.name + " " + short_number(stage.compute_us);
    words += ";";
  }
  words.back() = '.';
  Svg svg(kFigureWidth, legend + 10 + row * static_cast<double>(study.variants.size()), words);
  for (std::size_t n = 0; n < names.size(); ++n) {
    const double x = static_cast<double>(n % 3) * 195;
    const double y = static_cast<double>(n / 3) * kLegendRow;
    svg.rect(x, y + 3, 12, 12, "part " + series_class(n));
    svg.text(x + 18, y + 13, cut_text(names[n], 24, kPageText), "", names[n]);
  }
  for (std::size_t v = 0; v < study.variants.size(); ++v) {
    const VariantResult& variant = study.variants[v];
    double y = legend + 6 + row * static_cast<double>(v);
    svg.text(0, y + 15, cut_text(variant.name, above ? 3 * kNameColumns : kNameColumns, kPageText), "strong",
             variant.name);
    if (above) y += 16;
    double x = from;
    for (const StageResult& stage : variant.stages) {
      const double width = stage.compute_us / most * (kTo - from);
      const auto at = std::find(names.begin(), names.end(), stage.name) - names.begin();
      svg.rect(x, y + 3, width, 16, "part " + series_class(static_cast<std::size_t>(at)),
               stage.name + ": " + short_number(stage.compute_us) + " core-us");
      x += width;
    }
    svg.text(x + 8, y + 15, short_number(compute_of(variant)) + " us", "");
  }
  return figure("core-us a request, by stage", svg.str());
}

std::string cost_table(const StudyResult& study) {
  HtmlTable table("Counted work and its price, means a request.", "");
  std::vector<std::string> head = {"variant", "stage"};
  for (const char* metric : {"in", "out", "items_scored", "flops", "bytes_read", "compute_us", "latency_us"})
    head.push_back(metric_markup("", metric));
  head.emplace_back("share");
  head.emplace_back("budget");
  table.head(head);
  for (const VariantResult& variant : study.variants) {
    const double all = compute_of(variant);
    for (const StageResult& stage : variant.stages) {
      std::vector<std::string> cells = {html_text(variant.name), html_text(stage.name)};
      for (const double value : {stage.in, stage.out, stage.work.items, stage.work.flops, stage.work.bytes,
                                 stage.compute_us, stage.latency_us})
        cells.push_back(html_text(short_number(value)));
      cells.push_back(all > 0 ? percent_text(stage.compute_us / all, 0) : "-");
      cells.push_back(stage.budget.given ? html_text(budget_text(stage.name, stage.budget)) : "-");
      table.row(cells);
    }
  }
  return scrolled(table.str());
}

std::string estimate_cell(const VariantResult& variant, const char* metric, bool percent) {
  const MetricValue* value = find_metric_value(variant.outcome, metric);
  if (value == nullptr) return "-";
  return html_text(percent ? percent_text(value->estimate, "±") : estimate_text(value->estimate));
}

/// Response times of each variant: median to 99th percentile, and the limit.
std::string response_picture(const StudyResult& study) {
  double limit = 0;
  const bool limited = parse_number(get_setting(study.variants[0], "serving.limit_ms"), limit);
  Range range;
  range.add(0.0);
  if (limited) range.add(limit);
  std::string words = "Response times under load:";
  for (const VariantResult& variant : study.variants)
    for (const char* name : {"rt_p50", "rt_p95", "rt_p99"})
      if (const MetricValue* value = find_metric_value(variant.outcome, name); value && value->estimate.n > 0) {
        range.add(value->estimate);
        words += " " + variant.name + " " + name + " " + estimate_text(value->estimate) + " ms;";
      }
  words.back() = '.';
  const Axis axis = range.axis(kFrom, kFigureWidth - 10);
  const double bottom = 20 + kRow * static_cast<double>(study.variants.size());
  Svg svg(kFigureWidth, bottom + 20, words);
  const std::vector<double> ticks = axis.ticks(7);
  for (const double tick : ticks) {
    if (tick < 0) continue;
    svg.line(axis.at(tick), 18, axis.at(tick), bottom, "grid");
    svg.text(axis.at(tick), bottom + 14, fixed_text(tick, Axis::decimals(ticks)), "small mid");
  }
  if (limited) {
    svg.line(axis.at(limit), 16, axis.at(limit), bottom, "limit");
    svg.text(axis.at(limit), 12, "limit", "small end");
  }
  for (std::size_t v = 0; v < study.variants.size(); ++v) {
    const VariantResult& variant = study.variants[v];
    const double y = 20 + kRow * (static_cast<double>(v) + 0.5);
    svg.text(0, y + 4, cut_text(variant.name, kNameColumns, kPageText), "strong", variant.name);
    const MetricValue* low = find_metric_value(variant.outcome, "rt_p50");
    const MetricValue* high = find_metric_value(variant.outcome, "rt_p99");
    if (low && high && low->estimate.n > 0 && high->estimate.n > 0)
      svg.line(axis.at(low->estimate.mean), y, axis.at(high->estimate.mean), y, "room");
    for (const char* name : {"rt_p50", "rt_p95", "rt_p99"})
      if (const MetricValue* value = find_metric_value(variant.outcome, name); value && value->estimate.n > 0) {
        if (value->estimate.n >= 2) svg.whisker(axis.at(value->estimate.lo), axis.at(value->estimate.hi), y);
        svg.circle(axis.at(value->estimate.mean), y, 4, "dot s0",
                   std::string(name) + ": " + estimate_text(value->estimate) + " ms");
      }
  }
  return figure("response time in ms: median, 95th and 99th percentile", svg.str());
}

std::string usable_picture(const StudyResult& study) {
  Range range;
  range.add(0.0);
  std::string words = "Usable load:";
  for (const VariantResult& variant : study.variants)
    if (const MetricValue* value = find_metric_value(variant.outcome, "usable_qps"); value && value->estimate.n > 0) {
      range.add(value->estimate);
      words += " " + variant.name + " " + estimate_text(value->estimate) + " requests a second;";
    }
  if (!(range.hi() > 0)) return "";
  words.back() = '.';
  const Axis axis{0, range.hi(), kFrom, kTo - 20};
  Svg svg(kFigureWidth, 10 + kRow * static_cast<double>(study.variants.size()), words);
  for (std::size_t v = 0; v < study.variants.size(); ++v) {
    const VariantResult& variant = study.variants[v];
    const double y = 5 + kRow * (static_cast<double>(v) + 0.5);
    svg.text(0, y + 4, cut_text(variant.name, kNameColumns, kPageText), "strong", variant.name);
    const MetricValue* value = find_metric_value(variant.outcome, "usable_qps");
    if (value == nullptr || value->estimate.n == 0) continue;
    svg.rect(kFrom, y - 8, axis.at(value->estimate.mean) - kFrom, 16, "level");
    if (value->estimate.n >= 2) svg.whisker(axis.at(value->estimate.lo), axis.at(value->estimate.hi), y);
    svg.text(axis.at(value->estimate.hi) + 8, y + 4, estimate_text(value->estimate), "");
  }
  return figure("usable requests a second", svg.str());
}

}  // namespace

std::string cost_markup(const StudyResult& study) {
  const std::string drawn = split_picture(study) + value_over_compute(study);
  if (drawn.empty()) return "";
  return paragraph("Work is counted, not timed, and priced by the scenario's hardware profile.", "note") +
         "<div class=\"figures\">\n" + drawn + "</div>\n" + details("Work and cost of every stage", cost_table(study));
}

std::string serving_markup(const StudyResult& study) {
  if (study.variants.empty() || !is_under_load(study)) return "";
  HtmlTable table("Means over independent runs of the simulation.", "sort");
  const std::vector<std::pair<const char*, bool>> columns = {
      {"rt_p50", false}, {"rt_p95", false},  {"rt_p99", false},           {"usable_qps", false},     {"failed", true},
      {"dropped", true}, {"degraded", true}, {"lost_by_degraded", false}, {"lost_by_dropped", false}};
  std::vector<std::string> head = {"variant"};
  for (const auto& column : columns) head.push_back(metric_markup("", column.first));
  table.head(head);
  HtmlTable stages("Of each stage.", "sort");
  const std::vector<std::pair<const char*, bool>> stage_columns = {{"rt_p50", false},   {"rt_p99", false},
                                                                   {"wait", false},     {"worker_utilisation", true},
                                                                   {"timed_out", true}, {"dropped", true}};
  std::vector<std::string> stage_head = {"variant", "stage"};
  for (const auto& column : stage_columns) stage_head.push_back(metric_markup("", column.first));
  stages.head(stage_head);
  for (const VariantResult& variant : study.variants) {
    std::vector<std::string> cells = {html_text(variant.name)};
    for (const auto& column : columns) cells.push_back(estimate_cell(variant, column.first, column.second));
    table.row(cells);
    for (const StageResult& stage : variant.stages) {
      std::vector<std::string> row = {html_text(variant.name), html_text(stage.name)};
      for (const auto& column : stage_columns) {
        const MetricValue* value = find_metric_value(stage.metrics, column.first);
        row.push_back(!value          ? std::string("-")
                      : column.second ? html_text(percent_text(value->estimate, "±"))
                                      : html_text(estimate_text(value->estimate)));
      }
      stages.row(row);
    }
  }
  const VariantResult& base = study.variants[0];
  return paragraph("Simulated at " + get_setting(base, "serving.qps") +
                       " requests a second. Usable is the load at which at most 1 % fail, with a limit of " +
                       get_setting(base, "serving.limit_ms") + " ms.",
                   "note") +
         "<div class=\"figures\">\n" + response_picture(study) + usable_picture(study) + "</div>\n" +
         scrolled(table.str()) + details("Under load, stage by stage", scrolled(stages.str()));
}

}  // namespace cascade
