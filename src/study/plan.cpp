#include "study/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "cost/shards.h"
#include "engine/content_key.h"
#include "engine/environment.h"
#include "engine/expected_work.h"

namespace cascade {

namespace {

// Unit costs of one core, for the estimate of time only: rounded from bench/ on one recent x86 machine.
constexpr double kHistoryRowsASecond = 4e6;
constexpr double kLogRowsASecond = 1e6;
constexpr double kTrainRowsASecond = 3e5;
constexpr double kScoresASecond = 1.5e6;
constexpr double kScansASecond = 5e8;  // user-item pairs of a catalogue scan

/// Names all that the counted work of a candidate depends on: quotas and budgets say how many there are.
std::string work_key(Scenario scenario) {
  for (StageSpec& stage : scenario.funnel) {
    stage.keep = 1;
    stage.budget = {};
  }
  scenario.evaluate = {};
  scenario.budget = {};
  return content_of(scenario);
}

}  // namespace

StudyPlan plan_study(const Study& study, int cores) {
  StudyPlan plan;
  const EvaluateParams& evaluate = study.file.scenario.evaluate;
  plan.replicates = evaluate.replicates;
  plan.memory_bytes = study_memory(study);
  std::set<std::string> worlds;
  std::map<std::string, double> trainings;
  std::map<std::string, std::vector<ScorerWork>> works;  ///< points of a sweep share them
  double seconds = 0;
  for (const StudyPoint& point : study.points) {
    const Scenario& s = point.scenario;
    const double rows = static_cast<double>(s.logs.requests_a_day) * s.logs.page * s.logs.days;
    if (worlds.insert(content_of(s.world)).second)
      seconds += static_cast<double>(s.world.users) * s.world.history_clicks / s.world.truth.base_click_rate /
                     kHistoryRowsASecond +
                 rows / kLogRowsASecond;
    for (const std::string& name : Universe::trained_models(s))
      for (const auto& [known, spec] : s.models)
        if (known == name)
          trainings[content_of(s.world) + content_of(spec) + content_of(s.logs)] = rows * spec.train.epochs;
    std::vector<ScorerWork>& work = works[work_key(s)];
    if (work.empty()) work = expected_work(s);
    PlannedPoint planned;
    planned.name = point.name;
    double in = 0;
    for (std::size_t j = 0; j < s.funnel.size(); ++j) {
      PlannedWork stage;
      stage.stage = s.funnel[j].name;
      stage.kind = s.funnel[j].stage.kind;
      stage.in = j == 0 ? static_cast<double>(s.world.items) : in;
      stage.quota = s.funnel[j].keep;
      const int shards = j == 0 ? 1 : shards_of(s, j);
      const double scored = j == 0 ? 0 : in;
      stage.work = split_work(work[j], scored, shards);
      const HardwareParams& hardware = s.funnel[j].own_hardware ? s.funnel[j].hardware : s.hardware;
      stage.compute_us = split_price(work[j], scored, shards, hardware).compute_us;
      if (j > 0) plan.scored += in * evaluate.requests;
      in = s.funnel[j].keep;
      planned.stages.push_back(stage);
    }
    seconds += 2.0 * static_cast<double>(s.world.items) * evaluate.requests / kScansASecond;
    plan.points.push_back(planned);
  }
  plan.worlds = worlds.size();
  plan.trainings = trainings.size() * (evaluate.reruns ? 2 : 1);
  for (const auto& [key, rows] : trainings) plan.train_rows += rows * (evaluate.reruns ? 2 : 1);
  seconds += plan.train_rows / kTrainRowsASecond + plan.scored / kScoresASecond;
  plan.seconds = seconds * plan.replicates / std::max(1, cores);
  return plan;
}

}  // namespace cascade
