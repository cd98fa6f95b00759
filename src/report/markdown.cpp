#include "report/markdown.h"

#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/paired.h"
#include "report/verdict.h"

namespace cascade {
namespace {

using Row = std::vector<std::string>;

std::string funnel_table(const StudyResult& study, const VariantResult& variant) {
  const int k = study.truth_at.empty() ? 0 : *std::min_element(study.truth_at.begin(), study.truth_at.end());
  const std::string at = "@" + std::to_string(k);
  double compute = 0;
  for (const StageResult& stage : variant.stages) compute += stage.compute_us;
  const Row head = {"stage", "kind", "model", "in", "out", "joint\\_recall" + at, "lost" + at, "compute us", "share"};
  std::vector<Row> rows;
  for (const StageResult& stage : variant.stages) {
    Row row = {markdown_text(stage.name), markdown_text(stage.kind), markdown_text(stage.model), short_number(stage.in),
               short_number(stage.out)};
    for (const std::string& metric : {"joint_recall" + at, "lost" + at}) {
      const MetricValue* value = find_metric_value(stage.metrics, metric);
      row.push_back(value ? estimate_text(value->estimate) : "-");
    }
    row.push_back(short_number(stage.compute_us));
    row.push_back(compute > 0 ? percent_text(stage.compute_us / compute, 0) : "-");
    rows.push_back(std::move(row));
  }
  return markdown_table(head, rows);
}

std::string variants_table(const StudyResult& study) {
  const auto metrics = chief_metrics(study);
  const VariantResult& base = study.variants[0];
  Row head = {"variant"};
  for (const auto& metric : metrics) {
    head.push_back(markdown_text(quantity_name(metric.first, metric.second)));
    head.push_back("gap");
  }
  head.push_back("compute us");
  std::vector<Row> rows;
  for (const VariantResult& variant : study.variants) {
    Row row = {markdown_text(variant.name)};
    const VariantPair pair(base, variant);
    for (const auto& metric : metrics) {
      const auto q = find_quantity(variant, metric.first, metric.second);
      row.push_back(q ? estimate_text(q->estimate) : "-");
      if (!q || &variant == &base) {
        row.emplace_back();
        continue;
      }
      const PairedGap gap = pair.gap(metric.first, metric.second);
      row.push_back(interval_text(gap.gap) + " " +
                    std::string(verdict_name(verdict_of(gap, metric_direction(metric.second)))));
    }
    const auto compute = find_quantity(variant, "", "compute_us");
    row.push_back(compute ? short_number(compute->estimate.mean) : "-");
    rows.push_back(std::move(row));
  }
  return markdown_table(head, rows);
}

/// One row a metric, one column a variant.
std::string metrics_table(const StudyResult& study) {
  Row head = {"metric"};
  for (const VariantResult& variant : study.variants) head.push_back(markdown_text(variant.name));
  std::vector<std::pair<std::string, std::string>> names;  // stage, metric
  const auto add = [&](const std::string& stage, const std::vector<MetricValue>& metrics) {
    for (const MetricValue& metric : metrics) {
      const std::pair<std::string, std::string> name(stage, metric.name);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  for (const VariantResult& variant : study.variants) {
    add("", variant.outcome);
    for (const StageResult& stage : variant.stages) add(stage.name, stage.metrics);
  }
  std::vector<Row> rows;
  for (const auto& name : names) {
    Row row = {markdown_text(quantity_name(name.first, name.second))};
    for (const VariantResult& variant : study.variants) {
      const auto q = find_quantity(variant, name.first, name.second);
      row.push_back(q ? estimate_text(q->estimate) : "-");
    }
    rows.push_back(std::move(row));
  }
  return markdown_table(head, rows);
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_table(std::span<const std::string> head, std::span<const std::vector<std::string>> rows) {
  const auto line = [](std::span<const std::string> cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text += " " + cell + " |";
    return text + "\n";
  };
  std::string out = line(head) + "|";
  for (std::size_t i = 0; i < head.size(); ++i) out += i == 0 ? "---|" : "---:|";
  out += "\n";
  for (const auto& row : rows) out += line(row);
  return out;
}

std::string markdown_report(const StudyResult& study, std::span<const Finding> findings) {
  std::string out = "# " + markdown_text(study.scenario) + "\n\n";
  if (!study.question.empty()) out += markdown_text(study.question) + "\n\n";
  out += "Seed " + std::to_string(study.seed) + ", replicates: " + std::to_string(study.replicates) +
         ". Intervals are at 95 %; gaps are paired.\n";
  if (!findings.empty()) {
    out += "\n## Findings\n\n";
    for (const Finding& finding : findings) out += "- " + markdown_text(finding.text) + "\n";
  }
  if (!study.expectations.empty()) {
    out += "\n## Expectations\n\n";
    for (const ExpectationResult& expectation : study.expectations)
      out += std::string("- ") + (expectation.holds ? "holds" : "**fails**") + ": " + markdown_text(expectation.text) +
             " (" + markdown_text(expectation.detail) + ")\n";
  }
  if (study.variants.empty()) return out;
  out +=
      "\n## The funnel of " + markdown_text(study.variants[0].name) + "\n\n" + funnel_table(study, study.variants[0]);
  if (study.variants.size() > 1) out += "\n## The variants\n\n" + variants_table(study);
  out += "\n## Every metric\n\n" + metrics_table(study);
  return out;
}

}  // namespace cascade
