#include "study/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "cost/queueing.h"
#include "cost/shards.h"
#include "engine/content_key.h"
#include "engine/day_loop.h"
#include "engine/environment.h"
#include "engine/expected_work.h"

namespace cascade {

namespace {

// Unit costs of one core, for the estimate of time only: rounded from bench/ on one recent x86 machine.
constexpr double kHistoryRowsASecond = 4e6;
constexpr double kLogRowsASecond = 1e6;
constexpr double kTrainRowsASecond = 3e5;
constexpr double kScoresASecond = 1.5e6;
constexpr double kScansASecond = 5e8;      // user-item pairs of a catalogue scan
constexpr double kSimulatedASecond = 1e6;  // requests of a simulated load
constexpr double kLoadsARun = 14;          // one at the stated load, and those of the search for the usable one

/// What a stage computes: without its name, quota and budget.
std::string settings_of_stage(const StageSpec& stage) {
  StageSpec kind_only;
  kind_only.stage = stage.stage;
  return content_of(kind_only);
}

/// Counts the funnels that use each part.
class Sharing {
 public:
  /// True for the first that uses it.
  bool use(const std::string& kind, const std::string& name, const std::string& content) {
    const auto [at, is_new] = place_.emplace(kind + "\n" + content, parts_.size());
    if (is_new) parts_.push_back({kind, name, 0});
    ++parts_[at->second].funnels;
    return is_new;
  }
  std::vector<SharedPart> take() { return std::move(parts_); }

 private:
  std::vector<SharedPart> parts_;
  std::map<std::string, std::size_t> place_;
};

void add_shared(const Scenario& s, Sharing& sharing) {
  const std::string world = content_of(s.world);
  sharing.use("world", std::to_string(s.world.items) + " items", world);
  // Logs of a funnel are logs of its settings and quotas.
  const bool of_funnel = s.logs.policy.kind == PolicyKind::funnel;
  const std::string logs = world + content_of(s.logs);
  std::string funnel;
  for (const StageSpec& stage : s.funnel) funnel += content_of(stage);
  sharing.use("logs", std::to_string(s.logs.days) + " days", of_funnel ? logs + funnel : logs);
  for (const std::string& name : Universe::trained_models(s))
    sharing.use("model", name, (of_funnel ? logs + funnel : logs) + content_of(*find_model(s, name)));
  const auto settings = [&](const StageSpec& stage) {
    std::string text = settings_of_stage(stage);
    for (const ModelUse& use : stage_catalog().find(stage.stage.kind)->maker.models(*stage.stage.parameters))
      if (const ModelSpec* model = find_model(s, use.model)) text += content_of(*model);
    return text;
  };
  if (s.funnel.empty()) return;
  const std::string recall = world + settings(s.funnel[0]);
  sharing.use("recall", s.funnel[0].name + " by " + s.funnel[0].stage.kind, recall);
  for (std::size_t j = 1; j < s.funnel.size(); ++j)
    sharing.use("scores", s.funnel[j].name + " by " + s.funnel[j].stage.kind, recall + settings(s.funnel[j]));
}

/// Names all that the counted work of a candidate depends on: quotas and budgets say how many there are.
std::string work_key(Scenario scenario) {
  for (StageSpec& stage : scenario.funnel) {
    stage.keep = 1;
    stage.budget = {};
  }
  scenario.evaluate = {};
  scenario.budget = {};
  scenario.allocation = {};
  scenario.allocated = false;
  return content_of(scenario);
}

}  // namespace

StudyPlan plan_study(const Study& study, int cores) {
  StudyPlan plan;
  const EvaluateParams& evaluate = study.file.scenario.evaluate;
  plan.replicates = evaluate.replicates;
  plan.memory_bytes = study_memory(study);
  std::set<std::string> worlds;
  std::set<std::string> scanned;
  std::set<std::string> trainings;
  std::map<std::string, std::vector<ScorerWork>> works;  ///< points of a sweep share them
  plan.replayed = evaluate.detail == Detail::outcome;
  Sharing sharing;
  std::map<std::string, double> replayed;  ///< most candidates by (recall, scorer), a request
  std::size_t day_trainings = 0;           // every point's own: they learn from what their funnel showed
  for (const StudyPoint& point : study.points) {
    const Scenario& s = point.scenario;
    PlannedPoint planned;
    const double rows = static_cast<double>(s.logs.requests_a_day) * s.logs.page * s.logs.days;
    if (worlds.insert(content_of(s.world)).second)
      planned.seconds += static_cast<double>(s.world.users) * s.world.history_clicks / s.world.truth.base_click_rate /
                             kHistoryRowsASecond +
                         rows / kLogRowsASecond;
    for (const std::string& name : Universe::trained_models(s))
      for (const auto& [known, spec] : s.models)
        if (known == name) {
          ModelSpec trained = spec;
          trained.fresh = false;
          const std::string of_logs = content_of(s.world) + content_of(s.logs);
          const std::string weighing = weighing_text(s, spec);
          for (int init = 0; init <= (s.evaluate.reruns ? 1 : 0); ++init) {
            const std::string where = of_logs + std::to_string(init);
            if (!trainings.insert(content_of(trained) + where).second) continue;
            const bool weighs = !weighing.empty() && trainings.insert(weighing + content_of(spec.train) + where).second;
            const int passes = weighs ? 2 : 1;
            const double learned = rows * spec.train.epochs * passes;
            plan.trainings += static_cast<std::size_t>(passes);
            plan.train_rows += learned;
            planned.seconds += learned / kTrainRowsASecond;
          }
        }
    add_shared(s, sharing);
    std::vector<ScorerWork>& work = works[work_key(s)];
    if (work.empty()) work = expected_work(s);
    planned.name = point.name;
    const std::vector<double> quotas = expected_quotas(s, work);
    double in = 0;
    for (std::size_t j = 0; j < s.funnel.size(); ++j) {
      PlannedWork stage;
      stage.stage = s.funnel[j].name;
      stage.kind = s.funnel[j].stage.kind;
      stage.in = j == 0 ? static_cast<double>(s.world.items) : in;
      stage.quota = quotas[j];
      const int shards = j == 0 ? 1 : shards_of(s, j);
      const double candidates = j == 0 ? 0 : in;
      stage.work = split_work(work[j], candidates, shards);
      const HardwareParams& hardware = s.funnel[j].own_hardware ? s.funnel[j].hardware : s.hardware;
      stage.compute_us = split_price(work[j], candidates, shards, hardware).compute_us;
      if (j > 0) {
        double scored = in;
        if (plan.replayed) {  // a candidate that another funnel has scored is not scored again
          double& most =
              replayed[content_of(s.world) + settings_of_stage(s.funnel[0]) + settings_of_stage(s.funnel[j])];
          scored = std::max(0.0, in - most);
          most += scored;
        }
        plan.scored += scored * evaluate.requests;
        planned.seconds += scored * evaluate.requests / kScoresASecond;
      }
      in = quotas[j];
      planned.stages.push_back(stage);
    }
    // An allocation replays logged requests at its dearest level.
    const double logged = replayed_candidates(s);
    plan.scored += logged;
    planned.seconds += logged / kScoresASecond;
    if (s.with_days) {
      const DaysWork days = planned_days(s);
      const int runs = s.evaluate.reruns ? 2 : 1;
      double scored = days.taught_rows * runs;
      for (std::size_t j = 1; j < planned.stages.size(); ++j) scored += planned.stages[j].in * days.requests * runs;
      day_trainings += days.trainings * runs;
      plan.train_rows += days.train_rows * runs;
      plan.scored += scored;
      planned.seconds += days.train_rows * runs / kTrainRowsASecond + scored / kScoresASecond +
                         static_cast<double>(s.world.items) * days.requests * runs / kScansASecond;
    }
    // Funnels that are replayed share the scan of their world, of the catalogue for recall and for the oracle.
    double scans = s.allocated ? s.allocation.requests : 0;
    if (!plan.replayed || scanned.insert(content_of(s.world)).second) scans += evaluate.requests;
    planned.seconds += 2.0 * static_cast<double>(s.world.items) * scans / kScansASecond;
    if (s.under_load)
      planned.seconds += s.serving.runs * kLoadsARun *
                         static_cast<double>(load_of({}, s.serving.qps, s.serving.seconds).requests) /
                         kSimulatedASecond;
    plan.seconds += planned.seconds * plan.replicates / std::max(1, cores);
    plan.points.push_back(planned);
  }
  plan.shared = sharing.take();
  plan.worlds = worlds.size();
  plan.trainings += day_trainings;
  return plan;
}

}  // namespace cascade
