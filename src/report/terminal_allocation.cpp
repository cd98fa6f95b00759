#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/terminal.h"

namespace cascade {
namespace {

constexpr std::size_t kStageAt = 20;
constexpr std::size_t kMeanAt = kStageAt + 13;
constexpr std::size_t kSharesAt = kMeanAt + 13;
constexpr std::string_view kShareOf = "quota_share@";

/// "20: 35 %  50: 22 %  100: 43 %".
std::string shares_text(const StageResult& stage) {
  std::vector<std::string> parts;
  for (const MetricValue& metric : stage.metrics)
    if (metric.name.starts_with(kShareOf))
      parts.push_back(metric.name.substr(kShareOf.size()) + ": " + percent_text(metric.estimate.mean, 0));
  return join(parts, "  ");
}

bool is_allocated(const StageResult& stage) { return find_metric_value(stage.metrics, "allowed") != nullptr; }

/// "budget used 99.3 ±1.1 %, lambda 1.2e-08, ...": of the variant as a whole.
std::string rule_text(const VariantResult& variant, const TextStyle& style) {
  std::vector<std::string> parts;
  if (const MetricValue* used = find_metric_value(variant.outcome, "budget_used"))
    parts.push_back("budget used " + percent_text(used->estimate, style.plus_minus()));
  for (const StageResult& stage : variant.stages) {
    if (const MetricValue* lambda = find_metric_value(stage.metrics, "lambda"))
      parts.push_back("lambda " + short_number(lambda->estimate.mean));
    if (const MetricValue* r2 = find_metric_value(stage.metrics, "gain_r2"))
      parts.push_back("R2 of gains " + fixed_text(r2->estimate.mean, 2));
  }
  return join(parts, style.glyph(" · ", ", "));
}

/// What a controller held, and what a fixed budget would have; empty without one.
std::string control_text(const VariantResult& variant, const TextStyle& style) {
  std::vector<std::string> parts;
  const auto held = [&](const char* what, const char* name, const char* fixed) {
    const MetricValue* with = find_metric_value(variant.outcome, name);
    const MetricValue* without = find_metric_value(variant.outcome, fixed);
    if (with == nullptr || without == nullptr) return;
    parts.push_back(std::string(what) + " " + percent_text(with->estimate.mean, 1) + " (uncontrolled " +
                    percent_text(without->estimate.mean, 1) + ")");
  };
  held("overshoot", "overshoot", "overshoot_fixed");
  held("peak", "peak_load", "peak_load_fixed");
  return join(parts, style.glyph(" · ", ", "));
}

}  // namespace

bool is_allocated(const StudyResult& study) {
  return std::any_of(study.variants.begin(), study.variants.end(), [](const VariantResult& variant) {
    return find_metric_value(variant.outcome, "budget_used") != nullptr;
  });
}

std::string allocation_table(const StudyResult& study, const TextStyle& style) {
  std::string out = TextLine(style)
                        .put(" variant", Ink::dim)
                        .to(kStageAt)
                        .put("stage", Ink::dim)
                        .to(kMeanAt)
                        .put("mean quota", Ink::dim)
                        .to(kSharesAt)
                        .put("share of the requests that got each quota", Ink::dim)
                        .str();
  for (const VariantResult& variant : study.variants) {
    bool first = true;
    for (const StageResult& stage : variant.stages) {
      if (!is_allocated(stage)) continue;
      TextLine line(style);
      if (first) line.put(" " + cut_text(variant.name, kStageAt - 2, style), Ink::bold);
      line.to(kStageAt).put(cut_text(stage.name, kMeanAt - kStageAt - 1, style));
      line.to(kMeanAt).put(estimate_text(find_metric_value(stage.metrics, "allowed")->estimate, style.plus_minus()));
      out += line.to(kSharesAt).put(cut_text(shares_text(stage), kTerminalWidth - kSharesAt, style)).str();
      first = false;
    }
    if (first) continue;
    for (const std::string& text : {rule_text(variant, style), control_text(variant, style)})
      if (!text.empty())
        out += TextLine(style).put("   ").put(cut_text(text, kTerminalWidth - 3, style), Ink::dim).str();
  }
  return out;
}

}  // namespace cascade
