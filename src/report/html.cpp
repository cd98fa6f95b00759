#include "report/html.h"

#include <algorithm>
#include <functional>

#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/lookup.h"

namespace cascade {
namespace {

constexpr std::size_t kOpenFigures = 6;     ///< up to so many variants are all drawn open
constexpr std::size_t kOpenFiguresFew = 2;  ///< of more, so many

constexpr std::size_t kMostVariants = 60;  ///< of more, the baseline and the best are shown

struct Section {
  std::string id;
  std::string title;
  std::string markup;
};

std::string facts(const StudyResult& study) {
  std::string text = "Seed " + std::to_string(study.seed) + ", " + std::to_string(study.replicates) +
                     (study.replicates == 1 ? " replicate, " : " replicates, ") +
                     std::to_string(study.variants.size()) + (study.variants.size() == 1 ? " variant" : " variants");
  if (!study.variants.empty()) {
    const RequestTable& table = study.variants[0].requests;
    if (!table.request.empty()) text += ", " + std::to_string(table.request.size()) + " requests each";
  }
  return text + ". Intervals are at 95 %, differences are paired.";
}

double value_of(const VariantResult& variant) {
  const MetricValue* value = find_metric_value(variant.outcome, "value");
  return value && value->estimate.n > 0 ? value->estimate.mean : -1e300;
}

/// The baseline and the variants of largest value, in the order of the study, without the rows of their requests (gaps
/// are then over replicates): a grid may have thousands.
StudyResult best_of(const StudyResult& study) {
  std::vector<double> values;
  for (const VariantResult& variant : study.variants) values.push_back(value_of(variant));
  std::sort(values.begin() + 1, values.end(), std::greater<>());
  const double least = values[kMostVariants - 1];
  StudyResult best;
  best.scenario = study.scenario;
  best.truth_at = study.truth_at;
  best.validity = study.validity;
  best.warnings = study.warnings;
  for (const VariantResult& variant : study.variants) {
    if (best.variants.size() == kMostVariants) break;
    if (&variant != &study.variants[0] && value_of(variant) < least) continue;
    VariantResult copy;
    copy.name = variant.name;
    copy.settings = variant.settings;
    copy.models = variant.models;
    copy.stages = variant.stages;
    copy.outcome = variant.outcome;
    copy.budget = variant.budget;
    best.variants.push_back(std::move(copy));
  }
  return best;
}

}  // namespace

std::string figure(std::string_view caption, std::string_view markup) {
  return "<figure><figcaption>" + html_text(caption) + "</figcaption>\n" + std::string(markup) + "</figure>\n";
}

std::string figures(const StudyResult& study, const std::function<std::string(const VariantResult&)>& draw) {
  std::string open;
  std::string folded;
  const std::size_t limit = study.variants.size() <= kOpenFigures ? kOpenFigures : kOpenFiguresFew;
  std::size_t drawn = 0;
  for (const VariantResult& variant : study.variants) {
    const std::string markup = draw(variant);
    if (markup.empty()) continue;
    (drawn < limit ? open : folded) += figure(variant.name, markup);
    ++drawn;
  }
  if (drawn == 0) return "";
  std::string out = "<div class=\"figures\">\n" + open + "</div>\n";
  if (!folded.empty())
    out += details("The other " + std::to_string(drawn - limit) + " variants",
                   "<div class=\"figures\">\n" + folded + "</div>\n");
  return out;
}

std::string series_class(std::size_t n) { return "s" + std::to_string(n % 8); }

std::string smallest_at(const StudyResult& study) {
  if (study.truth_at.empty()) return "";
  return "@" + std::to_string(*std::min_element(study.truth_at.begin(), study.truth_at.end()));
}

std::string html_report(const StudyResult& study, std::span<const Finding> findings) {
  const bool many = study.variants.size() > kMostVariants;
  const StudyResult best = many ? best_of(study) : StudyResult();
  const StudyResult& shown = many ? best : study;
  std::vector<Section> sections = {
      {"findings", "Findings", findings_markup(findings)},
      {"expectations", "Expectations", expectations_markup(study.expectations)},
      {"sweep", "The sweep", sweep_markup(study)},
      {"variants", "The variants", variants_markup(shown)},
      {"funnels", "The funnels", funnels_markup(shown)},
      {"regret", "Who lost the value", regret_markup(shown)},
      {"headroom", "Head-room and floor", headroom_markup(shown)},
      {"cost", "Cost", cost_markup(shown)},
      {"serving", "Under load", serving_markup(shown)},
      {"models", "Models", models_markup(shown)},
      {"world", "The world", world_markup(shown)},
      {"settings", "Settings", settings_markup(shown)},
      {"metrics", "Every metric", metrics_markup(shown) + definitions_markup(shown)},
  };
  sections.erase(std::remove_if(sections.begin(), sections.end(), [](const Section& s) { return s.markup.empty(); }),
                 sections.end());
  const std::string name = html_text(study.scenario);
  std::string out =
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\" xml:lang=\"en\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>" +
      name + " · cascade</title>\n<style>\n" + std::string(html_style()) + "</style>\n</head>\n<body>\n<header>\n<h1>" +
      name + "</h1>\n";
  if (!study.question.empty()) out += paragraph(study.question, "question");
  out += paragraph(facts(study), "note");
  if (many)
    out += paragraph("Besides findings and sweep, the page shows the baseline and the " +
                         std::to_string(kMostVariants - 1) + " variants of largest value; report.csv has all.",
                     "note");
  out += "<nav aria-label=\"Sections\"><ul>\n";
  for (const Section& section : sections) out += "<li><a href=\"#" + section.id + "\">" + section.title + "</a></li>\n";
  out += "</ul></nav>\n</header>\n<main>\n";
  for (const Section& section : sections)
    out += "<section id=\"" + section.id + "\" aria-labelledby=\"h-" + section.id + "\">\n<h2 id=\"h-" + section.id +
           "\">" + section.title + "</h2>\n" + section.markup + "</section>\n";
  return out + "</main>\n<footer>" + paragraph(study.build, "note") + "</footer>\n<script>\n" +
         std::string(html_script()) + "</script>\n</body>\n</html>\n";
}

}  // namespace cascade
