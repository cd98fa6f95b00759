#include "engine/environment.h"

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "engine/content_key.h"
#include "engine/funnel_logs.h"
#include "models/catalog.h"

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
  for (const auto& [known, spec] : scenario.models)
    if (known == name) return spec;
  CASCADE_CHECK(false, "no model is called " + name);
}

std::vector<ModelUse> uses_of(const StageSpec& stage) {
  return stage_catalog().find(stage.stage.kind)->maker.models(*stage.stage.parameters);
}

}  // namespace

Universe::Universe(const WorldParams& params, std::uint64_t seed) : world_(params, seed) {}

std::vector<std::string> Universe::used_models(const Scenario& scenario) {
  std::set<std::string> used;
  for (const StageSpec& stage : scenario.funnel)
    for (const ModelUse& use : uses_of(stage)) used.insert(use.model);
  std::vector<std::string> in_order;
  for (const auto& [name, spec] : scenario.models)
    if (used.count(name) > 0) in_order.push_back(name);
  return in_order;
}

std::string Universe::logs_key(const Scenario& scenario) const {
  std::string key = content_of(scenario.logs);
  if (scenario.logs.policy.kind != PolicyKind::funnel) return key;
  for (const std::string& name : used_models(scenario)) key += name + "\n" + content_of(spec_of(scenario, name));
  for (const StageSpec& stage : scenario.funnel) key += content_of(stage);
  return key + content_of(scenario.budget) + content_of(scenario.hardware);
}

std::string Universe::model_key(const Scenario& scenario, const std::string& name, int init) const {
  return "init " + std::to_string(init) + "\n" + content_of(spec_of(scenario, name)) + logs_key(scenario);
}

const Logs& Universe::logs(const Scenario& scenario, const RunProgress& progress) {
  std::unique_ptr<Logs>& logs = logs_[logs_key(scenario)];
  if (logs == nullptr) {
    if (progress) progress("logs", 0);
    logs = scenario.logs.policy.kind == PolicyKind::funnel
               ? std::make_unique<Logs>(simulate_funnel_logs(*this, scenario, progress))
               : std::make_unique<Logs>(world_.simulate_logs(scenario.logs));
  }
  return *logs;
}

void Universe::train_all(std::span<const Scenario* const> scenarios, int init, const RunProgress& progress) {
  struct Task {
    const ModelSpec* spec = nullptr;
    const Logs* logs = nullptr;
    TrainedModel* model = nullptr;
  };
  std::vector<Task> tasks;
  for (const Scenario* scenario : scenarios) {
    for (const std::string& name : used_models(*scenario)) {
      std::unique_ptr<TrainedModel>& model = models_[model_key(*scenario, name, init)];
      if (model != nullptr) continue;
      model = std::make_unique<TrainedModel>();
      tasks.push_back({&spec_of(*scenario, name), &logs(*scenario, progress), model.get()});
      model->key = model_key(*scenario, name, init);
      model->kind = tasks.back().spec->model.kind;
    }
  }
  // The dearest first, so that no core is left with a long one at the end: networks before closed forms.
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) {
    const auto weight = [](const Task& t) {
      return model_catalog().find(t.model->kind)->maker.make ? t.spec->train.epochs : 0;
    };
    return weight(a) > weight(b);
  });
  for_each_task(tasks.size(), [&](std::size_t t) {
    Task& task = tasks[t];
    const ModelMaker& maker = model_catalog().find(task.model->kind)->maker;
    const FeatureStore& store = world_.features();
    if (maker.fit) {
      task.model->scorer = maker.fit(*task.spec->model.parameters, store, task.logs->train);
      return;
    }
    // The seed names kind and initialisation only: models of one kind start alike, so that variants of a model differ
    // by what they were meant to differ in.
    const std::uint64_t seed = derive_seed(world_.seed(), Stream::model_init,
                                           content_hash(task.model->kind) + static_cast<std::uint64_t>(init));
    const auto report = [&](std::int64_t step, std::int64_t total) {
      if (progress && total > 0)
        progress("training " + task.model->kind, static_cast<double>(step) / static_cast<double>(total));
    };
    std::unique_ptr<Learnable<float>> network;
    const auto selector = maker.selector ? maker.selector(*task.spec->model.parameters, store, seed) : nullptr;
    if (selector != nullptr) {
      GroupChoice choice = choose_groups(*selector, task.logs->train, task.spec->train, seed, report);
      network = std::move(choice.network);
      task.model->facts = std::move(choice.facts);
    } else {
      network = maker.make(*task.spec->model.parameters, store, seed);
    }
    task.model->summary = train(*network, store, task.logs->train, task.spec->train, seed, report);
    task.model->scorer = network->freeze(store);
  });
}

const TrainedModel& Universe::model(const Scenario& scenario, const std::string& name, int init) const {
  const auto found = models_.find(model_key(scenario, name, init));
  CASCADE_CHECK(found != models_.end() && found->second->scorer != nullptr, "model is not trained: " + name);
  return *found->second;
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
      fitted.stage = stage_catalog().find(spec.stage.kind)->maker.make(*spec.stage.parameters, resources);
      fitted.scoring = dynamic_cast<const ScoringStage*>(fitted.stage.get());
      fitted.work = fitted.stage->work();
    }
    funnel.push_back(fitted);
  }
  return funnel;
}

}  // namespace cascade
