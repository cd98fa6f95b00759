#include <ostream>

#include "base/files.h"
#include "cli/commands.h"
#include "config/describe.h"
#include "engine/control_stages.h"
#include "metrics/info.h"
#include "models/catalog.h"
#include "report/markdown.h"

namespace cascade::cli {

namespace {

constexpr const char* kGenerated = "<!-- Written by `cascade reference docs/reference`; do not edit. -->\n\n";

template <class CatalogType>
std::string catalog_page(const std::string& title, const CatalogType& catalog) {
  std::string page = kGenerated + ("# " + title) + "\n";
  for (const auto& entry : catalog.entries()) {
    page += "\n## `" + entry.name + "`\n\n" + markdown_text(entry.summary) + "\n";
    if (!entry.source.empty()) page += "\nSource: " + markdown_text(entry.source) + "\n";
    config::Describer describer;
    entry.make_parameters()->fields(describer);
    if (!describer.rows().empty()) page += "\n" + config::describe_markdown(describer.rows());
  }
  return page;
}

std::string metrics_page() {
  std::string page = kGenerated + std::string("# Metrics\n");
  for (const MetricInfo& metric : metric_register()) {
    page += "\n## `" + std::string(metric.pattern) + "`\n\n" + markdown_text(metric.definition) +
            "\n\n- where: " + std::string(metric.where) + "\n- unit: " + markdown_text(metric.unit) +
            "\n- direction: " + std::string(direction_name(metric.direction)) +
            "\n- source: " + markdown_text(metric.source) + "\n";
  }
  return page;
}

}  // namespace

int reference(const std::filesystem::path& folder, Console& console) {
  make_folder(folder);
  write_file_atomically(folder / "scenario.md", kGenerated + std::string("# Scenario files\n\n") +
                                                    config::describe_markdown(config::describe<ScenarioFile>()));
  write_file_atomically(folder / "stages.md", catalog_page("Stages", stage_catalog()));
  write_file_atomically(folder / "models.md", catalog_page("Models", model_catalog()));
  write_file_atomically(folder / "metrics.md", metrics_page());
  console.out << "wrote scenario.md, stages.md, models.md and metrics.md to " << folder.string() << "\n";
  return kDone;
}

}  // namespace cascade::cli
