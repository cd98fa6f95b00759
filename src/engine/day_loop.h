#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/environment.h"
#include "engine/replicate.h"

namespace cascade {

/// What the days after the logs brought.
struct DaysRun {
  NamedValues metrics;                                      ///< as DayMetrics names them
  std::vector<std::pair<std::string, NamedValues>> models;  ///< what each model learned, and when
};

/// What a day loop shows to whoever watches it: tests, mostly.
struct DayWatch {
  /// The log of a chunk of a day, as it is learned from.
  std::function<void(int day, int chunk, const LogTable& rows)> logged;
  /// The scorer of a model that serves a chunk, and the number of updates that its user and its item side have had
  /// since the logs; negative: days of logs that they have not seen.
  std::function<void(int day, int chunk, const std::string& model, const Scorer& scorer, int updates, int item_updates)>
      serving;
};

/// Serves the days of `days:` after the logs' days: each chunk of a day by the versions that are live, whose pages,
/// with the stated exploration, are the log that models then learn from as their `freshness` says, teachers before
/// their students, whose rows they label as they are then. Models first learn from the logs day by day, in order.
/// REQUIRES that scenario.with_days, and that its logs are there.
DaysRun run_days(Universe& universe, const Scenario& scenario, int init, const RunProgress& progress,
                 const DayWatch& watch = {});

/// What is wrong with a scenario's days, its models' freshness and its drift.
void check_days(const Scenario& scenario, std::vector<ScenarioFault>& faults);

/// What the days of a scenario will take, for plans, teachers among it; models of conversions as if every row were a
/// click.
struct DaysWork {
  std::size_t trainings = 0;  ///< batch trainings, and one for each model that learns on line
  double train_rows = 0;      ///< rows x passes
  double taught_rows = 0;     ///< rows that teachers score for their students
  double requests = 0;        ///< served
};
DaysWork planned_days(const Scenario& scenario);

}  // namespace cascade
