#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "report/findings.h"
#include "report/text_line.h"
#include "study/study.h"

namespace cascade::cli {

/// docs/guide/cli.md lists them.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kInvalid = 3,
  kCannotReadOrWrite = 4,
  kRefused = 5,
  kSignal = 128
};

/// Where a command writes: results to `out`, progress and faults to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  TextStyle style;               ///< of `out`
  bool err_is_terminal = false;  ///< progress bars only there
};

/// What the commands that read a scenario share.
struct ScenarioOptions {
  std::filesystem::path scenario;
  std::vector<std::string> set;  ///< "path=value"
  std::optional<std::uint64_t> seed;
  std::optional<int> replicates;
  int threads = 0;  ///< 0: all cores
  bool quiet = false;
};

struct RunOptions {
  ScenarioOptions from;
  std::filesystem::path out;  ///< empty: print only
  bool dump = false;
  bool dump_logs = false;
  bool resume = false;      ///< use what is finished in the folder, and leave it there
  bool keep_going = false;  ///< a part that fails does not end the others
  std::string shard;        ///< "i/n": only that share of the parts, without a report
};
int run(const RunOptions& options, Console& console);

struct MergeOptions {
  std::vector<std::filesystem::path> folders;  ///< of shards
  std::filesystem::path out;                   ///< empty: print only
  bool quiet = false;
};
int merge(const MergeOptions& options, Console& console);
/// Says in the result what came of the scenario's expectations. A line about what was not measured does not hold, and
/// says so.
void judge_expectations(const Study& study, StudyResult& result);
/// Writes every file of a report folder but timings.json, each whole or not at all.
void write_report_folder(const std::filesystem::path& folder, const Study& study, const StudyResult& result,
                         const std::vector<Finding>& findings);
/// The first line in which two texts differ, as "line 3: 'a' against 'b'".
std::string first_difference(const std::string& a, const std::string& b);

int validate(const std::vector<std::filesystem::path>& scenarios, const std::vector<std::string>& set,
             Console& console);
int plan(const ScenarioOptions& options, Console& console);
int expand(const ScenarioOptions& options, Console& console);

struct CalibrateOptions {
  std::filesystem::path out;  ///< empty: print only
  std::string label = "calibrated";
  std::size_t rows = 1'000'000;  ///< of the tables
  int rounds = 15;
};
/// Measures this machine, prints a hardware profile and how well it predicts.
int calibrate(const CalibrateOptions& options, Console& console);

struct OptimizeOptions {
  ScenarioOptions from;
  std::filesystem::path out;  ///< empty: print only
};
int optimize(const OptimizeOptions& options, Console& console);

struct CompareOptions {
  std::filesystem::path report;         ///< a report folder
  std::vector<std::string> others;      ///< another report folder, or names of variants of this one
  std::vector<std::string> tolerances;  ///< "metric=x"
  std::string format = "text";          ///< text | markdown | json
  bool all = false;                     ///< also metrics that did not change
};
int compare(const CompareOptions& options, Console& console);

struct CheckOptions {
  std::vector<std::filesystem::path> paths;
  ScenarioOptions from;  ///< without its scenario
};
int check(const CheckOptions& options, Console& console);

struct TraceOptions {
  ScenarioOptions from;
  std::uint64_t request = 0;
  std::string variant;  ///< empty: the baseline
};
int trace(const TraceOptions& options, Console& console);

int list(const std::string& what, Console& console);
int describe(const std::string& name, Console& console);
int schema(const std::string& of, Console& console);
int init(const std::filesystem::path& file, Console& console);
/// One hash over the reports of the scenarios in scenarios/tiny, the build left out.
int signature(int threads, Console& console);
/// Writes the generated pages of docs/reference into a folder.
int reference(const std::filesystem::path& folder, Console& console);

/// Reads, checks and sizes a study under the options. Throws as load_study() does.
Study load(const ScenarioOptions& options);

/// A signal asked the program to stop.
struct Interrupted {
  int signal = 0;
};
/// From now on SIGINT and SIGTERM are noted; a second one ends the program at once.
void note_interrupts();
/// Throws Interrupted if one was noted.
void throw_if_interrupted();

/// "45 s", "12 min", "3 h"; at least a second.
std::string duration_text(double seconds);

/// Shows progress on a terminal as one line that is rewritten, elsewhere not at all.
class ProgressLine {
 public:
  ProgressLine(Console& console, bool quiet);
  ~ProgressLine();
  /// Throws Interrupted out of the run when a signal asked for that.
  RunProgress callback();
  /// Takes the share of the planned work that is done, from which it estimates the time that remains.
  std::function<void(double)> finished();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cascade::cli
