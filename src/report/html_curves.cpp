#include <algorithm>
#include <optional>

#include "base/text.h"
#include "report/format.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"
#include "report/svg.h"
#include "report/sweep.h"

namespace cascade {
namespace {

constexpr double kLeft = 58;
constexpr double kRight = 580;
constexpr double kTop = 12;
constexpr double kBottom = 250;
constexpr double kLegendRow = 18;
constexpr std::size_t kMostSeries = 8;
constexpr double kManyfold = 8;  ///< from this ratio on a scale is logarithmic

std::optional<Estimate> estimate_of(const VariantResult& variant, const std::string& metric) {
  const auto q = find_quantity(variant, "", metric);
  if (!q || q->estimate.n == 0) return std::nullopt;
  return q->estimate;
}

Axis x_axis(const Range& range) {
  return range.axis(kLeft, kRight, range.lo() > 0 && range.hi() >= kManyfold * range.lo());
}

void draw_axes(Svg& svg, const Axis& x, const std::vector<double>& x_ticks, const Axis& y, const std::string& x_name) {
  const std::vector<double> y_ticks = y.ticks(9);
  for (const double tick : y_ticks) {
    svg.line(kLeft, y.at(tick), kRight, y.at(tick), "grid");
    svg.text(kLeft - 6, y.at(tick) + 4, fixed_text(tick, Axis::decimals(y_ticks)), "small end");
  }
  double free_from = 0;
  for (const double tick : x_ticks) {
    const std::string text = short_number(tick);
    const double half = 3.5 * static_cast<double>(text.size());
    svg.line(x.at(tick), kBottom, x.at(tick), kBottom + 4, "tick");
    if (x.at(tick) - half < free_from) continue;
    svg.text(x.at(tick), kBottom + 17, text, "small mid");
    free_from = x.at(tick) + half + 6;
  }
  svg.line(kLeft, kBottom, kRight, kBottom, "tick");
  svg.text(kRight, kBottom + 33, x_name + (x.logarithmic ? ", log scale" : ""), "small end");
}

double legend_height(std::size_t series) {
  return series < 2 ? 0 : static_cast<double>(std::min(series, kMostSeries)) * kLegendRow;
}

void draw_legend(Svg& svg, const Sweep& sweep, double top) {
  if (sweep.series.size() < 2) return;
  for (std::size_t s = 0; s < std::min(sweep.series.size(), kMostSeries); ++s) {
    const double y = top + (static_cast<double>(s) + 0.5) * kLegendRow;
    svg.polyline({{kLeft, y}, {kLeft + 34, y}}, "curve " + series_class(s));
    svg.circle(kLeft + 17, y, 4, "dot " + series_class(s));
    svg.text(kLeft + 42, y + 4, cut_text(sweep.series[s].name, 70, kPageText), "");
  }
}

/// One metric of the outcome over the swept setting: a line with its band for each series.
std::string curves(const Sweep& sweep, const std::string& metric) {
  Range range;
  std::string words = metric + " over " + sweep.path;
  const std::size_t num_series = std::min(sweep.series.size(), kMostSeries);
  for (std::size_t s = 0; s < num_series; ++s) {
    words += "; " + (sweep.series[s].name.empty() ? std::string("values") : sweep.series[s].name) + ":";
    for (std::size_t i = 0; i < sweep.series[s].points.size(); ++i)
      if (const auto e = estimate_of(*sweep.series[s].points[i], metric)) {
        range.add(*e);
        words += " " + number_text(sweep.series[s].xs[i]) + " " + estimate_text(*e) + ",";
      }
  }
  if (range.empty()) return "";
  Range xs;
  for (const double x : sweep.xs) xs.add(x);
  const Axis x = x_axis(xs);
  const Axis y = range.axis(kBottom, kTop);
  words.back() = '.';
  Svg svg(kFigureWidth, kBottom + 42 + legend_height(sweep.series.size()), words);
  draw_axes(svg, x, sweep.xs, y, sweep.path);
  for (std::size_t s = 0; s < num_series; ++s) {
    const SweepSeries& series = sweep.series[s];
    std::vector<std::pair<double, double>> line;
    std::vector<std::pair<double, double>> upper;
    std::vector<std::pair<double, double>> lower;
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const auto e = estimate_of(*series.points[i], metric);
      if (!e) continue;
      line.emplace_back(x.at(series.xs[i]), y.at(e->mean));
      upper.emplace_back(x.at(series.xs[i]), y.at(e->hi));
      lower.emplace_back(x.at(series.xs[i]), y.at(e->lo));
    }
    upper.insert(upper.end(), lower.rbegin(), lower.rend());
    svg.polygon(upper, "band " + series_class(s));
    svg.polyline(line, "curve " + series_class(s));
    for (std::size_t i = 0; i < series.points.size(); ++i)
      if (const auto e = estimate_of(*series.points[i], metric))
        svg.circle(x.at(series.xs[i]), y.at(e->mean), 3.5, "dot " + series_class(s),
                   series.points[i]->name + ": " + estimate_text(*e));
  }
  draw_legend(svg, sweep, kBottom + 38);
  return figure(metric, svg.str());
}

std::string sweep_table(const Sweep& sweep, const std::vector<std::string>& metrics) {
  HtmlTable table("Every point of the sweep.", "sort");
  std::vector<std::string> head = {"variant", html_text(sweep.path)};
  for (const std::string& metric : metrics) head.push_back(metric_markup("", metric));
  head.push_back(metric_markup("", "compute_us"));
  table.head(head);
  for (const SweepSeries& series : sweep.series)
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      std::vector<std::string> cells = {html_text(series.name), number_text(series.xs[i])};
      for (const std::string& metric : metrics) {
        const auto e = estimate_of(*series.points[i], metric);
        cells.push_back(e ? html_text(estimate_text(*e)) : "-");
      }
      const auto compute = estimate_of(*series.points[i], "compute_us");
      cells.push_back(compute ? html_text(short_number(compute->mean)) + " us" : "-");
      table.row(cells);
    }
  return scrolled(table.str());
}

struct Point {
  const VariantResult* variant;
  double compute;
  Estimate value;
  std::size_t series;
};

/// Labels beside the points, moved up or down until they stand clear of each other.
void draw_labels(Svg& svg, const std::vector<Point>& points, const Axis& x, const Axis& y) {
  struct Box {
    double left, right, middle;
  };
  std::vector<Box> taken;
  for (const Point& point : points) {
    const std::string name = cut_text(point.variant->name, 26, kPageText);
    const double width = 6.6 * static_cast<double>(display_width(name));
    const bool at_left = x.at(point.compute) + 10 + width > kRight;
    const double left = at_left ? x.at(point.compute) - 10 - width : x.at(point.compute) + 10;
    double middle = y.at(point.value.mean);
    for (int attempt = 0; attempt < 40; ++attempt) {
      const double shift = 13.0 * ((attempt + 1) / 2) * (attempt % 2 == 0 ? 1 : -1);
      middle = y.at(point.value.mean) + shift;
      const bool clear = std::none_of(taken.begin(), taken.end(), [&](const Box& box) {
        return left < box.right && box.left < left + width && middle - box.middle < 13 && box.middle - middle < 13;
      });
      if (clear && middle > kTop && middle < kBottom - 4) break;
    }
    taken.push_back({left, left + width, middle});
    svg.text(at_left ? left + width : left, middle + 4, name, at_left ? "end" : "", point.variant->name);
  }
}

}  // namespace

std::string sweep_markup(const StudyResult& study) {
  const std::optional<Sweep> sweep = find_sweep(study);
  if (!sweep) return "";
  std::vector<std::string> metrics = {"value"};
  if (!study.truth_at.empty()) metrics.push_back("joint_recall" + smallest_at(study));
  metrics.emplace_back("value_per_compute");
  std::string drawn;
  for (const std::string& metric : metrics) drawn += curves(*sweep, metric);
  std::string notes =
      paragraph("Bands are 95 % intervals of each point; curves of one study share their worlds.", "note");
  if (sweep->series.size() > kMostSeries)
    notes +=
        paragraph(std::to_string(sweep->series.size() - kMostSeries) + " more series stand in the table only.", "note");
  return notes + "<div class=\"figures\">\n" + drawn + "</div>\n" +
         details("Every point as a table", sweep_table(*sweep, metrics));
}

std::string value_over_compute(const StudyResult& study) {
  const std::optional<Sweep> sweep = find_sweep(study);
  std::vector<Point> points;
  Range xs;
  Range values;
  std::string words = "Value over compute:";
  const auto add = [&](const VariantResult& variant, std::size_t series) {
    const auto value = estimate_of(variant, "value");
    const auto compute = estimate_of(variant, "compute_us");
    if (!value || !compute || !(compute->mean > 0)) return;
    points.push_back({&variant, compute->mean, *value, series});
    xs.add(compute->mean);
    values.add(*value);
    words += " " + variant.name + " " + estimate_text(*value) + " for " + short_number(compute->mean) + " us;";
  };
  if (sweep) {
    for (std::size_t s = 0; s < std::min(sweep->series.size(), kMostSeries); ++s)
      for (const VariantResult* variant : sweep->series[s].points) add(*variant, s);
  } else {
    for (std::size_t v = 0; v < study.variants.size(); ++v) add(study.variants[v], v);
  }
  if (points.size() < 2) return "";
  const Axis x = x_axis(xs);
  const Axis y = values.axis(kBottom, kTop);
  words.back() = '.';
  Svg svg(kFigureWidth, kBottom + 42 + (sweep ? legend_height(sweep->series.size()) : 0), words);
  draw_axes(svg, x, x.ticks(7), y, "core-us a request");
  if (sweep) {
    for (std::size_t s = 0; s < std::min(sweep->series.size(), kMostSeries); ++s) {
      std::vector<std::pair<double, double>> line;
      for (const Point& point : points)
        if (point.series == s) line.emplace_back(x.at(point.compute), y.at(point.value.mean));
      svg.polyline(line, "curve " + series_class(s));
    }
    draw_legend(svg, *sweep, kBottom + 38);
  }
  for (const Point& point : points) {
    if (point.value.n >= 2)
      svg.whisker_up(x.at(point.compute), y.at(point.value.hi), y.at(point.value.lo),
                     "whisker " + series_class(point.series));
    svg.circle(x.at(point.compute), y.at(point.value.mean), 4.5, "dot " + series_class(point.series),
               point.variant->name + ": " + estimate_text(point.value) + " for " + short_number(point.compute) + " us");
  }
  if (!sweep) draw_labels(svg, points, x, y);
  return figure("value over compute", svg.str());
}

}  // namespace cascade
