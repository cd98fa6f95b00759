#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/sweep.h"
#include "report/terminal.h"
#include "report/verdict.h"

namespace cascade {
namespace {

constexpr std::size_t kPlot = 10;  // the plot's first column
constexpr std::size_t kPlotWidth = 88;
constexpr std::size_t kRows = 9;
constexpr std::size_t kMaxSeries = 4;

struct PlotGlyphs {
  std::string_view point[kMaxSeries];
  std::string_view bar;
};

PlotGlyphs plot_glyphs(const TextStyle& style) {
  if (style.unicode) return {{"●", "○", "◆", "◇"}, "│"};
  return {{"*", "o", "x", "+"}, "|"};
}

constexpr Ink kSeriesInk[kMaxSeries] = {Ink::accent, Ink::warn, Ink::good, Ink::bad};

struct Cell {
  std::string_view glyph;
  Ink ink = Ink::plain;
};

std::optional<Estimate> estimate_at(const VariantResult& variant, const std::string& metric) {
  const auto q = find_quantity(variant, "", metric);
  if (!q || q->estimate.n == 0) return std::nullopt;
  return q->estimate;
}

/// One metric of the outcome over the swept setting: a point a variant, its interval as a bar. The settings stand at
/// even distances, whatever their size.
std::string curves(const Sweep& sweep, const std::string& metric, const TextStyle& style) {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -lo;
  for (const SweepSeries& series : sweep.series)
    for (const VariantResult* point : series.points)
      if (const auto e = estimate_at(*point, metric)) {
        lo = std::min(lo, e->lo);
        hi = std::max(hi, e->hi);
      }
  if (!(lo <= hi)) return "";
  if (lo == hi) {
    lo -= 0.5;
    hi += 0.5;
  }
  const std::size_t num_series = std::min(sweep.series.size(), kMaxSeries);
  const std::size_t slot = kPlotWidth / sweep.xs.size();
  const std::size_t apart = std::min<std::size_t>(2, slot / (num_series + 1));
  if (apart == 0) return "";  // more settings than columns: the table says it
  std::vector<std::vector<Cell>> rows(kRows, std::vector<Cell>(kPlotWidth));
  const auto row_of = [&](double value) {
    return static_cast<std::size_t>(std::lround((hi - value) / (hi - lo) * (kRows - 1)));
  };
  const PlotGlyphs glyphs = plot_glyphs(style);
  for (std::size_t s = 0; s < num_series; ++s) {
    const SweepSeries& series = sweep.series[s];
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const auto e = estimate_at(*series.points[i], metric);
      if (!e) continue;
      const auto x =
          static_cast<std::size_t>(std::lower_bound(sweep.xs.begin(), sweep.xs.end(), series.xs[i]) - sweep.xs.begin());
      const std::size_t column = x * slot + slot / 2 + s * apart - (num_series - 1) * apart / 2;
      for (std::size_t r = row_of(e->hi); r <= row_of(e->lo); ++r) rows[r][column] = {glyphs.bar, kSeriesInk[s]};
      rows[row_of(e->mean)][column] = {glyphs.point[s], kSeriesInk[s]};
    }
  }

  TextLine title(style);
  title.put(" " + metric, Ink::bold);
  for (std::size_t s = 0; s < num_series; ++s)
    title.put("   ").put(glyphs.point[s], kSeriesInk[s]).put(" " + cut_text(sweep.series[s].name, 18, style));
  std::string out = title.str();
  const int decimals = decimals_for((hi - lo) / 8);
  for (std::size_t r = 0; r < kRows; ++r) {
    TextLine line(style);
    if (r % 4 == 0) {
      const double value = hi - (hi - lo) * static_cast<double>(r) / (kRows - 1);
      line.put_right(kPlot - 2, fixed_text(value, decimals), Ink::dim);
    }
    line.to(kPlot - 1).put(style.glyph(r % 4 == 0 ? "┤" : "│", "|"), Ink::dim);
    for (std::size_t c = 0; c < kPlotWidth; ++c)
      if (!rows[r][c].glyph.empty()) line.to(kPlot + c).put(rows[r][c].glyph, rows[r][c].ink);
    out += line.str();
  }
  out += TextLine(style)
             .to(kPlot - 1)
             .put(style.glyph("└", "+"), Ink::dim)
             .repeat(style.glyph("─", "-"), kPlotWidth, Ink::dim)
             .str();
  TextLine ticks(style);
  for (std::size_t x = 0; x < sweep.xs.size(); ++x) {
    const std::string text = short_number(sweep.xs[x]);
    const std::size_t middle = kPlot + x * slot + slot / 2;
    if (ticks.width() == 0 || middle - text.size() / 2 > ticks.width())
      ticks.to(middle - text.size() / 2).put(text, Ink::dim);
  }
  out += ticks.str();
  out += TextLine(style).put_right(kPlot + kPlotWidth, sweep.path, Ink::dim).str();
  return out;
}

}  // namespace

std::string sweep_picture(const StudyResult& study, const TextStyle& style) {
  const std::optional<Sweep> sweep = find_sweep(study);
  if (!sweep) return "";
  std::string k;
  if (!study.truth_at.empty())
    k = "joint_recall@" + std::to_string(*std::min_element(study.truth_at.begin(), study.truth_at.end()));

  constexpr std::size_t kX = 24, kValue = 36, kRecall = 55, kCompute = 81, kPerCompute = 100;
  TextLine head(style);
  head.put(" variant", Ink::dim).put_right(kX + 8, sweep->path.substr(sweep->path.rfind('.') + 1), Ink::dim);
  head.to(kValue).put("value", Ink::dim).to(kRecall).put(k, Ink::dim);
  head.put_right(kCompute, "compute", Ink::dim).put_right(kPerCompute, "value / core-ms", Ink::dim);
  std::string out = head.str();
  // Of very many series the best are shown: those whose best point is worth most.
  constexpr std::size_t kMostPoints = 60;
  std::vector<const SweepSeries*> shown;
  std::size_t points = 0;
  for (const SweepSeries& series : sweep->series) {
    shown.push_back(&series);
    points += series.points.size();
  }
  const auto best_of = [](const SweepSeries& series) {
    double best = -std::numeric_limits<double>::infinity();
    for (const VariantResult* point : series.points)
      if (const auto e = estimate_at(*point, "value")) best = std::max(best, e->mean);
    return best;
  };
  if (points > kMostPoints) {
    std::stable_sort(shown.begin(), shown.end(),
                     [&](const SweepSeries* a, const SweepSeries* b) { return best_of(*a) > best_of(*b); });
    std::size_t kept = 0;
    for (std::size_t rows = 0; kept < shown.size(); ++kept) {
      rows += shown[kept]->points.size();
      if (kept > 0 && rows > kMostPoints) break;
    }
    shown.resize(kept);
  }
  for (const SweepSeries* one : shown) {
    const SweepSeries& series = *one;
    const double best = best_of(series);
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const VariantResult& point = *series.points[i];
      TextLine line(style);
      line.put(" " + cut_text(series.name, kX - 2, style), i == 0 ? Ink::bold : Ink::dim);
      line.put_right(kX + 8, short_number(series.xs[i]));
      if (const auto e = estimate_at(point, "value")) {
        line.to(kValue).put(estimate_text(*e, style.plus_minus()));
        if (e->mean == best) line.put(style.glyph(" ★", " *"), Ink::good);
      }
      if (const auto e = estimate_at(point, k)) line.to(kRecall).put(estimate_text(*e, style.plus_minus()));
      if (const auto e = estimate_at(point, "compute_us")) line.put_right(kCompute, short_number(e->mean) + " us");
      if (const auto e = estimate_at(point, "value_per_compute"))
        line.put_right(kPerCompute, estimate_text(*e, style.plus_minus()));
      out += line.str();
    }
  }
  if (shown.size() < sweep->series.size())
    out += TextLine(style)
               .put(" the best " + std::to_string(shown.size()) + " of " + std::to_string(sweep->series.size()) +
                        " series; report.csv has all",
                    Ink::dim)
               .str();
  for (const std::string& metric : {std::string("value"), k}) {
    const std::string plot = metric.empty() ? "" : curves(*sweep, metric, style);
    if (!plot.empty()) out += "\n" + plot;
  }
  return out;
}

}  // namespace cascade
