#pragma once
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/document.h"
#include "config/parts.h"
#include "engine/progress.h"
#include "engine/scenario.h"
#include "study/expect.h"
#include "study/optimize_params.h"
#include "study/result.h"
#include "study/run_store.h"

namespace cascade {

/// One entry of `variants:`.
struct VariantSpec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> set;  ///< dotted path -> YAML text
  bool rerun = true;                                     ///< with evaluate.reruns: it, too
  void fields(config::FieldVisitor& v);
};

/// A whole scenario file: a scenario with its variants, sweep and expectations.
struct ScenarioFile {
  Scenario scenario;
  std::vector<VariantSpec> variants;
  std::vector<std::pair<std::string, std::string>> sweep;  ///< dotted path -> list of values; `paired: true`
  std::vector<Expectation> expect;
  OptimizeParams optimize;
  bool optimized = false;  ///< `optimize` is given
  void fields(config::FieldVisitor& v);
};

/// A variant at one point of the sweep.
struct StudyPoint {
  std::string name;
  Scenario scenario;
  std::vector<std::pair<std::string, std::string>> swept;  ///< path -> value at this point
};

/// A checked study, ready to run.
struct Study {
  ScenarioFile file;               ///< of the baseline
  std::string resolved;            ///< the file with every default and part in it, as YAML text
  std::vector<StudyPoint> points;  ///< variants x sweep, the baseline first
};

/// Folder of reusable parts (configs/) for a scenario: the nearest one in the folders above it, else above the working
/// directory, else above the program, else the installed one.
std::filesystem::path find_configs(const std::filesystem::path& scenario);
/// Where `use: NAME` may stand.
std::vector<config::PartPlace> part_places(const std::filesystem::path& configs);

/// Reads, resolves and checks a scenario file with its variants and sweep. Throws ConfigError with every fault of the
/// file at once, IoError if it cannot be read.
Study load_study(const std::filesystem::path& path, std::span<const config::Override> overrides = {});

/// Bytes a run needs at most, roughly; and what this machine has free.
double study_memory(const Study& study);
double available_memory();
/// Throws RefusedError, saying what to lower, where a run would not fit into what is available.
void refuse_if_too_large(const Study& study);

/// Takes rows of candidates.csv, the header first.
using CandidateSink = std::function<void(const std::string& rows)>;

/// Runs every point and replicate. The result does not depend on the number of threads. `candidates` may be empty.
/// `store`: takes each replicate as it is finished, and what it has already is not run again; needs to be null for
/// `candidates`, which are of the run itself.
StudyResult run_study(const Study& study, const RunProgress& progress = {}, const CandidateSink& candidates = {},
                      const RunStore* store = nullptr);

}  // namespace cascade
