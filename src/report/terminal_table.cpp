#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/paired.h"
#include "report/terminal.h"
#include "report/verdict.h"

namespace cascade {
namespace {

constexpr std::size_t kNameWidth = 19;
constexpr std::size_t kCell = 18;

Ink verdict_ink(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return Ink::good;
    case Verdict::worse:
      return Ink::bad;
    case Verdict::changed:
      return Ink::warn;
    default:
      return Ink::dim;
  }
}

}  // namespace

std::string comparison_table(const StudyResult& study, const TextStyle& style) {
  const auto metrics = chief_metrics(study);
  const VariantResult& base = study.variants[0];
  const auto base_compute = find_quantity(base, "", "compute_us");

  TextLine stages(style);
  TextLine names(style);
  names.put(" variant", Ink::dim);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    const std::size_t column = 1 + kNameWidth + m * kCell;
    if (!metrics[m].first.empty()) stages.to(column).put(cut_text(metrics[m].first, kCell - 1, style), Ink::dim);
    names.to(column).put(cut_text(metrics[m].second, kCell - 1, style), Ink::dim);
  }
  if (base_compute) names.put_right(kTerminalWidth, "compute", Ink::dim);
  std::string out = stages.width() > 0 ? stages.str() : "";
  out += names.str();

  for (const VariantResult& variant : study.variants) {
    TextLine line(style);
    line.put(" " + cut_text(variant.name, kNameWidth - 1, style), Ink::bold);
    for (std::size_t m = 0; m < metrics.size(); ++m)
      if (const auto q = find_quantity(variant, metrics[m].first, metrics[m].second))
        line.to(1 + kNameWidth + m * kCell).put(estimate_text(q->estimate, style.plus_minus()));
    const auto compute = find_quantity(variant, "", "compute_us");
    if (compute && base_compute) line.put_right(kTerminalWidth, short_number(compute->estimate.mean) + " us");
    out += line.str();
    if (&variant == &base) continue;

    const VariantPair pair(base, variant);
    TextLine gaps(style);
    gaps.put(style.glyph("   Δ", "   gap"), Ink::dim);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      if (!find_quantity(variant, metrics[m].first, metrics[m].second)) continue;
      const PairedGap gap = pair.gap(metrics[m].first, metrics[m].second);
      const Verdict verdict = verdict_of(gap, metric_direction(metrics[m].second));
      gaps.to(kNameWidth + m * kCell).put(gap_text(gap.gap, style.plus_minus()), verdict_ink(verdict));
      gaps.put(" ").put(verdict_mark(verdict, style.unicode), verdict_ink(verdict));
    }
    if (compute && base_compute && base_compute->estimate.mean > 0)
      gaps.put_right(
          kTerminalWidth,
          std::string(style.glyph("×", "x")) + fixed_text(compute->estimate.mean / base_compute->estimate.mean, 2),
          Ink::dim);
    out += gaps.str();
  }
  return out;
}

}  // namespace cascade
