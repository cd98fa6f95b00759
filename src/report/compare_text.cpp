#include <cmath>

#include "base/text.h"
#include "report/compare.h"
#include "report/format.h"
#include "report/json_text.h"
#include "report/lookup.h"
#include "report/markdown.h"

namespace cascade {
namespace {

constexpr std::size_t kEnd = 100;

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  return p < 0.0001 ? "<.0001" : fixed_text(p, 4);
}

/// Requests in which the other is better / the same / worse; larger counts as better without a better side.
std::string record_text(const MetricComparison& row) {
  const PairedGap& gap = row.gap;
  if (gap.wins + gap.ties + gap.losses == 0) return "-";
  const bool lower = row.direction == Direction::lower;
  return std::to_string(lower ? gap.losses : gap.wins) + "/" + std::to_string(gap.ties) + "/" +
         std::to_string(lower ? gap.wins : gap.losses);
}

std::string tolerance_text(const MetricComparison& row) {
  if (row.tolerance < 0) return "";
  return (row.past_tolerance ? "past the tolerance " : "within the tolerance ") + number_text(row.tolerance);
}

bool changed(const MetricComparison& row) {
  return row.gap.applies() && (row.gap.gap.mean != 0 || row.gap.wins + row.gap.losses > 0);
}

Ink ink_of(const MetricComparison& row) {
  if (row.past_tolerance || row.verdict == Verdict::worse) return Ink::bad;
  if (row.verdict == Verdict::better) return Ink::good;
  return row.verdict == Verdict::changed ? Ink::warn : Ink::dim;
}

std::string settings_terminal(const VariantComparison& pair, const TextStyle& style) {
  std::string out;
  for (const SettingDifference& difference : pair.settings) {
    TextLine line(style);
    line.put("   " + cut_text(difference.path, 44, style), Ink::dim).to(48);
    line.put(cut_text(difference.base.empty() ? "-" : difference.base, 22, style));
    line.put(style.glyph(" → ", " -> "), Ink::dim);
    line.put(cut_text(difference.other.empty() ? "-" : difference.other, kEnd - line.width(), style));
    out += line.str();
  }
  return out.empty() ? TextLine(style).put("   the same settings", Ink::dim).str() : out;
}

std::string metric_terminal(const MetricComparison& row, const TextStyle& style) {
  TextLine line(style);
  line.put(" ").put(verdict_mark(row.verdict, style.unicode), ink_of(row)).put(" ");
  line.put(cut_text(quantity_name(row.stage, row.metric), 29, style));
  line.to(33).put(estimate_text(row.base, style.plus_minus()));
  line.to(51).put(interval_text(row.gap.gap), ink_of(row));
  line.put_right(85, p_text(row.p_adjusted)).put_right(kEnd, record_text(row), Ink::dim);
  std::string out = line.str();
  const std::string tolerance = tolerance_text(row);
  if (!tolerance.empty()) out += TextLine(style).to(51).put(tolerance, row.past_tolerance ? Ink::bad : Ink::dim).str();
  return out;
}

Json nullable(double value) { return json_number(value); }

Json metric_json(const MetricComparison& row) {
  Json json;
  json["stage"] = row.stage;
  json["metric"] = row.metric;
  json["direction"] = row.direction == Direction::none     ? "none"
                      : row.direction == Direction::higher ? "higher"
                                                           : "lower";
  json["base"] = estimate_json(row.base);
  json["other"] = estimate_json(row.other);
  json["gap"] = estimate_json(row.gap.gap);
  json["unit"] = row.gap.unit;
  json["p_t"] = nullable(row.gap.p_t);
  json["p_holm"] = nullable(row.p_adjusted);
  json["p_wilcoxon"] = nullable(row.gap.p_wilcoxon);
  json["rerun_noise"] = nullable(row.gap.rerun_noise);
  json["larger"] = row.gap.wins;
  json["equal"] = row.gap.ties;
  json["smaller"] = row.gap.losses;
  json["verdict"] = verdict_name(row.verdict);
  if (row.tolerance >= 0) {
    json["tolerance"] = row.tolerance;
    json["past_tolerance"] = row.past_tolerance;
  }
  return json;
}

}  // namespace

std::string comparison_terminal(const Comparison& comparison, const TextStyle& style, bool all) {
  std::string out;
  for (const std::string& note : comparison.notes)
    for (const std::string& line : wrap_text(note, kEnd - 2))
      out += TextLine(style).put(" ").put(line, Ink::warn).str();
  for (const VariantComparison& pair : comparison.pairs) {
    if (!out.empty()) out += "\n";
    out += TextLine(style)
               .put(cut_text(pair.base, 40, style), Ink::bold)
               .put(style.glyph("  →  ", "  ->  "))
               .put(cut_text(pair.other, 40, style), Ink::bold)
               .str();
    out += TextLine(style)
               .put(" settings that differ; ", Ink::dim)
               .put(std::to_string(pair.paired_requests) + " requests paired", Ink::dim)
               .str();
    out += settings_terminal(pair, style);
    const auto mark = [&](Verdict verdict) { return std::string(verdict_mark(verdict, style.unicode)); };
    out += TextLine(style)
               .put(" " + mark(Verdict::better) + " better  " + mark(Verdict::worse) + " worse  " +
                        mark(Verdict::changed) + " changed: Holm p at most .05, beyond re-run noise  " +
                        mark(Verdict::within_noise) + " within noise",
                    Ink::dim)
               .str();
    TextLine head(style);
    head.to(3).put("metric", Ink::dim).to(33).put("base", Ink::dim).to(51).put("gap, 95 % interval", Ink::dim);
    head.put_right(85, "p (Holm)", Ink::dim).put_right(kEnd, "win/tie/loss", Ink::dim);
    out += head.str();
    std::size_t left_out = 0;
    for (const MetricComparison& row : pair.metrics) {
      if (all || changed(row) || row.tolerance >= 0) {
        out += metric_terminal(row, style);
      } else {
        ++left_out;
      }
    }
    if (left_out > 0)
      out += TextLine(style).put("   " + std::to_string(left_out) + " metrics are the same in both", Ink::dim).str();
  }
  return out;
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string out;
  for (const std::string& note : comparison.notes) out += "- " + markdown_text(note) + "\n";
  for (const VariantComparison& pair : comparison.pairs) {
    out +=
        (out.empty() ? "## " : "\n## ") + markdown_text(pair.base) + " against " + markdown_text(pair.other) + "\n\n";
    const std::vector<std::string> settings_head = {"setting", "base", "other"};
    std::vector<std::vector<std::string>> rows;
    for (const SettingDifference& d : pair.settings)
      rows.push_back({markdown_text(d.path), markdown_text(d.base), markdown_text(d.other)});
    if (!rows.empty()) out += markdown_table(settings_head, rows) + "\n";
    const std::vector<std::string> head = {"metric",   "base",         "other",        "gap",     "unit",
                                           "p (Holm)", "p (Wilcoxon)", "win/tie/loss", "verdict", "tolerance"};
    rows.clear();
    for (const MetricComparison& row : pair.metrics)
      rows.push_back({markdown_text(quantity_name(row.stage, row.metric)), estimate_text(row.base),
                      estimate_text(row.other), interval_text(row.gap.gap), row.gap.unit, p_text(row.p_adjusted),
                      p_text(row.gap.p_wilcoxon), record_text(row), std::string(verdict_name(row.verdict)),
                      tolerance_text(row)});
    out += markdown_table(head, rows);
  }
  return out;
}

std::string comparison_json(const Comparison& comparison) {
  Json json;
  json["schema"] = "cascade-comparison/1";
  json["past_tolerance"] = comparison.past_tolerance;
  json["notes"] = comparison.notes;
  json["pairs"] = Json::array();
  for (const VariantComparison& pair : comparison.pairs) {
    Json one;
    one["base"] = pair.base;
    one["other"] = pair.other;
    one["paired_requests"] = pair.paired_requests;
    one["settings"] = Json::array();
    for (const SettingDifference& d : pair.settings) {
      Json setting;
      setting["path"] = d.path;
      setting["base"] = d.base;
      setting["other"] = d.other;
      one["settings"].push_back(std::move(setting));
    }
    one["metrics"] = Json::array();
    for (const MetricComparison& row : pair.metrics) one["metrics"].push_back(metric_json(row));
    json["pairs"].push_back(std::move(one));
  }
  return json_text(json);
}

}  // namespace cascade
