#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"
#include "report/svg.h"

namespace cascade {
namespace {

constexpr double kFrom = 130;
constexpr double kTo = 480;
constexpr double kText = 494;
constexpr double kRow = 28;
constexpr double kHead = 14;
constexpr std::size_t kNameColumns = 18;

double row_middle(std::size_t row) { return kHead + (static_cast<double>(row) + 0.5) * kRow; }

void draw_scale(Svg& svg, const Axis& axis, std::size_t rows, bool percent) {
  const std::vector<double> ticks = axis.ticks(6);
  const double bottom = kHead + static_cast<double>(rows) * kRow;
  for (const double tick : ticks) {
    svg.line(axis.at(tick), kHead - 4, axis.at(tick), bottom, "grid");
    const std::string text = percent ? percent_text(tick, 0) : fixed_text(tick, Axis::decimals(ticks));
    svg.text(axis.at(tick), bottom + 15, text, "small mid");
  }
}

const MetricValue* split_of(const VariantResult& variant, const StageResult& stage) {
  const MetricValue* share = find_metric_value(variant.outcome, "regret." + stage.name);
  return share && share->estimate.n > 0 ? share : nullptr;
}

/// From the oracle's page at 100 % down to this page, a step a stage.
std::string waterfall(const VariantResult& variant) {
  std::vector<const MetricValue*> steps;
  std::vector<std::string> names;
  std::string words = "Of the oracle's page, " + variant.name + " loses";
  double left = 1;
  Range range;
  range.add(0.0);
  range.add(1.0);
  for (const StageResult& stage : variant.stages) {
    const MetricValue* share = split_of(variant, stage);
    if (share == nullptr) continue;
    words += (steps.empty() ? " " : ", ") + percent_text(share->estimate, "±") + " at " + stage.name;
    steps.push_back(share);
    names.push_back(stage.name);
    left -= share->estimate.mean;
    range.add(left);
  }
  if (steps.empty()) return "";
  const Axis axis{std::min(0.0, range.lo()), std::max(1.0, range.hi()), kFrom, kTo};
  const std::size_t rows = steps.size() + 2;
  Svg svg(kFigureWidth, kHead + static_cast<double>(rows) * kRow + 20, words + ".");
  draw_scale(svg, axis, rows, true);
  const auto bar = [&](std::size_t row, double a, double b, std::string_view look, const std::string& tip) {
    svg.rect(axis.at(std::min(a, b)), row_middle(row) - 9, axis.at(std::max(a, b)) - axis.at(std::min(a, b)), 18, look,
             tip);
  };
  svg.text(0, row_middle(0) + 4, "oracle's page", "");
  bar(0, 0, 1, "left", "the best page of the same length");
  svg.text(kText, row_middle(0) + 4, "100 %", "");
  left = 1;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Estimate& e = steps[s]->estimate;
    const double y = row_middle(s + 1);
    const std::string text = percent_text(e, "±");
    svg.line(axis.at(left), row_middle(s) + 9, axis.at(left), y - 9, "link");
    bar(s + 1, left, left - e.mean, e.mean >= 0 ? "lost" : "gain", names[s] + ": " + text + " of the oracle's page");
    if (e.n >= 2) svg.whisker(axis.at(left - e.hi), axis.at(left - e.lo), y);
    svg.text(0, y + 4, cut_text(names[s], kNameColumns, kPageText), "strong", names[s]);
    svg.text(kText, y + 4, (e.mean >= 0 ? "−" : "") + (e.mean >= 0 ? text : "+" + text.substr(1)), "");
    left -= e.mean;
  }
  svg.line(axis.at(left), row_middle(rows - 2) + 9, axis.at(left), row_middle(rows - 1) - 9, "link");
  svg.text(0, row_middle(rows - 1) + 4, "this page", "");
  bar(rows - 1, 0, left, "level", "what this funnel's page is worth of the oracle's");
  svg.text(kText, row_middle(rows - 1) + 4, percent_text(left), "");
  return svg.str();
}

const ArmResult* find_arm(const StageResult& stage, std::string_view name) {
  for (const ArmResult& arm : stage.arms)
    if (arm.arm == name) return &arm;
  return nullptr;
}

const MetricValue* arm_value(const StageResult& stage, std::string_view name) {
  const ArmResult* arm = find_arm(stage, name);
  const MetricValue* value = arm ? find_metric_value(arm->metrics, "value") : nullptr;
  return value && value->estimate.n > 0 ? value : nullptr;
}

bool has_arms(const VariantResult& variant) {
  return std::any_of(variant.stages.begin(), variant.stages.end(), [](const StageResult& stage) {
    return arm_value(stage, "oracle") != nullptr || arm_value(stage, "random") != nullptr;
  });
}

/// One row a stage: the page's value with chance, as it is, and with the oracle in the stage's place.
std::string arms_picture(const VariantResult& variant, const Range& range) {
  const MetricValue* value = find_metric_value(variant.outcome, "value");
  if (!has_arms(variant) || value == nullptr) return "";
  const Axis axis = range.axis(kFrom, kTo);
  const std::size_t rows = variant.stages.size();
  std::string words = variant.name + ": value " + estimate_text(value->estimate);
  for (const StageResult& stage : variant.stages)
    if (const Estimate room = arm_headroom(variant, stage, "oracle"); room.n > 0)
      words += "; a perfect " + stage.name + " would add " + interval_text(room);
  Svg svg(kFigureWidth, kHead + static_cast<double>(rows) * kRow + 20, words + ".");
  draw_scale(svg, axis, rows, false);
  const double here = axis.at(value->estimate.mean);
  for (std::size_t j = 0; j < rows; ++j) {
    const StageResult& stage = variant.stages[j];
    const double y = row_middle(j);
    svg.text(0, y + 4, cut_text(stage.name, kNameColumns, kPageText), "strong", stage.name);
    const MetricValue* random = arm_value(stage, "random");
    const MetricValue* oracle = arm_value(stage, "oracle");
    if (random) {
      svg.line(axis.at(random->estimate.mean), y, here, y, "floor");
      svg.whisker(axis.at(random->estimate.lo), axis.at(random->estimate.hi), y);
      svg.circle(axis.at(random->estimate.mean), y, 5, "random",
                 "random " + stage.name + ": " + estimate_text(random->estimate));
    }
    if (oracle) {
      svg.line(here, y, axis.at(oracle->estimate.mean), y, "room");
      svg.whisker(axis.at(oracle->estimate.lo), axis.at(oracle->estimate.hi), y);
      svg.diamond(axis.at(oracle->estimate.mean), y, 6, "oracle",
                  "oracle as " + stage.name + ": " + estimate_text(oracle->estimate));
      svg.text(kText, y + 4, gap_text(arm_headroom(variant, stage, "oracle")), "",
               "head-room: " + interval_text(arm_headroom(variant, stage, "oracle")));
    }
  }
  svg.line(here, kHead - 4, here, kHead + static_cast<double>(rows) * kRow, "here");
  return svg.str();
}

}  // namespace

std::string regret_markup(const StudyResult& study) {
  const std::string drawn = figures(study, [](const VariantResult& variant) { return waterfall(variant); });
  if (drawn.empty()) return "";
  return paragraph(
             "Whose fault it is: what each stage takes from the value of the oracle's page (Shapley share over every "
             "set of stages replaced by the oracle). Whiskers are the intervals of each share.",
             "note") +
         drawn;
}

std::string headroom_markup(const StudyResult& study) {
  Range range;
  for (const VariantResult& variant : study.variants) {
    if (const MetricValue* value = find_metric_value(variant.outcome, "value")) range.add(value->estimate);
    for (const StageResult& stage : variant.stages)
      for (const char* arm : {"random", "oracle"})
        if (const MetricValue* value = arm_value(stage, arm)) range.add(value->estimate);
  }
  const std::string drawn = figures(study, [&](const VariantResult& variant) { return arms_picture(variant, range); });
  if (drawn.empty()) return "";
  return paragraph(
             "Value of the page with one stage replaced and all others kept: ● by random choice, ◆ by the oracle; the "
             "line is the funnel as it is. The figure is the head-room, what a perfect scorer in this stage would add.",
             "note") +
         drawn;
}

}  // namespace cascade
