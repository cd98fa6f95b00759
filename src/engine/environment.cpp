#include "engine/environment.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "base/parallel.h"
#include "engine/content_key.h"
#include "engine/funnel_logs.h"
#include "engine/listed_recall.h"
#include "engine/log_files.h"
#include "models/catalog.h"
#include "train/tasks.h"

namespace cascade {

namespace {

/// Hands a universe's models to the stages of one scenario.
class UniverseResources final : public ControlResources {
 public:
  UniverseResources(const Universe& universe, const Scenario& scenario, int init)
      : ControlResources(universe.world(), universe.world().seed()),
        universe_(universe),
        scenario_(scenario),
        init_(init) {}
  const Scorer& model(const std::string& name) const override {
    return *universe_.model(scenario_, name, init_).scorer;
  }

 private:
  const Universe& universe_;
  const Scenario& scenario_;
  int init_;
};

const ModelSpec& spec_of(const Scenario& scenario, const std::string& name) {
  const ModelSpec* spec = find_model(scenario, name);
  CASCADE_CHECK(spec != nullptr, "no model is called " + name);
  return *spec;
}

/// Teachers between a model and one that nobody teaches.
std::size_t depth_of(const Scenario& scenario, const std::string& name) {
  const ModelSpec& spec = spec_of(scenario, name);
  return spec.is_taught() ? 1 + depth_of(scenario, spec.distill.teacher) : 0;
}

/// What a training of one go depends on: how a model is kept fresh later is none of it.
std::string content_of_training(ModelSpec spec) {
  spec.fresh = false;
  return content_of(spec);
}

std::vector<ModelUse> uses_of(const StageSpec& stage) {
  return stage_catalog().find(stage.stage.kind)->maker.models(*stage.stage.parameters);
}

}  // namespace

Universe::Universe(const WorldParams& params, std::uint64_t seed, WorkExchange* exchange)
    : exchange_(exchange), world_(params, seed) {}

std::vector<std::string> Universe::used_models(const Scenario& scenario) {
  std::set<std::string> used;
  for (const StageSpec& stage : scenario.funnel)
    for (const ModelUse& use : uses_of(stage)) used.insert(use.model);
  std::vector<std::string> in_order;
  for (const auto& [name, spec] : scenario.models)
    if (used.count(name) > 0) in_order.push_back(name);
  return in_order;
}

std::vector<std::string> Universe::trained_models(const Scenario& scenario) {
  std::set<std::string> trained;
  for (std::string name : used_models(scenario)) {
    while (trained.insert(name).second) {
      const ModelSpec* spec = find_model(scenario, name);
      if (spec == nullptr || !spec->is_taught()) break;
      name = spec->distill.teacher;
    }
  }
  std::vector<std::string> in_order;
  for (const auto& [name, spec] : scenario.models)
    if (trained.count(name) > 0) in_order.push_back(name);
  return in_order;
}

Scenario Universe::untaught(const Scenario& scenario) {
  Scenario plain = scenario;
  if (!scenario.logging_funnel.empty()) plain.funnel = scenario.logging_funnel;
  for (auto& [name, spec] : plain.models) {
    spec.distilled = false;
    spec.sampled = false;
  }
  return plain;
}

std::string Universe::logs_key(const Scenario& scenario) const {
  std::string key = content_of(scenario.logs);
  if (scenario.logs.policy.kind != PolicyKind::funnel || !scenario.logs.from.empty()) return key;
  // The funnel that logs is untaught (funnel_logs.h), so that variants by teacher or samples share their logs.
  const Scenario plain = untaught(scenario);
  for (const std::string& name : used_models(plain)) key += name + "\n" + content_of_training(spec_of(plain, name));
  for (const StageSpec& stage : plain.funnel) key += content_of(stage);
  return key + content_of(scenario.budget) + content_of(scenario.hardware);
}

std::string Universe::model_key(const Scenario& scenario, const std::string& name, int init) const {
  const ModelSpec& spec = spec_of(scenario, name);
  std::string key = "init " + std::to_string(init) + "\n" + content_of_training(spec) + logs_key(scenario);
  if (spec.is_taught()) key += "teacher " + model_key(scenario, spec.distill.teacher, init);
  if (spec.is_taught_jointly()) key += "with " + content_of_training(spec_of(scenario, spec.distill.teacher));
  return key;
}

const Logs& Universe::logs(const Scenario& scenario, const RunProgress& progress) {
  std::unique_ptr<Logs>& logs = logs_[logs_key(scenario)];
  if (logs == nullptr) {
    if (progress) progress("logs", 0);
    if (!scenario.logs.from.empty())
      logs = std::make_unique<Logs>(logs_from_file(world_, scenario.logs, bad_log_rows_));
    else if (scenario.logs.policy.kind == PolicyKind::funnel)
      logs = std::make_unique<Logs>(simulate_funnel_logs(*this, scenario, progress));
    else
      logs = std::make_unique<Logs>(world_.simulate_logs(scenario.logs));
  }
  return *logs;
}

const LogTable& Universe::training_log(const Logs& logs, Target target) {
  if (target == Target::click) return logs.train;
  const auto [at, fresh] = conversion_logs_.try_emplace(&logs);
  if (fresh) at->second = conversion_log(logs.train);
  return at->second;
}

const GroupWeights* Universe::weights_of(const ModelSpec& spec, const LogTable& log, const std::string& logs_key,
                                         int init, std::vector<WeighTask>& weighings) {
  const auto selector = selector_of(world_, spec, init);
  if (selector == nullptr) return nullptr;
  const std::string key = "weights, init " + std::to_string(init) + "\n" + selector->weighing_text() +
                          content_of(spec.train) + (spec.target == Target::click ? "" : "conversion") + logs_key;
  const auto [at, is_new] = weights_.try_emplace(key);
  if (is_new) weighings.push_back({&spec, &log, key, &at->second});
  return &at->second;
}

void Universe::train_all(std::span<const Scenario* const> scenarios, int init, const RunProgress& progress) {
  std::vector<WeighTask> weighings;
  std::vector<std::vector<TrainTask>> rounds;  // by teachers before a model
  std::set<std::string> teachers;
  for (const Scenario* scenario : scenarios)
    for (const std::string& name : trained_models(*scenario))
      if (const ModelSpec& spec = spec_of(*scenario, name); spec.is_taught())
        teachers.insert(model_key(*scenario, spec.distill.teacher, init));
  std::set<std::string> planned;
  for (const Scenario* scenario : scenarios) {
    for (const std::string& name : trained_models(*scenario)) {
      const std::string key = model_key(*scenario, name, init);
      std::unique_ptr<TrainedModel>& model = models_[key];
      const bool teaches = teachers.count(key) > 0;
      if (model != nullptr && (!teaches || !model->log_logits.empty())) continue;
      if (!planned.insert(key).second) continue;
      if (model == nullptr) model = std::make_unique<TrainedModel>();
      const ModelSpec& spec = spec_of(*scenario, name);
      const std::size_t round = depth_of(*scenario, name);
      if (rounds.size() <= round) rounds.resize(round + 1);
      const Logs& logged = logs(*scenario, progress);
      TrainTask task;
      task.spec = &spec;
      task.logs = &logged;
      task.log = &training_log(logged, spec.target);
      task.model = model.get();
      task.teaches = teaches;
      const std::string of_logs = logs_key(*scenario);
      task.weights = weights_of(spec, *task.log, of_logs, init, weighings);
      if (spec.is_taught_jointly()) {
        task.joint_teacher = &spec_of(*scenario, spec.distill.teacher);
        task.joint_teacher_weights = weights_of(*task.joint_teacher, *task.log, of_logs, init, weighings);
      }
      if (spec.is_taught()) task.teacher_key = model_key(*scenario, spec.distill.teacher, init);
      rounds[round].push_back(std::move(task));
      model->key = key;
      model->kind = spec.model.kind;
    }
  }
  for (std::vector<TrainTask>& tasks : rounds)
    for (TrainTask& task : tasks)
      if (!task.teacher_key.empty()) task.teacher = models_.at(task.teacher_key).get();
  if (exchange_ != nullptr) {
    std::vector<TrainTask> all;
    for (const std::vector<TrainTask>& tasks : rounds) all.insert(all.end(), tasks.begin(), tasks.end());
    return train_with_others(world_, weighings, all, init, *exchange_, progress);
  }
  for_each_task(weighings.size(), [&](std::size_t w) { weigh(world_, weighings[w], init, progress); });
  for (std::vector<TrainTask>& tasks : rounds) {
    // The dearest first, so that no core is left with a long one at the end: networks before closed forms.
    std::stable_sort(tasks.begin(), tasks.end(), [](const TrainTask& a, const TrainTask& b) {
      const auto weight = [](const TrainTask& t) {
        return model_catalog().find(t.model->kind)->maker.make ? t.spec->train.epochs : 0;
      };
      return weight(a) > weight(b);
    });
    for_each_task(tasks.size(), [&](std::size_t t) { train_model(world_, tasks[t], init, progress); });
  }
}

const TrainedModel& Universe::trained(const Scenario& scenario, const std::string& name, int init) const {
  const auto found = models_.find(model_key(scenario, name, init));
  CASCADE_CHECK(found != models_.end() && found->second != nullptr, "model is not trained: " + name);
  return *found->second;
}

const TrainedModel& Universe::model(const Scenario& scenario, const std::string& name, int init) const {
  const TrainedModel& model = trained(scenario, name, init);
  CASCADE_CHECK(model.scorer != nullptr, "model cannot serve: " + name);
  return model;
}

std::vector<FittedStage> Universe::fit(const Scenario& scenario, int init) {
  const UniverseResources resources(*this, scenario, init);
  std::vector<FittedStage> funnel;
  for (const StageSpec& spec : scenario.funnel) {
    StageSpec kind_only;  // name, quota and budget do not change what a stage computes
    kind_only.stage = spec.stage;
    std::string key = content_of(kind_only);
    for (const ModelUse& use : uses_of(spec)) key += model(scenario, use.model, init).key;
    FittedStage& fitted = stages_[key];
    if (fitted.stage == nullptr) {
      fitted.key = key;
      std::shared_ptr<const Stage> stage =
          stage_catalog().find(spec.stage.kind)->maker.make(*spec.stage.parameters, resources);
      fitted.scoring = dynamic_cast<const ScoringStage*>(stage.get());
      fitted.work = stage->work();
      fitted.stage = only_listed(world_, std::move(stage));
    }
    funnel.push_back(fitted);
  }
  return funnel;
}

}  // namespace cascade
