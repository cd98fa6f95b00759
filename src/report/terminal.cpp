#include "report/terminal.h"

#include <algorithm>

#include "base/text.h"
#include "report/sweep.h"

namespace cascade {
namespace {

std::string heading(const std::string& text, const std::string& aside, const TextStyle& style) {
  TextLine line(style);
  line.put(text, Ink::bold);
  if (!aside.empty()) line.put("  ").put(aside, Ink::dim);
  if (line.width() + 1 < kTerminalWidth)
    line.put(" ").repeat(style.glyph("─", "-"), kTerminalWidth - line.width() - 1, Ink::dim);
  return "\n" + line.str();
}

std::string legend(const TextStyle& style) {
  return style.unicode ? "▲ better  ▼ worse  ≠ changed, beyond noise  ≈ within noise"
                       : "^ better  v worse  ! changed, beyond noise  ~ within noise";
}

/// Findings are written once, for every writer; a terminal without Unicode gets their signs in ASCII.
std::string as_shown(std::string text, const TextStyle& style) {
  constexpr std::string_view kPlusMinus = "±";
  for (std::size_t at = text.find(kPlusMinus); !style.unicode && at != std::string::npos; at = text.find(kPlusMinus))
    text.replace(at, kPlusMinus.size(), style.plus_minus());
  return text;
}

/// Text behind a sign, wrapped.
std::string bullet(std::string_view sign, Ink ink, const std::string& content, const TextStyle& style) {
  std::string out;
  for (const std::string& text : wrap_text(as_shown(content, style), kTerminalWidth - 4))
    out += TextLine(style).put(out.empty() ? sign : "   ", ink).put(text).str();
  return out;
}

}  // namespace

std::string terminal_report(const StudyResult& study, std::span<const Finding> findings,
                            const TerminalOptions& options) {
  const TextStyle& style = options.style;
  std::string facts = "seed " + std::to_string(study.seed) + ", " + std::to_string(study.replicates) +
                      (study.replicates == 1 ? " replicate" : " replicates");
  std::string out = TextLine(style).put(study.scenario, Ink::bold).put("  ").put(facts, Ink::dim).str();
  for (const std::string& line : wrap_text(study.question, kTerminalWidth))
    if (!line.empty()) out += TextLine(style).put(line).str();
  if (study.variants.empty()) return out;

  const bool sweep = find_sweep(study).has_value();
  const std::size_t limit = static_cast<std::size_t>(options.funnels);
  const std::size_t drawn = sweep || study.variants.size() > limit ? 1 : study.variants.size();
  out += heading("THE FUNNEL",
                 std::string(style.glyph("█", "#")) + " still there  " + std::string(style.glyph("▒", "-")) +
                     " lost at this stage",
                 style);
  for (std::size_t v = 0; v < drawn; ++v) {
    if (v > 0) out += "\n";
    out += funnel_picture(study, study.variants[v], style);
  }
  if (sweep) {
    out += heading("THE SWEEP", std::string(style.glyph("★", "*")) + " best value", style);
    out += sweep_picture(study, style);
  } else if (study.variants.size() > 1) {
    out += heading("THE VARIANTS", legend(style), style);
    out += comparison_table(study, style);
  }
  if (is_allocated(study)) {
    out += heading("THE ALLOCATION", "quotas by request", style);
    out += allocation_table(study, style);
  }
  if (is_under_load(study)) {
    out += heading("UNDER LOAD", "simulated", style);
    out += serving_table(study, style);
  }
  if (serves_days(study)) {
    out += heading("DAY BY DAY", "after the logs", style);
    out += days_table(study, style);
  }
  if (!findings.empty()) {
    out += heading("FINDINGS", "", style);
    for (const Finding& finding : findings)
      out +=
          bullet(style.glyph(" • ", " * "), finding.kind == "warning" ? Ink::warn : Ink::accent, finding.text, style);
  }
  if (!study.expectations.empty()) {
    const auto held = std::count_if(study.expectations.begin(), study.expectations.end(),
                                    [](const ExpectationResult& expectation) { return expectation.holds; });
    out += heading("EXPECTATIONS", std::to_string(held) + " of " + std::to_string(study.expectations.size()) + " hold",
                   style);
    for (const ExpectationResult& expectation : study.expectations)
      out += expectation.holds
                 ? bullet(style.glyph(" ✓ ", " + "), Ink::good, expectation.text, style)
                 : bullet(style.glyph(" ✗ ", " x "), Ink::bad, expectation.text + ": " + expectation.detail, style);
  }
  return out;
}

}  // namespace cascade
