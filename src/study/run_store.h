#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/replicate.h"

namespace cascade {

/// Finished parts of studies in a folder: one file for each variant of each replicate, named by the content of all
/// that it depends on (this build of the program, the scenario at that point, the replicate's seed). So a run that was
/// killed goes on from what is finished, and a wider sweep runs only the points that are new.
class RunStore {
 public:
  struct Part {
    PointRun run;
    NamedValues validity;  ///< of its world, where this was the first point of its run; else empty
  };

  /// `folder` is made by the first keep().
  explicit RunStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The part, bit by bit as it was kept; nothing if there is none, or if its file is damaged.
  std::optional<Part> find(const Scenario& point, std::uint64_t seed) const;
  /// Writes it whole or not at all. Throws IoError.
  void keep(const Scenario& point, std::uint64_t seed, const Part& part) const;
  /// A part as its file has it, and back: how parts travel. Nothing comes back from bytes that are damaged or of
  /// another part.
  static std::string to_bytes(const Scenario& point, std::uint64_t seed, const Part& part);
  static std::optional<Part> from_bytes(std::string_view bytes, const Scenario& point, std::uint64_t seed);
  /// The builds of the program whose parts are here, each once, in order.
  std::vector<std::string> builds() const;
  const std::filesystem::path& folder() const { return folder_; }
  /// Deletes all parts, and the folder if nothing else is in it.
  void clear() const;

 private:
  std::filesystem::path file_of(const std::string& key) const;
  std::filesystem::path folder_;
};

}  // namespace cascade
