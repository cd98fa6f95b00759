#include "engine/environment.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "engine/content_key.h"
#include "engine/funnel_logs.h"
#include "engine/listed_recall.h"
#include "engine/log_files.h"
#include "metrics/ranking.h"
#include "models/catalog.h"
#include "train/joint.h"
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

bool reads_privileged(const ModelSpec& spec, const FeatureSchema& schema) {
  std::vector<std::string> unknown;
  for (const int g :
       schema.select(model_catalog().find(spec.model.kind)->maker.features(*spec.model.parameters), unknown))
    if (schema[g].side == Side::privileged) return true;
  return false;
}

/// What a training of one go depends on: how a model is kept fresh later is none of it.
std::string content_of_training(ModelSpec spec) {
  spec.fresh = false;
  return content_of(spec);
}

/// AUC on the held-out day from the features as logged, which models have, too, that cannot serve: of clicks over all
/// exposures, or of conversions over the clicked ones.
double auc_next_day(Learnable<float>& network, const FeatureStore& store, const Logs& logs, Target target) {
  const LogTable clicked = target == Target::conversion ? conversion_log(logs.next_day) : LogTable();
  const LogTable& log = target == Target::conversion ? clicked : logs.next_day;
  return auc(log_logits(network, store, log), log.click);
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

std::vector<std::string> Universe::trained_models(const Scenario& scenario) {
  std::set<std::string> trained;
  for (std::string name : used_models(scenario)) {
    trained.insert(name);
    for (const ModelSpec* spec = &spec_of(scenario, name); spec->is_taught(); spec = &spec_of(scenario, name)) {
      name = spec->distill.teacher;
      trained.insert(name);
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

/// One model to be trained, or one that is there already and is to teach.
struct Universe::TrainTask {
  const ModelSpec* spec = nullptr;
  const Logs* logs = nullptr;
  const LogTable* log = nullptr;  ///< what it learns from: logs->train, or the clicked rows of it
  TrainedModel* model = nullptr;
  std::string teacher_key;
  const TrainedModel* teacher = nullptr;  ///< trained in a round before; nullptr: none
  bool teaches = false;
  const ModelSpec* joint_teacher = nullptr;  ///< a copy of it learns in the same steps; nullptr: none
};

void Universe::train_all(std::span<const Scenario* const> scenarios, int init, const RunProgress& progress) {
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
      TrainTask task{&spec, &logged, &training_log(logged, spec.target), model.get(), "", nullptr, teaches, nullptr};
      if (spec.is_taught_jointly()) task.joint_teacher = &spec_of(*scenario, spec.distill.teacher);
      if (spec.is_taught()) task.teacher_key = model_key(*scenario, spec.distill.teacher, init);
      rounds[round].push_back(std::move(task));
      model->key = key;
      model->kind = spec.model.kind;
    }
  }
  for (std::vector<TrainTask>& tasks : rounds) {
    for (TrainTask& task : tasks)
      if (!task.teacher_key.empty()) task.teacher = models_.at(task.teacher_key).get();
    // The dearest first, so that no core is left with a long one at the end: networks before closed forms.
    std::stable_sort(tasks.begin(), tasks.end(), [](const TrainTask& a, const TrainTask& b) {
      const auto weight = [](const TrainTask& t) {
        return model_catalog().find(t.model->kind)->maker.make ? t.spec->train.epochs : 0;
      };
      return weight(a) > weight(b);
    });
    for_each_task(tasks.size(), [&](std::size_t t) { train(tasks[t], init, progress); });
  }
}

void Universe::train(const TrainTask& task, int init, const RunProgress& progress) const {
  TrainedModel& model = *task.model;
  const ModelMaker& maker = model_catalog().find(model.kind)->maker;
  const FeatureStore& store = world_.features();
  const LogTable& log = *task.log;
  if (maker.fit) {
    if (model.scorer == nullptr) model.scorer = maker.fit(*task.spec->model.parameters, store, log);
    if (task.teaches) model.log_logits = log_logits(*model.scorer, store, log);
    return;
  }
  // The seed names kind and initialisation only: models of one kind start alike, so that variants of a model differ
  // by what they were meant to differ in.
  const auto seed_of = [&](const std::string& kind) {
    return derive_seed(world_.seed(), Stream::model_init, content_hash(kind) + static_cast<std::uint64_t>(init));
  };
  const std::uint64_t seed = seed_of(model.kind);
  const Progress tell = [&](std::int64_t step, std::int64_t total) {
    if (progress && total > 0)
      progress("training " + model.kind, static_cast<double>(step) / static_cast<double>(total));
  };
  const auto network_of = [&](const ModelSpec& spec, NamedFacts& facts) -> std::unique_ptr<Learnable<float>> {
    const ModelMaker& kind = model_catalog().find(spec.model.kind)->maker;
    const std::uint64_t own = seed_of(spec.model.kind);
    const auto selector = kind.selector ? kind.selector(*spec.model.parameters, store, own) : nullptr;
    if (selector == nullptr) return kind.make(*spec.model.parameters, store, own);
    GroupChoice choice = choose_groups(*selector, log, spec.train, own, tell);
    facts = std::move(choice.facts);
    return std::move(choice.network);
  };
  model.facts.clear();
  const auto network = network_of(*task.spec, model.facts);
  std::vector<TaskHead> heads;
  if (maker.heads) heads = maker.heads(*task.spec->model.parameters, store.schema());
  if (task.joint_teacher != nullptr) {
    NamedFacts unused;
    const auto teacher = network_of(*task.joint_teacher, unused);
    Targets targets = label_rows(log, task.spec->sampled ? task.spec->samples : SampleParams());
    teach_rows(log, task.spec->distill.on, std::vector<float>(log.size()), targets);
    model.summary = train_joint(*network, *teacher, store, log, std::move(targets), task.spec->distill,
                                task.spec->train, seed, tell);
  } else if (task.teacher == nullptr && !task.spec->sampled && heads.empty()) {
    model.summary = cascade::train(*network, store, log, task.spec->train, seed, tell);
  } else {
    Targets targets = label_rows(log, task.spec->sampled ? task.spec->samples : SampleParams());
    const DistillParams& distill = task.spec->distill;
    if (task.teacher != nullptr) teach_rows(log, distill.on, task.teacher->log_logits, targets);
    const bool by_lists = task.teacher != nullptr && distill.by_lists();
    LossFunction<float> loss =
        task.teacher == nullptr ? label_loss<float>(targets) : distill_loss<float>(targets, distill);
    if (!heads.empty())
      loss = multi_task_loss<float>(std::move(loss), heads, maker.task_weight(*task.spec->model.parameters),
                                    task.spec->target);
    model.summary = train_on(*network, store, log, targets.rows, loss, task.spec->train, seed, tell,
                             by_lists ? Unit::request : Unit::row);
    if (task.teacher != nullptr) {
      const auto taught = static_cast<double>(num_taught(targets));
      model.summary.flops += task.teacher->forward_flops * taught;
      model.summary.bytes += task.teacher->forward_bytes * taught;
    }
  }
  if (!std::isfinite(model.summary.train_loss))
    throw InputError("the training of a " + model.kind +
                     " diverged: its loss is not a number any more; lower train.learning_rate");
  if (task.teaches) {
    model.log_logits = log_logits(*network, store, log);
    model.forward_flops = network->flops_per_sample() / 3;  // of a sample's forward and backward
    model.forward_bytes = sizeof(float) * network->lookups_per_sample();
  }
  const bool can_serve = !reads_privileged(*task.spec, store.schema());
  if (!can_serve || task.spec->target == Target::conversion)
    model.facts.emplace_back("auc_next_day", auc_next_day(*network, store, *task.logs, task.spec->target));
  if (model.scorer == nullptr && can_serve) model.scorer = network->freeze(store);
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
