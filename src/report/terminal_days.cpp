#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/terminal.h"

namespace cascade {
namespace {

constexpr std::size_t kName = 19;
constexpr std::size_t kCell = 16;
constexpr std::size_t kMostColumns = 5;

const MetricValue* find(const VariantResult& variant, const std::string& name) {
  return find_metric_value(variant.outcome, name);
}

/// Days served: dayN.value is there for N of 1 .. days.
std::size_t num_days(const VariantResult& variant) {
  std::size_t days = 0;
  while (find(variant, "day" + std::to_string(days + 1) + ".value") != nullptr) ++days;
  return days;
}

/// The first, the last and some between.
std::vector<std::size_t> days_shown(std::size_t days) {
  std::vector<std::size_t> shown;
  const std::size_t n = std::min(days, kMostColumns);
  for (std::size_t c = 0; c < n; ++c) shown.push_back(n == 1 ? 1 : 1 + c * (days - 1) / (n - 1));
  return shown;
}

/// Metrics under this head that stand in the table: value and GAUC of scorers, or share and what becomes of the
/// oracle's items.
std::vector<std::string> metrics_shown(const VariantResult& variant, const std::string& head) {
  std::vector<std::string> metrics;
  bool has_recall = false;
  for (const MetricValue& metric : variant.outcome) {
    if (!metric.name.starts_with(head)) continue;
    const std::string name = metric.name.substr(head.size());
    const bool recall = name.starts_with("joint_recall@") && !has_recall;
    has_recall |= recall;
    if (recall || name == "value" || name == "share" || name == "coverage" || name.ends_with(".gauc") ||
        name.ends_with(".auc"))
      metrics.push_back(name);
  }
  return metrics;
}

std::string rows(const StudyResult& study, const std::vector<std::string>& heads,
                 const std::vector<std::string>& titles, const TextStyle& style) {
  std::string out;
  for (const std::string& metric : metrics_shown(study.variants[0], heads[0])) {
    TextLine head(style);
    head.put(" " + cut_text(metric, kName, style), Ink::dim);
    for (std::size_t c = 0; c < titles.size(); ++c) head.to(2 + kName + c * kCell).put(titles[c], Ink::dim);
    out += head.str();
    for (const VariantResult& variant : study.variants) {
      TextLine line(style);
      line.put("   " + cut_text(variant.name, kName - 3, style), Ink::bold);
      for (std::size_t c = 0; c < heads.size(); ++c)
        if (const MetricValue* value = find(variant, heads[c] + metric))
          line.to(2 + kName + c * kCell).put(estimate_text(value->estimate, style.plus_minus()));
      out += line.str();
    }
  }
  return out;
}

}  // namespace

bool serves_days(const StudyResult& study) {
  return std::any_of(study.variants.begin(), study.variants.end(),
                     [](const VariantResult& variant) { return num_days(variant) > 0; });
}

std::string days_table(const StudyResult& study, const TextStyle& style) {
  std::vector<std::string> heads;
  std::vector<std::string> titles;
  for (const std::size_t day : days_shown(num_days(study.variants[0]))) {
    heads.push_back("day" + std::to_string(day) + ".");
    titles.push_back("day " + std::to_string(day));
  }
  if (heads.empty()) return "";
  return rows(study, heads, titles, style) + TextLine(style).put(" by age of items", Ink::dim).str() +
         rows(study, {"age0.", "age1.", "age3.", "age8."}, {"listed today", "1-2 days", "3-7 days", "8 and more"},
              style);
}

}  // namespace cascade
