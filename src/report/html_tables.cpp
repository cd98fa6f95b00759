#include <algorithm>
#include <map>

#include "base/text.h"
#include "metrics/info.h"
#include "report/compare.h"
#include "report/format.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"

namespace cascade {
namespace {

using Name = std::pair<std::string, std::string>;  // stage, metric

/// Stages and metrics of all variants, in the order of first appearance.
std::vector<Name> metric_names(const StudyResult& study) {
  std::vector<Name> names;
  const auto add = [&](const std::string& stage, const std::vector<MetricValue>& metrics) {
    for (const MetricValue& metric : metrics) {
      const Name name(stage, metric.name);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  for (const VariantResult& variant : study.variants) {
    add("", variant.outcome);
    for (const StageResult& stage : variant.stages) add(stage.name, stage.metrics);
  }
  return names;
}

std::vector<std::string> variant_head(const StudyResult& study, const std::string& first) {
  std::vector<std::string> head = {first};
  for (const VariantResult& variant : study.variants) head.push_back(html_text(variant.name));
  return head;
}

std::string bar_cell(double share) {
  const double width = std::clamp(share, 0.0, 1.0) * 100;
  return "<span class=\"bar\" style=\"width:" + fixed_text(width, 1) + "px\"></span> " + percent_text(share);
}

bool same_facts(const ModelResult& a, const ModelResult& b) {
  return a.name == b.name && a.kind == b.kind && a.facts == b.facts;
}

}  // namespace

std::string findings_markup(std::span<const Finding> findings) {
  if (findings.empty()) return "";
  std::string out = "<ul class=\"findings\">\n";
  for (const Finding& finding : findings)
    out += "<li class=\"" + std::string(finding.kind == "warning" ? "warning" : "finding") +
           "\"><span class=\"kind\">" + html_text(finding.kind) + "</span> " + html_text(finding.text) + "</li>\n";
  return out + "</ul>\n";
}

std::string expectations_markup(std::span<const ExpectationResult> expectations) {
  if (expectations.empty()) return "";
  const auto held = std::count_if(expectations.begin(), expectations.end(),
                                  [](const ExpectationResult& expectation) { return expectation.holds; });
  HtmlTable table(std::to_string(held) + " of " + std::to_string(expectations.size()) + " hold.", "");
  const std::vector<std::string> head = {"expected", "", "figures"};
  table.head(head);
  for (const ExpectationResult& expectation : expectations) {
    const std::vector<std::string> cells = {
        html_text(expectation.text),
        expectation.holds ? "<span class=\"good\">✓ holds</span>" : "<span class=\"bad\">✗ fails</span>",
        html_text(expectation.detail)};
    table.row(cells);
  }
  return scrolled(table.str());
}

std::string models_markup(const StudyResult& study) {
  // Variants share most of their models: each that differs once, with the variants that use it.
  std::vector<std::pair<const ModelResult*, std::vector<std::string>>> models;
  std::vector<std::string> facts;
  for (const VariantResult& variant : study.variants)
    for (const ModelResult& model : variant.models) {
      const auto same = std::find_if(models.begin(), models.end(),
                                     [&](const auto& known) { return same_facts(*known.first, model); });
      if (same == models.end())
        models.push_back({&model, {variant.name}});
      else
        same->second.push_back(variant.name);
      for (const auto& fact : model.facts)
        if (std::find(facts.begin(), facts.end(), fact.first) == facts.end()) facts.push_back(fact.first);
    }
  if (models.empty()) return "";
  std::vector<std::string> head = {"model", "kind"};
  for (const std::string& fact : facts) head.push_back(html_text(fact));
  head.emplace_back("in");
  HtmlTable table("Models and their training, means over the replicates.", "sort");
  table.head(head);
  for (const auto& [model, users] : models) {
    std::vector<std::string> cells = {html_text(model->name), html_text(model->kind)};
    for (const std::string& wanted : facts) {
      std::string cell = "-";
      for (const auto& fact : model->facts)
        if (fact.first == wanted) cell = html_text(short_number(fact.second));
      cells.push_back(std::move(cell));
    }
    const bool all = users.size() == study.variants.size();
    const std::string some = users.size() > 3 ? std::to_string(users.size()) + " variants" : join(users);
    cells.push_back(all ? "every variant"
                        : "<span title=\"" + html_text(join(users)) + "\">" + html_text(some) + "</span>");
    table.row(cells);
  }
  return scrolled(table.str());
}

std::string world_markup(const StudyResult& study) {
  if (study.validity.empty()) return "";
  constexpr std::string_view kShare = "eta_share.";
  HtmlTable figures("Figures on the world, over the replicates.", "");
  HtmlTable shares("What moves the click: share of the variance of its logit by term.", "");
  const std::vector<std::string> head = {"figure", "mean"};
  const std::vector<std::string> share_head = {"term", "share"};
  figures.head(head);
  shares.head(share_head);
  for (const auto& [name, estimate] : study.validity) {
    const bool share = name.starts_with(kShare);
    const std::vector<std::string> cells = {html_text(share ? name.substr(kShare.size()) : name),
                                            share ? bar_cell(estimate.mean) : html_text(estimate_text(estimate))};
    (share ? shares : figures).row(cells);
  }
  std::string warnings;
  for (const std::string& warning : study.warnings) warnings += paragraph("Warning: " + warning + ".", "warning");
  if (study.warnings.empty()) warnings = paragraph("The checks on the world found nothing to warn of.", "note");
  return warnings + "<div class=\"figures\">\n" + (figures.empty() ? "" : scrolled(figures.str())) +
         (shares.empty() ? "" : scrolled(shares.str())) + "</div>\n";
}

std::string settings_markup(const StudyResult& study) {
  if (study.variants.empty()) return "";
  const VariantResult& base = study.variants[0];
  std::vector<std::string> paths;
  std::map<std::string, std::map<std::size_t, std::string>> differing;
  std::map<std::string, std::string> of_base;
  for (std::size_t v = 1; v < study.variants.size(); ++v)
    for (const SettingDifference& difference : differing_settings(base, study.variants[v])) {
      if (differing.count(difference.path) == 0) paths.push_back(difference.path);
      differing[difference.path][v] = difference.other;
      of_base[difference.path] = difference.base;
    }
  std::string out;
  if (!paths.empty()) {
    HtmlTable table("Settings in which a variant differs from the baseline; a dot stands for the baseline's.", "");
    table.head(variant_head(study, "setting"));
    for (const std::string& path : paths) {
      std::vector<std::string> cells = {"<code>" + html_text(path) + "</code>"};
      for (std::size_t v = 0; v < study.variants.size(); ++v) {
        const auto& others = differing[path];
        const auto other = others.find(v);
        const std::string value = v == 0 ? of_base[path] : other == others.end() ? "·" : other->second;
        cells.push_back(value.empty() ? "<span class=\"dim\">none</span>" : html_text(value));
      }
      table.row(cells);
    }
    out += scrolled(table.str());
  }
  HtmlTable all("Every setting of " + base.name + ", defaults included.", "");
  const std::vector<std::string> head = {"setting", "value"};
  all.head(head);
  for (const auto& [path, value] : base.settings) {
    const std::vector<std::string> cells = {"<code>" + html_text(path) + "</code>", html_text(value)};
    all.row(cells);
  }
  if (!all.empty()) out += details("Every setting of the baseline", scrolled(all.str()));
  return out;
}

std::string metrics_markup(const StudyResult& study) {
  std::vector<std::string> places = {""};
  const std::vector<Name> names = metric_names(study);
  for (const Name& name : names)
    if (std::find(places.begin(), places.end(), name.first) == places.end()) places.push_back(name.first);
  std::string out;
  for (const std::string& place : places) {
    HtmlTable table(place.empty() ? "Of the page." : "Of the stage " + place + ".", "");
    table.head(variant_head(study, "metric"));
    for (const Name& name : names) {
      if (name.first != place) continue;
      std::vector<std::string> cells = {metric_markup("", name.second)};
      for (const VariantResult& variant : study.variants) {
        const auto q = find_quantity(variant, name.first, name.second);
        cells.push_back(q ? html_text(estimate_text(q->estimate)) : "-");
      }
      table.row(cells);
    }
    if (!table.empty()) out += details(place.empty() ? "the page" : place, scrolled(table.str()));
  }
  return out;
}

std::string definitions_markup(const StudyResult& study) {
  std::string out;
  std::vector<const MetricInfo*> used;
  for (const Name& name : metric_names(study)) {
    const MetricInfo* info = find_metric(name.second);
    if (info != nullptr && std::find(used.begin(), used.end(), info) == used.end()) used.push_back(info);
  }
  for (const MetricInfo& info : metric_register()) {
    if (std::find(used.begin(), used.end(), &info) == used.end()) continue;
    out += "<dt>" + html_text(info.pattern) + " <span class=\"dim\">" + html_text(info.unit) + ", " +
           std::string(direction_name(info.direction)) + "</span></dt>\n<dd>" + html_text(info.definition) + "</dd>\n";
  }
  return out.empty() ? "" : details("What each metric means", "<dl>\n" + out + "</dl>\n");
}

}  // namespace cascade
