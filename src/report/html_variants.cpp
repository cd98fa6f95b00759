#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"
#include "report/paired.h"
#include "report/svg.h"
#include "report/verdict.h"

namespace cascade {
namespace {

constexpr double kWidth = 150;
constexpr double kHeight = 18;

struct Column {
  std::string stage;
  std::string metric;
  std::vector<PairedGap> gaps;  ///< [variants], of the baseline to itself: none
  Range range;                  ///< of all gaps, with 0
};

std::string_view verdict_class(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "good";
    case Verdict::worse:
      return "bad";
    case Verdict::changed:
      return "warn";
    default:
      return "dim";
  }
}

std::string whisker_picture(const PairedGap& gap, const Column& column, Verdict verdict) {
  const Axis axis = column.range.axis(4, kWidth - 4);
  const std::string text = interval_text(gap.gap) + ", " + std::string(verdict_name(verdict));
  Svg svg(kWidth, kHeight, "Gap to the baseline: " + text);
  svg.line(axis.at(0), 0, axis.at(0), kHeight, "zero");
  const std::string look = std::string(verdict_class(verdict));
  svg.whisker(axis.at(gap.gap.lo), axis.at(gap.gap.hi), kHeight / 2, "whisker " + look);
  svg.circle(axis.at(gap.gap.mean), kHeight / 2, 4, "dot " + look, text);
  return svg.str();
}

std::string gap_tooltip(const PairedGap& gap) {
  std::string text = interval_text(gap.gap) + " over " + gap.unit;
  if (gap.wins + gap.ties + gap.losses > 0)
    text += "; requests above, equal, below the baseline: " + std::to_string(gap.wins) + ", " +
            std::to_string(gap.ties) + ", " + std::to_string(gap.losses);
  if (gap.rerun_noise > 0) text += "; re-run noise of a difference " + short_number(gap.rerun_noise);
  return text;
}

std::string gap_markup(const PairedGap& gap, const Column& column) {
  const Verdict verdict = verdict_of(gap, metric_direction(column.metric));
  std::string markup = "<div class=\"" + std::string(verdict_class(verdict)) + "\" title=\"" +
                       html_text(gap_tooltip(gap)) + "\">" + html_text(gap_text(gap.gap)) + " " +
                       std::string(verdict_mark(verdict, true)) + "</div>";
  if (gap.gap.n >= 2) markup += whisker_picture(gap, column, verdict);
  return markup;
}

}  // namespace

std::string variants_markup(const StudyResult& study) {
  if (study.variants.size() < 2) return "";
  const VariantResult& base = study.variants[0];
  std::vector<Column> columns;
  for (const auto& [stage, metric] : chief_metrics(study)) {
    columns.push_back({stage, metric, std::vector<PairedGap>(study.variants.size()), {}});
    columns.back().range.add(0.0);
  }
  for (std::size_t v = 1; v < study.variants.size(); ++v) {
    const VariantPair pair(base, study.variants[v]);
    for (Column& column : columns) {
      if (!find_quantity(study.variants[v], column.stage, column.metric)) continue;
      column.gaps[v] = pair.gap(column.stage, column.metric);
      column.range.add(column.gaps[v].gap);
    }
  }

  std::vector<std::string> head = {"variant"};
  for (const Column& column : columns) head.push_back(metric_markup(column.stage, column.metric));
  head.push_back(metric_markup("", "compute_us"));
  HtmlTable table("Gaps to " + base.name + ", paired by request and replicate; whiskers are 95 % intervals.", "sort");
  table.head(head);
  const auto base_compute = find_quantity(base, "", "compute_us");
  for (std::size_t v = 0; v < study.variants.size(); ++v) {
    const VariantResult& variant = study.variants[v];
    std::vector<std::string> cells = {html_text(variant.name)};
    for (const Column& column : columns) {
      const auto q = find_quantity(variant, column.stage, column.metric);
      std::string cell = q ? html_text(estimate_text(q->estimate)) : "-";
      if (v == 0)
        cell += "<div class=\"dim\">baseline</div>";
      else if (column.gaps[v].applies())
        cell += gap_markup(column.gaps[v], column);
      cells.push_back(std::move(cell));
    }
    const auto compute = find_quantity(variant, "", "compute_us");
    std::string cell = compute ? html_text(short_number(compute->estimate.mean)) + " us" : "-";
    if (v > 0 && compute && base_compute && base_compute->estimate.mean > 0)
      cell += "<div class=\"dim\">×" + fixed_text(compute->estimate.mean / base_compute->estimate.mean, 2) + "</div>";
    cells.push_back(std::move(cell));
    table.row(cells);
  }
  return paragraph("▲ better   ▼ worse   ≠ changed, beyond noise   ≈ within noise", "note") + scrolled(table.str());
}

}  // namespace cascade
