#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "config/document.h"
#include "config/faults.h"
#include "study/study.h"

namespace cascade {

/// Finds the files that scenarios read their logs from, each file's head and hash read once.
class LogFiles {
 public:
  /// `folder` is where relative names start: that of the scenario file. `seed` is that of the study.
  LogFiles(std::filesystem::path folder, std::uint64_t seed) : folder_(std::move(folder)), seed_(seed) {}
  /// Fills in logs.files and logs.content of a scenario with logs.from. A file that cannot be read or has wrong
  /// columns, another content than is stated, and a name without * for several replicates are faults.
  void find(Scenario& scenario, const config::Document& document, config::Faults& faults);
  /// A relative logs.from becomes absolute, for a scenario that is written elsewhere.
  void make_absolute(Scenario& scenario) const;

 private:
  std::filesystem::path folder_;
  std::uint64_t seed_;
  std::map<std::string, std::string> hashes_;  ///< by file and columns
};

/// Writes the logs of every replicate into a folder, one file a replicate and distinct way of logging (made again, to
/// the same bits as the study's own): logs-REPLICATE.csv, logs2-REPLICATE.csv, ..., and variants.csv, which says which
/// variant learned from which. Throws IoError.
void dump_logs(const Study& study, const std::filesystem::path& folder, const RunProgress& progress);

}  // namespace cascade
