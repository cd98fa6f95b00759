#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/terminal.h"

namespace cascade {
namespace {

// Columns of the picture.
constexpr std::size_t kNameEnd = 13;
constexpr std::size_t kBar = 14;  // the candidates' bar starts here
constexpr std::size_t kBarWidth = 26;
constexpr std::size_t kCountEnd = 47;  // the count ends here
constexpr std::size_t kTruth = 49;     // the oracle's bar starts here
constexpr std::size_t kTruthWidth = 16;
constexpr std::size_t kLeftEnd = 77;  // what is left ends here
constexpr std::size_t kLostEnd = 89;
constexpr std::size_t kCost = 91;
constexpr std::size_t kCostWidth = 4;

std::size_t cells(double share, std::size_t width) {
  if (!(share > 0)) return 0;
  return static_cast<std::size_t>(std::lround(std::min(share, 1.0) * static_cast<double>(width)));
}

/// Bars of even width, centred, as wide as the logarithm of the count.
std::size_t funnel_width(double count, double most) {
  const double share = std::log(std::max(count, 1.0) + 1) / std::log(std::max(most, 1.0) + 1);
  return 2 * std::max<std::size_t>(1, cells(share, kBarWidth / 2));
}

void put_bar(TextLine& line, double count, double most, const TextStyle& style) {
  const std::size_t width = funnel_width(count, most);
  line.to(kBar + (kBarWidth - width) / 2).repeat(style.glyph("█", "#"), width, Ink::accent);
  line.put_right(kCountEnd, grouped_count(count));
}

/// What is left of the oracle's top k, and what dies here behind it.
void put_truth(TextLine& line, double left, double came_in, const TextStyle& style) {
  const std::size_t now = cells(left, kTruthWidth);
  const std::size_t before = std::max(now, cells(came_in, kTruthWidth));
  line.to(kTruth).repeat(style.glyph("█", "#"), now, Ink::good);
  line.repeat(style.glyph("▒", "-"), before - now, Ink::bad);
}

/// "exact_inner_product · towers → score · fine"
std::string how_text(const VariantResult& variant, const TextStyle& style) {
  std::string text;
  for (const StageResult& stage : variant.stages) {
    if (!text.empty()) text += style.glyph(" → ", " -> ");
    text += stage.kind;
    if (!stage.model.empty() && stage.model != stage.kind) text += std::string(style.glyph(" · ", "/")) + stage.model;
  }
  return text;
}

/// Who lost the value: the regret as a sum over the stages, dearest marked.
std::string split_text(const VariantResult& variant, const TextStyle& style) {
  std::vector<std::string> parts;
  for (const StageResult& stage : variant.stages)
    if (const MetricValue* share = find_metric_value(variant.outcome, "regret." + stage.name);
        share && share->estimate.n > 0)
      parts.push_back(stage.name + " " + estimate_text(share->estimate, style.plus_minus()));
  if (parts.empty()) return "";
  return TextLine(style)
      .put(" regret", Ink::dim)
      .to(kBar)
      .put(cut_text("= " + join(parts, " + "), kTerminalWidth - kBar, style), Ink::dim)
      .str();
}

std::string budget_line(const std::string& name, const BudgetResult& budget, const TextStyle& style) {
  if (!budget.given) return "";
  return TextLine(style)
      .put(" budget", Ink::dim)
      .to(kBar)
      .put(cut_text(budget_text(name, budget), kTerminalWidth - kBar, style),
           budget.utilisation > 1 ? Ink::bad : Ink::dim)
      .str();
}

/// The variant's name and what the columns are; a long name has a line of its own.
std::string picture_head(const VariantResult& variant, const std::string& k, const TextStyle& style) {
  std::string out;
  TextLine head(style);
  if (display_width(variant.name) + 1 < kNameEnd) {
    head.put(" " + variant.name, Ink::bold);
  } else {
    out += TextLine(style).put(" " + cut_text(variant.name, kTerminalWidth - 1, style), Ink::bold).str();
  }
  head.to(kBar).put("candidates, log scale", Ink::dim);
  if (!k.empty()) {
    head.to(kTruth).put("oracle's top " + k, Ink::dim);
    head.put_right(kLeftEnd, "still there", Ink::dim).put_right(kLostEnd, "lost here", Ink::dim);
  }
  return out + head.put_right(kTerminalWidth, "compute", Ink::dim).str();
}

}  // namespace

std::string page_text(const VariantResult& variant, const TextStyle& style) {
  std::vector<std::string> parts;
  for (const char* name : {"value", "regret"})
    if (const MetricValue* metric = find_metric_value(variant.outcome, name); metric && metric->estimate.n > 0)
      parts.push_back(std::string(name) + " " + estimate_text(metric->estimate, style.plus_minus()));
  for (const char* name : {"compute_us", "latency_us"})
    if (const auto q = find_quantity(variant, "", name)) {
      const std::string what(name);
      parts.push_back(what.substr(0, what.size() - 3) + " " + short_number(q->estimate.mean) + " us");
    }
  return join(parts, style.glyph(" · ", ", "));
}

std::string budget_text(const std::string& name, const BudgetResult& budget) {
  std::string text =
      name + ": " + short_number(budget.limit) + " " + budget.unit + ", used " + percent_text(budget.utilisation, 0);
  if (budget.cut > 0) text += ", " + short_number(budget.cut) + " candidates unscored";
  return text;
}

std::string funnel_picture(const StudyResult& study, const VariantResult& variant, const TextStyle& style) {
  std::string k;
  if (!study.truth_at.empty()) k = std::to_string(*std::min_element(study.truth_at.begin(), study.truth_at.end()));
  double compute = 0;
  double worst_loss = 0;
  for (const StageResult& stage : variant.stages) {
    compute += stage.compute_us;
    if (const MetricValue* lost = find_metric_value(stage.metrics, "lost@" + k))
      worst_loss = std::max(worst_loss, lost->estimate.mean);
  }
  const double most = variant.stages.empty() ? 1 : variant.stages[0].in;

  std::string out = picture_head(variant, k, style);
  TextLine catalogue(style);
  catalogue.put(" catalogue");
  put_bar(catalogue, most, most, style);
  if (!k.empty()) {
    put_truth(catalogue, 1, 1, style);
    catalogue.put_right(kLeftEnd, "100 %");
  }
  out += catalogue.str();

  double came_in = 1;
  for (const StageResult& stage : variant.stages) {
    TextLine line(style);
    line.put(" " + cut_text(stage.name, kNameEnd - 1, style), Ink::bold);
    put_bar(line, stage.out, most, style);
    const MetricValue* left = find_metric_value(stage.metrics, "joint_recall@" + k);
    const MetricValue* lost = find_metric_value(stage.metrics, "lost@" + k);
    if (left && lost && left->estimate.n > 0 && lost->estimate.n > 0) {
      const bool worst = lost->estimate.mean == worst_loss && worst_loss > 0;
      put_truth(line, left->estimate.mean, came_in, style);
      line.put_right(kLeftEnd, percent_text(left->estimate, style.plus_minus()));
      line.put_right(kLostEnd, percent_text(lost->estimate, style.plus_minus()), worst ? Ink::bad : Ink::dim);
      came_in = left->estimate.mean;
    }
    if (compute > 0) {
      line.to(kCost).repeat(style.glyph("■", "="), cells(stage.compute_us / compute, kCostWidth), Ink::warn);
      line.put_right(kTerminalWidth, percent_text(stage.compute_us / compute, 0));
    }
    out += line.str();
  }
  out += TextLine(style)
             .put(" page")
             .to(kBar)
             .put(cut_text(page_text(variant, style), kTerminalWidth - kBar, style))
             .str();
  out += split_text(variant, style);
  out += TextLine(style)
             .put(" stages", Ink::dim)
             .to(kBar)
             .put(cut_text(how_text(variant, style), kTerminalWidth - kBar, style), Ink::dim)
             .str();
  for (const StageResult& stage : variant.stages) out += budget_line(stage.name, stage.budget, style);
  return out + budget_line("whole request", variant.budget, style);
}

}  // namespace cascade
