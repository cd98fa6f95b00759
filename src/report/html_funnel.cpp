#include <algorithm>

#include "base/real.h"
#include "base/text.h"
#include "report/format.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"
#include "report/svg.h"
#include "report/terminal.h"

namespace cascade {
namespace {

// Columns and rows of the picture, in pixels.
constexpr double kFunnelMiddle = 198;
constexpr double kFunnelHalf = 56;
constexpr double kTruth = 268;
constexpr double kTruthWidth = 148;
constexpr double kFigures = 424;
constexpr double kCost = 524;
constexpr double kCostWidth = 30;
constexpr double kHead = 32;
constexpr double kLevel = 20;
constexpr double kBetween = 36;
constexpr std::size_t kNameColumns = 19;
constexpr std::size_t kKindColumns = 23;

double level_top(std::size_t level) { return kHead + static_cast<double>(level) * (kLevel + kBetween); }

double half_width(double count, double most) {
  const double share = exact_log(std::max(count, 1.0) + 1) / exact_log(std::max(most, 1.0) + 1);
  return std::max(3.0, share * kFunnelHalf);
}

void draw_level(Svg& svg, std::size_t level, double count, double most) {
  const double half = half_width(count, most);
  svg.rect(kFunnelMiddle - half, level_top(level), 2 * half, kLevel, "level", grouped_count(count) + " candidates");
  const bool inside = half > 3.6 * static_cast<double>(grouped_count(count).size()) + 2;
  svg.text(inside ? kFunnelMiddle : kFunnelMiddle + half + 4, level_top(level) + 14, grouped_count(count),
           inside ? "on mid" : "");
}

/// What is left of the oracle's items at a level, what died at the stage above it, and what had died before.
void draw_truth(Svg& svg, std::size_t level, double left, double came_in, const std::string& tip) {
  const double y = level_top(level);
  svg.rect(kTruth, y, kTruthWidth, kLevel, "empty");
  svg.rect(kTruth + left * kTruthWidth, y, (came_in - left) * kTruthWidth, kLevel, "lost", tip);
  svg.rect(kTruth, y, left * kTruthWidth, kLevel, "left", tip);
}

std::string describe(const VariantResult& variant, const std::string& at) {
  std::string text = "Funnel of " + variant.name + ": ";
  if (!variant.stages.empty()) text += grouped_count(variant.stages[0].in) + " items in the catalogue";
  for (const StageResult& stage : variant.stages) {
    text += "; " + stage.name + " keeps " + grouped_count(stage.out);
    if (const MetricValue* left = find_metric_value(stage.metrics, "joint_recall" + at); left && left->estimate.n > 0)
      text += ", of the oracle's top " + at.substr(1) + " " + percent_text(left->estimate, "±") + " are still there";
  }
  return text + ".";
}

void draw_stage(Svg& svg, const StageResult& stage, std::size_t j, double most) {
  const double y = level_top(j) + kLevel;
  const double above = half_width(stage.in, most);
  const double below = half_width(stage.out, most);
  svg.polygon({{kFunnelMiddle - above, y},
               {kFunnelMiddle + above, y},
               {kFunnelMiddle + below, y + kBetween},
               {kFunnelMiddle - below, y + kBetween}},
              "neck");
  const std::string kind = stage.model.empty() ? stage.kind : stage.kind + " · " + stage.model;
  svg.text(0, y + 15, cut_text(stage.name, kNameColumns, kPageText), "strong", stage.name);
  svg.text(0, y + 29, cut_text(kind, kKindColumns, kPageText), "small", kind);
}

std::string funnel_figure(const StudyResult& study, const VariantResult& variant) {
  const std::string at = smallest_at(study);
  double compute = 0;
  double worst = 0;
  for (const StageResult& stage : variant.stages) {
    compute += stage.compute_us;
    if (const MetricValue* lost = find_metric_value(stage.metrics, "lost" + at))
      worst = std::max(worst, lost->estimate.mean);
  }
  const double most = variant.stages.empty() ? 1 : variant.stages[0].in;
  Svg svg(kFigureWidth, level_top(variant.stages.size()) + kLevel + 6, describe(variant, at));
  svg.text(kFunnelMiddle, 18, "candidates, log scale", "small mid");
  if (!at.empty()) svg.text(kTruth, 18, "oracle's top " + at.substr(1) + ": still there, lost here", "small");
  svg.text(kFigureWidth, 18, "compute", "small end");
  svg.text(0, level_top(0) + 14, "catalogue", "");
  for (std::size_t j = 0; j < variant.stages.size(); ++j) draw_stage(svg, variant.stages[j], j, most);
  draw_level(svg, 0, most, most);
  if (!at.empty()) {
    draw_truth(svg, 0, 1, 1, "every one of the oracle's items is in the catalogue");
    svg.text(kFigures, level_top(0) + 14, "100 %", "");
  }
  double came_in = 1;
  for (std::size_t j = 0; j < variant.stages.size(); ++j) {
    const StageResult& stage = variant.stages[j];
    draw_level(svg, j + 1, stage.out, most);
    const double between = level_top(j) + kLevel;
    const MetricValue* left = find_metric_value(stage.metrics, "joint_recall" + at);
    const MetricValue* lost = find_metric_value(stage.metrics, "lost" + at);
    if (left && lost && left->estimate.n > 0 && lost->estimate.n > 0) {
      const std::string left_text = percent_text(left->estimate, "±");
      const std::string lost_text = percent_text(lost->estimate, "±");
      draw_truth(svg, j + 1, left->estimate.mean, came_in,
                 "after " + stage.name + ": " + left_text + " still there, " + lost_text + " lost here");
      const double y = level_top(j + 1) + kLevel / 2;
      svg.whisker(kTruth + std::max(0.0, left->estimate.lo) * kTruthWidth,
                  kTruth + std::min(1.0, left->estimate.hi) * kTruthWidth, y);
      svg.text(kFigures, level_top(j + 1) + 14, left_text, "");
      const bool is_worst = worst > 0 && lost->estimate.mean >= worst;
      svg.text(kFigures, between + 22, "−" + lost_text, is_worst ? "bad strong" : "dim");
      came_in = left->estimate.mean;
    }
    if (compute > 0) {
      const double share = stage.compute_us / compute;
      svg.rect(kCost, between + 11, std::max(1.0, share * kCostWidth), 14, "cost",
               short_number(stage.compute_us) + " core-us a request");
      svg.text(kFigureWidth, between + 22, percent_text(share, 0), "end");
    }
  }
  std::string notes = paragraph(page_text(variant, kPageText), "note");
  for (const StageResult& stage : variant.stages)
    if (stage.budget.given) notes += paragraph("budget of " + budget_text(stage.name, stage.budget), "note");
  if (variant.budget.given) notes += paragraph("budget of the " + budget_text("whole request", variant.budget), "note");
  return svg.str() + notes;
}

}  // namespace

std::string funnels_markup(const StudyResult& study) {
  if (study.variants.empty()) return "";
  return figures(study, [&](const VariantResult& variant) { return funnel_figure(study, variant); });
}

}  // namespace cascade
