#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/commands.h"
#include "config/describe.h"
#include "engine/control_stages.h"
#include "metrics/info.h"
#include "models/catalog.h"

namespace cascade::cli {

namespace {

const std::vector<std::string> kLists = {"stages", "models", "metrics", "worlds", "scenarios"};

/// YAML files of a folder below the shared one, with the comment that opens each.
std::vector<std::pair<std::string, std::string>> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::filesystem::path& path : paths) {
    const std::string text = read_file(path, 1 << 20);
    std::string summary;
    if (text.rfind("# ", 0) == 0) summary = text.substr(2, text.find('\n') - 2);
    files.emplace_back(path.lexically_relative(folder).replace_extension().string(), summary);
  }
  return files;
}

std::filesystem::path share() { return find_configs(std::filesystem::current_path() / "scenario.yaml").parent_path(); }

void print_rows(const std::vector<std::pair<std::string, std::string>>& rows, Console& console) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  for (const auto& row : rows)
    console.out << "  " << row.first << std::string(width - row.first.size() + 2, ' ') << row.second << "\n";
}

template <class CatalogType>
std::vector<std::pair<std::string, std::string>> catalog_rows(const CatalogType& catalog) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& entry : catalog.entries()) rows.emplace_back(entry.name, entry.summary);
  return rows;
}

std::vector<std::pair<std::string, std::string>> rows_of(const std::string& what) {
  if (what == "stages") return catalog_rows(stage_catalog());
  if (what == "models") return catalog_rows(model_catalog());
  if (what == "worlds") return files_of(share() / "configs" / "worlds");
  if (what == "scenarios") return files_of(share() / "scenarios");
  std::vector<std::pair<std::string, std::string>> rows;
  for (const MetricInfo& metric : metric_register())
    rows.emplace_back(
        metric.pattern,
        fmt::format("{:<15}  {:<22}  {}", metric.where, metric.unit,
                    metric.direction == Direction::none ? std::string_view() : direction_name(metric.direction)));
  return rows;
}

template <class Entry>
void describe_entry(const std::string& as, const Entry& entry, Console& console) {
  console.out << entry.name << " (" << as << ")\n  " << entry.summary << "\n";
  if (!entry.source.empty()) console.out << "  Source: " << entry.source << "\n";
  config::Describer describer;
  entry.make_parameters()->fields(describer);
  if (!describer.rows().empty()) console.out << "\n" << config::describe_text(describer.rows());
}

}  // namespace

int list(const std::string& what, Console& console) {
  if (!what.empty() && std::find(kLists.begin(), kLists.end(), what) == kLists.end()) {
    const auto near = nearest_names(what, kLists);
    console.err << "cascade list: there is no list '" << what << "'"
                << (near.empty() ? "" : "; did you mean '" + near.front() + "'?") << " (there are: " << join(kLists)
                << ")\n";
    return kUsage;
  }
  for (const std::string& name : kLists) {
    if (!what.empty() && name != what) continue;
    if (what.empty()) console.out << name << "\n";
    print_rows(rows_of(name), console);
  }
  return kDone;
}

int describe(const std::string& name, Console& console) {
  bool found = false;
  if (const auto* stage = stage_catalog().find(name); stage != nullptr) {
    describe_entry("stage", *stage, console);
    found = true;
  }
  if (const auto* model = model_catalog().find(name); model != nullptr) {
    if (found) console.out << "\n";
    describe_entry("model", *model, console);
    found = true;
  }
  if (const MetricInfo* metric = find_metric(name); metric != nullptr) {
    console.out << metric->pattern << " (metric of: " << metric->where << ")\n  " << metric->definition
                << "\n  Unit: " << metric->unit << "; " << direction_name(metric->direction)
                << ".\n  Source: " << metric->source << "\n";
    found = true;
  }
  if (name == "scenario") {
    console.out << config::describe_text(config::describe<ScenarioFile>());
    found = true;
  }
  // A part of a scenario by its path: evaluate, world.truth, funnel.N.keep.
  std::vector<config::FieldRow> part;
  std::vector<std::string> paths;
  for (const config::FieldRow& row : config::describe<ScenarioFile>()) {
    if (row.path == name || row.path.starts_with(name + ".")) part.push_back(row);
    if (paths.empty() || paths.back() != row.path) paths.push_back(row.path);
  }
  if (!part.empty()) {
    if (found) console.out << "\n";
    console.out << config::describe_text(part);
    found = true;
  }
  for (const char* folder : {"worlds", "models", "funnels", "hardware"}) {
    const std::filesystem::path file = share() / "configs" / folder / (name + ".yaml");
    if (!std::filesystem::exists(file)) continue;
    console.out << "configs/" << folder << "/" << name << ".yaml\n" << read_file(file, 1 << 20);
    found = true;
  }
  if (found) return kDone;
  std::vector<std::string> names = stage_catalog().names();
  for (const std::string& model : model_catalog().names()) names.push_back(model);
  for (const std::string& metric : metric_patterns()) names.push_back(metric);
  names.push_back("scenario");
  names.insert(names.end(), paths.begin(), paths.end());
  const auto near = nearest_names(name, names);
  console.err << "cascade describe: there is nothing called '" << name << "'"
              << (near.empty() ? "" : "; did you mean '" + near.front() + "'?")
              << " (see: cascade list; cascade describe scenario)\n";
  return kUsage;
}

}  // namespace cascade::cli
