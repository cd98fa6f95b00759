#include "study/log_files.h"

#include <algorithm>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "data/log_csv.h"
#include "engine/content_key.h"
#include "engine/environment.h"
#include "engine/replicate.h"
#include "study/campaign.h"
#include "study/csv_field.h"

namespace cascade {

namespace {

bool names_replicate(const std::string& from) { return from.find('*') != std::string::npos; }

/// The name with the replicate's number in the place of *.
std::string name_of(std::string from, std::size_t r) {
  if (const std::size_t at = from.find('*'); at != std::string::npos) from.replace(at, 1, std::to_string(r));
  return from;
}

/// Writes one file of logs.
void write_logs(const std::filesystem::path& path, const Logs& logs, const FeatureSchema& schema) {
  AtomicFile file(path);
  write_log_csv(logs, schema, [&](std::string_view text) { file.write(text); });
  file.commit();
}

}  // namespace

void LogFiles::find(Scenario& scenario, const config::Document& document, config::Faults& faults) {
  LogsSpec& logs = scenario.logs;
  if (logs.from.empty()) return;
  const auto replicates = static_cast<std::size_t>(scenario.evaluate.replicates);
  if (replicates > 1 && !names_replicate(logs.from)) {
    faults.add_at(document, "logs.from",
                  "each of the " + std::to_string(replicates) +
                      " replicates has a world of its own: name a file for each, with * for its number");
    return;
  }
  std::vector<std::string> found;
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> files;
  try {
    const FeatureSchema schema = World::schema(scenario.world);
    for (std::size_t r = 0; r < replicates; ++r) {
      const std::filesystem::path file = folder_ / name_of(logs.from, r);
      std::string& hash = hashes_[file.string() + "\n" + join(log_columns(schema))];
      if (hash.empty()) {
        check_log_csv_head(file, schema);
        hash = hex(file_hash(file));
      }
      found.push_back(hash);
      files.emplace_back(replicate_seed(seed_, r), file);
    }
  } catch (const std::runtime_error& error) {
    faults.add_at(document, "logs.from", error.what());
    return;
  }
  const std::size_t stated = std::min(logs.content.size(), found.size());
  if (!std::equal(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(stated), logs.content.begin()))
    faults.add_at(document, "logs.content",
                  "the logs are not those of before: their content is " + join(found) + ", got " + join(logs.content));
  logs.content = std::move(found);
  logs.files = std::move(files);
}

void LogFiles::make_absolute(Scenario& scenario) const {
  if (!scenario.logs.from.empty())
    scenario.logs.from = std::filesystem::absolute(folder_ / scenario.logs.from).lexically_normal().string();
}

void dump_logs(const Study& study, const std::filesystem::path& folder, const RunProgress& progress) {
  make_folder(folder);
  std::string index = "file,replicate,variant\n";
  const Scenario& base = study.file.scenario;
  for (std::size_t r = 0; r < static_cast<std::size_t>(base.evaluate.replicates); ++r) {
    const std::vector<StudyPoint>& points = study.points;
    std::vector<std::string> files(points.size());
    std::size_t written = 0;
    for (std::size_t p = 0; p < points.size(); ++p) {
      if (!files[p].empty()) continue;
      Universe universe(points[p].scenario.world, seed_of(study, r));
      std::map<const Logs*, std::string> known;
      for (std::size_t q = p; q < points.size(); ++q) {
        if (content_of(points[q].scenario.world) != content_of(points[p].scenario.world)) continue;
        const Logs& logs = universe.logs(points[q].scenario, progress);
        std::string& file = known[&logs];
        if (file.empty()) {
          file =
              "logs" + (written == 0 ? std::string() : std::to_string(written + 1)) + "-" + std::to_string(r) + ".csv";
          write_logs(folder / file, logs, universe.world().features().schema());
          ++written;
        }
        files[q] = file;
      }
    }
    for (std::size_t p = 0; p < points.size(); ++p)
      index += files[p] + "," + std::to_string(r) + "," + csv_field(points[p].name) + "\n";
  }
  write_file_atomically(folder / "variants.csv", index);
}

}  // namespace cascade
