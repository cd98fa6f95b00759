#include "study/optimize_params.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/real.h"
#include "base/text.h"
#include "engine/control_stages.h"
#include "engine/replay.h"

namespace cascade {

namespace {
const std::vector<std::string> kCostAxes = {"compute_us", "latency_us", "flops"};
}  // namespace

std::string cost_axis_name(CostAxis axis) { return kCostAxes[static_cast<std::size_t>(axis)]; }

void StageSetting::fields(config::FieldVisitor& v) { stage.fields(v, stage_catalog(), "what the stage does"); }

void QuotaRange::fields(config::FieldVisitor& v) {
  v.field("from", from, "smallest quota", config::between(1, 1e7), config::Need::required);
  v.field("to", to, "largest quota", config::between(1, 1e7), config::Need::required);
  v.field("steps", steps, "quotas in all, at even ratios", config::between(2, 1000));
}

std::vector<int> QuotaRange::values() const {
  std::set<int> all;
  const double ratio = exact_log(static_cast<double>(to) / from) / (steps - 1);
  for (int k = 0; k < steps; ++k) all.insert(static_cast<int>(std::lround(from * exact_exp(ratio * k))));
  all.insert(to);
  std::vector<int> rising;
  for (const int keep : all)
    if (keep <= to) rising.push_back(keep);
  return rising;
}

void StageChoices::fields(config::FieldVisitor& v) {
  v.field("stage", stage, "name of the stage", config::Need::required);
  v.field("keep", keep, "quotas to choose among", config::between(1, 1e7));
  if (has_range || v.reads() || v.describes())
    v.optional_object("range", range, has_range, "quotas to choose among, at even ratios, beside those of keep");
  v.list("settings", settings, "whole settings to choose among, each with its kind; left out: the stage's own");
}

void CostLimits::fields(config::FieldVisitor& v) {
  v.field("flops", flops, "counted operations a request, at most; 0: any", config::at_least(0));
  v.field("compute_us", compute_us, "microseconds of compute a request, at most; 0: any", config::at_least(0));
  v.field("latency_us", latency_us, "microseconds that a request waits without load, at most; 0: any",
          config::at_least(0));
  v.field("p99_ms", p99_ms,
          "response time under load that 99 % of requests keep, in ms, at most; needs serving; 0: any",
          config::at_least(0));
  v.field("qps", qps, "usable load, requests a second, at least; needs serving; 0: any", config::at_least(0));
}

void OptimizeParams::fields(config::FieldVisitor& v) {
  v.field("objective", objective, "what is best: value, joint_recall@k or regret");
  v.choose("cost", cost, kCostAxes, "what the front is drawn over, and what budgets are in");
  v.object("within", within, "what the chosen funnel may cost");
  v.field("budgets", budgets, "levels of cost for each of which the best funnel is shown", config::above(0));
  v.list("stages", stages, "what may be chosen of each stage", "stage");
  v.field("max_funnels", max_funnels,
          "funnels tried besides those drawn by chance; all are where there are no more, else a search from restarts",
          config::between(1, 1e6));
  v.field("restarts", restarts,
          "funnels from which the search starts: the best of those drawn by chance, for the limits and for each budget",
          config::between(1, 1000));
  v.field("random", random,
          "funnels drawn by chance: the search starts from the best of them, and the choice is compared with the best "
          "that keeps the limits",
          config::between(0, 1e5));
  v.field("finalists", finalists,
          "funnels that go on to the finals: the best within the limits, within each budget and of those drawn by "
          "chance; 0: no finals, half of evaluate.requests chooses and half judges",
          config::between(0, 1e5));
  v.field("final_requests", final_requests,
          "requests of the finals, of which half help to choose and half judge; 0: four times evaluate.requests",
          config::between(0, 1e8));
}

std::size_t num_final_requests(const OptimizeParams& optimize, const EvaluateParams& evaluate) {
  if (optimize.finalists == 0) return 0;
  if (optimize.final_requests > 0) return static_cast<std::size_t>(optimize.final_requests);
  return 4 * static_cast<std::size_t>(evaluate.requests);
}

Scenario with_setting(Scenario scenario, std::size_t stage, const StageSetting& setting) {
  scenario.funnel[stage].stage = setting.stage;
  return scenario;
}

std::vector<ScenarioFault> find_faults(const OptimizeParams& optimize, const Scenario& scenario) {
  std::vector<ScenarioFault> faults;
  const auto add = [&](const std::string& path, const std::string& message) {
    faults.push_back({"optimize." + path, message});
  };
  std::vector<std::string> objectives = {"value", "regret"};
  for (const int k : scenario.evaluate.truth_at) objectives.push_back("joint_recall@" + std::to_string(k));
  if (std::find(objectives.begin(), objectives.end(), optimize.objective) == objectives.end()) {
    const auto near = nearest_names(optimize.objective, objectives);
    add("objective", "a funnel cannot be chosen by '" + optimize.objective + "'" +
                         (near.empty() ? "" : "; did you mean '" + near.front() + "'?") +
                         " (there are: " + join(objectives) + ")");
  }
  if (scenario.evaluate.requests < 2)
    add("objective", "half of the requests choose and half judge: evaluate.requests must be at least 2");
  if (optimize.final_requests == 1) add("final_requests", "half of them help to choose and half judge: give 2 or more");
  if (optimize.within.of_load() && !scenario.under_load)
    add("within", "p99_ms and qps are figures under load: give serving");
  if (optimize.stages.empty()) add("stages", "there is nothing to choose: name at least one stage");
  std::vector<std::string> names;
  for (const StageSpec& stage : scenario.funnel) names.push_back(stage.name);
  std::set<std::string> seen;
  for (std::size_t c = 0; c < optimize.stages.size(); ++c) {
    const StageChoices& choices = optimize.stages[c];
    const std::string path = "stages." + std::to_string(c);
    const auto at = std::find(names.begin(), names.end(), choices.stage);
    if (at == names.end()) {
      const auto near = nearest_names(choices.stage, names);
      add(path + ".stage", "no stage is called '" + choices.stage + "'" +
                               (near.empty() ? "" : "; did you mean '" + near.front() + "'?") +
                               " (there are: " + join(names) + ")");
      continue;
    }
    if (!seen.insert(choices.stage).second) add(path + ".stage", "'" + choices.stage + "' is given twice");
    const auto stage = static_cast<std::size_t>(at - names.begin());
    const bool quotas = !choices.keep.empty() || choices.has_range;
    if (!quotas && choices.settings.empty()) add(path, "names neither quotas nor settings to choose among");
    if (quotas && stage + 1 == names.size())
      add(path + (choices.has_range ? ".range" : ".keep"),
          "the last stage's quota is the length of the page, on which funnels are compared: it cannot be chosen");
    if (choices.has_range && choices.range.to < choices.range.from)
      add(path + ".range.to", "a range cannot end before it begins");
    for (std::size_t s = 0; s < choices.settings.size(); ++s)
      for (const ScenarioFault& fault : find_faults(with_setting(scenario, stage, choices.settings[s]))) {
        const std::string prefix = "funnel." + std::to_string(stage) + ".";
        if (fault.path.rfind(prefix, 0) == 0)
          add(path + ".settings." + std::to_string(s) + "." + fault.path.substr(prefix.size()), fault.message);
      }
    for (const int keep : choices.keep)
      if (stage == 0 && keep > scenario.world.items)
        add(path + ".keep",
            "the catalogue has only " + std::to_string(scenario.world.items) + " items, got " + std::to_string(keep));
  }
  return faults;
}

}  // namespace cascade
