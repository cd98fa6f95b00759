#include "report/verdict.h"

#include <algorithm>

#include "report/lookup.h"

namespace cascade {
namespace {

/// The stage that the variants are about.
const StageResult* telling_stage(const StudyResult& study) {
  const VariantResult& base = study.variants[0];
  for (const StageResult& stage : base.stages)
    for (const VariantResult& variant : study.variants) {
      const StageResult* other = find_stage(variant, stage.name);
      if (other && (other->kind != stage.kind || other->model != stage.model) &&
          find_metric_value(stage.metrics, "gauc"))
        return &stage;
    }
  for (const StageResult& stage : base.stages)
    if (find_metric_value(stage.metrics, "gauc")) return &stage;
  return nullptr;
}

}  // namespace

Verdict verdict_of(const PairedGap& gap, Direction direction) {
  if (gap.gap.n < 2) return Verdict::unknown;
  if (!gap.beyond_noise()) return Verdict::within_noise;
  if (direction == Direction::none) return Verdict::changed;
  return (gap.gap.mean > 0) == (direction == Direction::higher) ? Verdict::better : Verdict::worse;
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::changed:
      return "changed";
    case Verdict::within_noise:
      return "within noise";
    case Verdict::unknown:
      break;
  }
  return "-";
}

std::string_view verdict_mark(Verdict verdict, bool unicode) {
  switch (verdict) {
    case Verdict::better:
      return unicode ? "▲" : "^";
    case Verdict::worse:
      return unicode ? "▼" : "v";
    case Verdict::changed:
      return unicode ? "≠" : "!";
    case Verdict::within_noise:
      return unicode ? "≈" : "~";
    case Verdict::unknown:
      break;
  }
  return " ";
}

std::vector<std::pair<std::string, std::string>> chief_metrics(const StudyResult& study) {
  std::vector<std::pair<std::string, std::string>> wanted = {{"", "value"}};
  std::string k;
  if (!study.truth_at.empty()) {
    k = "@" + std::to_string(*std::min_element(study.truth_at.begin(), study.truth_at.end()));
    wanted.emplace_back("", "joint_recall" + k);
  }
  if (const StageResult* stage = telling_stage(study)) {
    wanted.emplace_back(stage->name, "gauc");
    if (!k.empty()) wanted.emplace_back(stage->name, "overlap_fine" + k);
  }
  std::vector<std::pair<std::string, std::string>> metrics;
  for (const auto& metric : wanted)
    if (find_quantity(study.variants[0], metric.first, metric.second)) metrics.push_back(metric);
  return metrics;
}

}  // namespace cascade
