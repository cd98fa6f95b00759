#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/node.h"
#include "engine/allocation.h"
#include "engine/control_stages.h"
#include "engine/day_loop.h"
#include "engine/scenario.h"
#include "models/catalog.h"
#include "world/world.h"

namespace cascade {

namespace {

class Checker {
 public:
  explicit Checker(const Scenario& scenario) : s_(scenario), schema_(World::schema(scenario.world)) {}

  std::vector<ScenarioFault> run() {
    check_models();
    check_funnel();
    check_serving();
    check_rest();
    if (s_.allocated)
      for (ScenarioFault& fault : allocation_faults(s_)) faults_.push_back(std::move(fault));
    check_days(s_, faults_);
    return std::move(faults_);
  }

 private:
  void add(const std::string& path, const std::string& message) { faults_.push_back({path, message}); }

  static std::string suggestion(const std::string& wanted, const std::vector<std::string>& names) {
    const auto near = nearest_names(wanted, names);
    return (near.empty() ? std::string() : "; did you mean '" + near.front() + "'?") + " (there are: " + join(names) +
           ")";
  }

  void check_models() {
    std::vector<std::string> groups = {"user", "item", "cross"};
    for (const FeatureGroup& group : schema_.groups()) groups.push_back(group.name);
    const std::set<std::string> serving = serving_models();
    for (const auto& [name, spec] : s_.models) {
      const auto* entry = model_catalog().find(spec.model.kind);
      if (entry == nullptr) continue;  // the reader has reported it
      const std::string path = "models." + name;
      std::vector<std::string> unknown;
      schema_.select(entry->maker.features(*spec.model.parameters), unknown);
      if (entry->maker.other_names) schema_.select(entry->maker.other_names(*spec.model.parameters), unknown);
      if (serving.count(name) > 0)
        for (const std::string& group : privileged_groups(spec))
          add(path, "feature group '" + group +
                        "' is privileged: it exists only after the click and cannot be seen at serving time");
      for (const std::string& bad : unknown)
        add(path, "no feature group or side is called '" + bad + "'" + suggestion(bad, groups));
      check_target(path, spec);
      if (spec.distilled) check_distill(name, spec);
      if (spec.sampled) check_samples(path + ".samples", spec);
    }
  }

  void check_target(const std::string& path, const ModelSpec& spec) {
    const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
    if (spec.target == Target::conversion && !maker.make)
      add(path + ".target", "a '" + spec.model.kind + "' is fitted in closed form on clicks: it learns no conversions");
    if (spec.target == Target::conversion && spec.sampled)
      add(path + ".samples", "conversions are learned from all clicked exposures: there are no other samples");
    if (!maker.heads) return;
    try {
      const std::vector<TaskHead> heads = maker.heads(*spec.model.parameters, schema_);
      const std::string& target = kTargetNames[static_cast<std::size_t>(spec.target)];
      if (heads.front().name != target)
        add(path + ".tasks", "the first task is what the model is trained for: target is " + target + ", got '" +
                                 heads.front().name + "'");
      for (const TaskHead& head : heads)
        if (spec.target == Target::conversion && head.name == "click")
          add(path + ".tasks", "with target: conversion only clicked exposures are seen, which say nothing of clicks");
    } catch (const InputError& e) {
      add(path + ".tasks", e.what());
    }
  }

  /// What a model estimates: click, conversion.
  std::vector<std::string> estimates_of(const ModelSpec& spec) const {
    const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
    if (!maker.heads) return {kTargetNames[static_cast<std::size_t>(spec.target)]};
    std::vector<std::string> names;
    try {
      for (const TaskHead& head : maker.heads(*spec.model.parameters, schema_)) names.push_back(head.name);
    } catch (const InputError&) {
      return kTargetNames;  // check_target() has reported it
    }
    return names;
  }

  /// Groups that a model reads; names that are none are reported elsewhere. REQUIRES a known kind.
  std::vector<int> groups_of(const ModelSpec& spec) const {
    std::vector<std::string> unknown;
    return schema_.select(model_catalog().find(spec.model.kind)->maker.features(*spec.model.parameters), unknown);
  }

  /// Names of privileged groups that a model reads. REQUIRES a known kind.
  std::vector<std::string> privileged_groups(const ModelSpec& spec) const {
    std::vector<std::string> names;
    for (const int g : groups_of(spec))
      if (schema_[g].side == Side::privileged) names.push_back(schema_[g].name);
    return names;
  }

  /// Models that stages use; the others can only teach, or are there for another variant.
  std::set<std::string> serving_models() const {
    std::set<std::string> serving;
    for (const auto* funnel : {&s_.funnel, &s_.logging_funnel})
      for (const StageSpec& stage : *funnel)
        if (const auto* entry = stage_catalog().find(stage.stage.kind))
          for (const ModelUse& use : entry->maker.models(*stage.stage.parameters)) serving.insert(use.model);
    return serving;
  }

  void check_distill(const std::string& name, const ModelSpec& spec) {
    const std::string path = "models." + name + ".distill";
    const auto* entry = model_catalog().find(spec.model.kind);
    if (!entry->maker.make) add(path, "a '" + spec.model.kind + "' is fitted in closed form: no teacher can change it");
    const ModelSpec* teacher = find_model(s_, spec.distill.teacher);
    if (teacher == nullptr) {
      std::vector<std::string> names;
      for (const auto& model : s_.models) names.push_back(model.first);
      add(path + ".teacher",
          "no model is called '" + spec.distill.teacher + "'" + suggestion(spec.distill.teacher, names));
    } else {
      check_circle(name, path + ".teacher");
      if (teacher->target != spec.target)
        add(path + ".teacher", "'" + spec.distill.teacher + "' learns " +
                                   kTargetNames[static_cast<std::size_t>(teacher->target)] + "s, its student " +
                                   kTargetNames[static_cast<std::size_t>(spec.target)] + "s");
      if (model_catalog().find(teacher->model.kind) != nullptr) {
        const std::vector<std::string> privileged = privileged_groups(*teacher);
        SpaceCounts unexposed = spec.distill.on;
        unexposed.rows[static_cast<std::size_t>(Space::exposed)] = 0;
        if (!privileged.empty() && unexposed.any())
          add(path + ".on", "teacher '" + spec.distill.teacher + "' reads '" + privileged.front() +
                                "', which exists only after a click: it can teach on EX alone");
        check_joint(path, spec, *teacher);
        check_distill_kind(path, spec, *teacher);
      }
    }
    if (!spec.distill.has_temperature() && (spec.distill.temperature < 1 || spec.distill.temperature > 1))
      add(path + ".temperature", "only softmax, pairwise and listwise have a temperature");
    if (spec.distill.has_two_warm_ups)
      add(path + ".warm_up_steps", "is short for warm_up.steps, which says otherwise: give one of the two");
    if (!spec.distill.on.any()) add(path + ".on", "there is no row on which the teacher could teach");
    for (int n = 1; n < kNumSpaces && spec.target == Target::conversion; ++n)
      if (spec.distill.on.of(static_cast<Space>(n)) != 0)
        add(path + ".on." + std::string(space_name(static_cast<Space>(n))),
            "conversions are taught on clicked exposures: on EX alone");
    check_spaces(path + ".on", spec.distill.on);
  }

  /// Whether the teacher reads what the kind of distillation says.
  void check_distill_kind(const std::string& path, const ModelSpec& spec, const ModelSpec& teacher) {
    const DistillKind kind = spec.distill.kind;
    if (kind == DistillKind::any) return;
    const std::vector<int> known = groups_of(spec);
    std::string shared;
    std::string more;
    for (const int g : groups_of(teacher))
      (std::find(known.begin(), known.end(), g) != known.end() ? shared : more) = schema_[g].name;
    const std::string reads = "teacher '" + spec.distill.teacher + "' reads ";
    if (kind == DistillKind::md) {
      if (!more.empty())
        add(path + ".kind", "MD has a teacher on its student's features: " + reads + "'" + more + "' besides");
    } else if (more.empty()) {
      add(path + ".kind", "only MD has a teacher without features that its student lacks: " + reads + "none");
    } else if (kind == DistillKind::lupi && !shared.empty()) {
      add(path + ".kind", "LUPI has a teacher on privileged features alone: " + reads + "'" + shared + "', too");
    }
  }

  /// A copy of the teacher that learns with its student has the student's rows and steps, and its tables where shared.
  void check_joint(const std::string& path, const ModelSpec& spec, const ModelSpec& teacher) {
    if (!spec.is_taught_jointly()) {
      if (spec.distill.share != Share::none)
        add(path + ".share", "only a teacher that learns with its student shares tables: training: joint");
      return;
    }
    const ModelMaker& student_kind = model_catalog().find(spec.model.kind)->maker;
    const ModelMaker& teacher_kind = model_catalog().find(teacher.model.kind)->maker;
    const std::string& name = spec.distill.teacher;
    if (!teacher_kind.make)
      add(path + ".training", "'" + name + "' is a '" + teacher.model.kind +
                                  "', fitted in closed form: it cannot learn in the same steps as its student");
    if (teacher.distilled || teacher.sampled)
      add(path + ".training",
          "'" + name + "' would learn from its student's rows: it can have neither `distill` nor `samples` of its own");
    if (student_kind.heads || teacher_kind.heads)
      add(path + ".training", "a network of several tasks is trained apart from its teachers and students");
    if (spec.distill.share == Share::none || !student_kind.make || !teacher_kind.make) return;
    const int own = student_kind.embedding_width(*spec.model.parameters);
    const int other = teacher_kind.embedding_width(*teacher.model.parameters);
    if (own != other)
      add(path + ".share", "tables can be shared where both have the same embedding_dim, but the student's is " +
                               std::to_string(own) + " and that of '" + name + "' " + std::to_string(other));
    std::vector<std::string> unknown;
    const std::vector<int> of_student = schema_.select(student_kind.features(*spec.model.parameters), unknown);
    const std::vector<int> of_teacher = schema_.select(teacher_kind.features(*teacher.model.parameters), unknown);
    const bool common = std::any_of(of_teacher.begin(), of_teacher.end(), [&](int group) {
      if (spec.distill.share == Share::all_but_user_id && schema_[group].name == "user_id") return false;
      return std::find(of_student.begin(), of_student.end(), group) != of_student.end();
    });
    if (!common && unknown.empty())
      add(path + ".share", "'" + name + "' and its student read no feature group in common that could be shared");
  }

  /// Follows the teachers of a model; a circle is reported where its first model by file order names its teacher.
  void check_circle(const std::string& name, const std::string& path) {
    std::vector<std::string> chain = {name};
    for (;;) {
      const ModelSpec* spec = find_model(s_, chain.back());
      if (spec == nullptr || !spec->distilled) return;
      const std::string& next = spec->distill.teacher;
      if (next == name) break;
      if (std::find(chain.begin(), chain.end(), next) != chain.end()) return;  // the circle of others
      chain.push_back(next);
    }
    for (const auto& [known, spec] : s_.models) {
      if (std::find(chain.begin(), chain.end(), known) == chain.end()) continue;
      if (known != name) return;
      break;
    }
    std::string circle;
    for (const std::string& one : chain) circle += one + " <- ";
    add(path, "models teach each other in a circle: " + circle + name);
  }

  void check_samples(const std::string& path, const ModelSpec& spec) {
    if (!model_catalog().find(spec.model.kind)->maker.make)
      add(path, "a '" + spec.model.kind + "' is fitted in closed form on all exposures: it takes no samples");
    if (!spec.samples.negatives.any()) add(path + ".negatives", "without negatives there is nothing to tell apart");
    if (spec.samples.positives == Positives::fine_top && !keeps_unexposed())
      add(path + ".positives",
          "fine_top needs pages made by a funnel: logs.policy {kind: funnel} with "
          "logs.unexposed_a_request above 0");
    check_spaces(path + ".negatives", spec.samples.negatives);
  }

  bool keeps_unexposed() const { return s_.logs.policy.kind == PolicyKind::funnel && s_.logs.unexposed_a_request > 0; }

  /// Counts of rows that the logs do not have.
  void check_spaces(const std::string& path, const SpaceCounts& counts) {
    for (int n = 1; n < kNumSpaces; ++n) {
      const auto space = static_cast<Space>(n);
      const std::string at = path + "." + std::string(space_name(space));
      if (counts.of(space) != 0 && !keeps_unexposed())
        add(at,
            "these logs keep exposed rows only; logs.policy {kind: funnel} with logs.unexposed_a_request above 0 "
            "keeps others");
      else if (counts.of(space) > s_.logs.unexposed_a_request)
        add(at, "the logs keep " + std::to_string(s_.logs.unexposed_a_request) + " rows a request (" +
                    "logs.unexposed_a_request), got " + std::to_string(counts.of(space)));
    }
  }

  void check_model_use(const std::string& path, const ModelUse& use) {
    std::vector<std::string> names;
    const ModelSpec* found = nullptr;
    for (const auto& [name, spec] : s_.models) {
      names.push_back(name);
      if (name == use.model) found = &spec;
    }
    if (found == nullptr) {
      add(path, "no model is called '" + use.model + "'" + suggestion(use.model, names));
      return;
    }
    if (!use.kind.empty() && found->model.kind != use.kind)
      add(path, "this stage needs a model of kind '" + use.kind + "', but '" + use.model + "' is a '" +
                    found->model.kind + "'");
    const auto* entry = model_catalog().find(found->model.kind);
    if (entry != nullptr) {
      const std::vector<std::string> known = estimates_of(*found);
      for (const std::string& wanted : use.estimates)
        if (std::find(known.begin(), known.end(), wanted) == known.end())
          add(path, "this stage needs an estimate of " + wanted + "s, but '" + use.model + "' learns " + join(known) +
                        " alone");
    }
    if (use.inner_product && entry != nullptr && !entry->maker.inner_product)
      add(path, "'" + use.model + "' (kind " + found->model.kind +
                    ") is not an inner-product model: it has no item vectors to search");
  }

  void check_funnel() {
    if (s_.funnel.empty()) add("funnel", "a funnel needs at least one stage");
    check_stages("funnel", s_.funnel);
    check_stages("logging_funnel", s_.logging_funnel);
    if (!s_.logging_funnel.empty() && s_.logs.policy.kind != PolicyKind::funnel)
      add("logging_funnel", "no funnel writes these logs: that is logs.policy {kind: funnel}");
  }

  void check_stages(const std::string& root, const std::vector<StageSpec>& funnel) {
    std::set<std::string> names;
    for (std::size_t j = 0; j < funnel.size(); ++j) {
      const StageSpec& stage = funnel[j];
      const std::string path = root + "." + std::to_string(j);
      if (!names.insert(stage.name).second) add(path + ".name", "two stages are called '" + stage.name + "'");
      if (stage.name == "regret")  // regret.STAGE is a metric of the outcome
        add(path + ".name", "a stage cannot be called 'regret', which begins the names of metrics");
      if (!config::is_plain_name(stage.name))  // it stands in paths, and in names of columns
        add(path + ".name", "a stage's name is made of letters, digits, _ and -, got '" + stage.name + "'");
      const auto* entry = stage_catalog().find(stage.stage.kind);
      if (entry == nullptr) continue;
      if (j == 0 && entry->maker.place == StagePlace::candidates)
        add(path + ".kind", "the first stage reads the whole catalogue, but '" + stage.stage.kind +
                                "' ranks candidates that a stage before it must bring");
      if (j > 0 && entry->maker.place == StagePlace::recall)
        add(path + ".kind", "'" + stage.stage.kind + "' recalls from the catalogue and can only be the first stage");
      if (j > 0 && stage.keep > funnel[j - 1].keep)
        add(path + ".keep", "a quota cannot grow: stage '" + stage.name + "' keeps " + std::to_string(stage.keep) +
                                " of the " + std::to_string(funnel[j - 1].keep) + " that '" + funnel[j - 1].name +
                                "' passes on");
      if (j == 0 && stage.keep > s_.world.items)
        add(path + ".keep",
            "the catalogue has only " + std::to_string(s_.world.items) + " items, got " + std::to_string(stage.keep));
      for (const ModelUse& use : entry->maker.models(*stage.stage.parameters))
        check_model_use(path + "." + use.path, use);
      if (entry->maker.faults)
        for (const StageFault& fault : entry->maker.faults(*stage.stage.parameters))
          add(path + "." + fault.path, fault.message);
      check_budget(path + ".budget", stage.budget);
      if (j == 0 && stage.budget.enforce)
        add(path + ".budget.enforce", "recall scans the catalogue: its budget can be reported, not enforced");
      if (j == 0 && stage.shards > 1)
        add(path + ".shards", "recall is not split over shards: its channels run side by side");
    }
  }

  void check_budget(const std::string& path, const BudgetParams& budget) {
    if (budget.flops > 0 && budget.us > 0) add(path, "a budget is in flops or in us, not in both");
    if (budget.enforce && !budget.given()) add(path + ".enforce", "there is no limit to enforce: give flops or us");
  }

  void check_serving() {
    if (!s_.under_load) return;
    const auto check = [&](const std::string& path, const StageServingParams& stage, bool first) {
      if (first && stage.shards > 1)
        add(path + ".shards", "recall is not split over shards: its channels run side by side");
    };
    std::vector<std::string> names;
    for (const StageSpec& stage : s_.funnel) names.push_back(stage.name);
    check("serving.every", s_.serving.every, !names.empty() && &s_.serving.of(names[0]) == &s_.serving.every);
    for (const auto& [name, stage] : s_.serving.stages) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        add("serving.stages." + name, "no stage is called '" + name + "'" + suggestion(name, names));
      check("serving.stages." + name, stage, !names.empty() && name == names[0]);
    }
    for (const auto& [field, what] : s_.serving.arrivals.faults()) add("serving.arrivals." + field, what);
    if (s_.serving.qps * s_.serving.seconds > kMostRequests)
      add("serving.seconds", "a run has at most " + number_text(kMostRequests) + " requests, here qps x seconds is " +
                                 number_text(s_.serving.qps * s_.serving.seconds));
    if (s_.funnel.size() > kMostQueueStages)
      add("serving", "at most " + std::to_string(kMostQueueStages) + " stages can be simulated under load");
  }

  void check_rest() {
    check_budget("budget", s_.budget);
    if (s_.evaluate.detail == Detail::outcome && s_.evaluate.reruns)
      add("evaluate.reruns", "re-run noise is measured with detail: full only");
    if (s_.evaluate.detail == Detail::outcome && s_.with_days)
      add("days", "days are served with evaluate.detail: full only");
    if (s_.evaluate.detail == Detail::outcome && s_.under_load)
      add("serving", "a load is simulated with evaluate.detail: full only");
    for (std::size_t n = 0; n < s_.evaluate.truth_at.size(); ++n)
      if (s_.evaluate.truth_at[n] > s_.world.items)
        add("evaluate.truth_at", "the catalogue has only " + std::to_string(s_.world.items) + " items, got " +
                                     std::to_string(s_.evaluate.truth_at[n]));
    if (s_.evaluate.truth_at.empty()) add("evaluate.truth_at", "at least one k is needed");
    std::set<int> seen;
    for (const int k : s_.evaluate.truth_at)
      if (!seen.insert(k).second) add("evaluate.truth_at", std::to_string(k) + " is given twice");
    if (s_.logs.page > s_.world.items)
      add("logs.page",
          "a page of " + std::to_string(s_.logs.page) + " items from a catalogue of " + std::to_string(s_.world.items));
    if (s_.logs.policy.kind == PolicyKind::funnel && s_.logs.policy.warm_up_days >= s_.logs.days)
      add("logs.policy.warm_up_days", "no day is left for the funnel to log: there are " +
                                          std::to_string(s_.logs.days) + " days, got " +
                                          std::to_string(s_.logs.policy.warm_up_days));
    if (s_.logs.from.empty() && (!s_.logs.content.empty() || s_.logs.bad_rows > 0))
      add("logs", "content and bad_rows speak of a file: give logs.from too");
    for (const auto& [field, what] : s_.world.faults()) add("world." + field, what);
  }

  const Scenario& s_;
  FeatureSchema schema_;
  std::vector<ScenarioFault> faults_;
};

}  // namespace

std::vector<ScenarioFault> find_faults(const Scenario& scenario) { return Checker(scenario).run(); }

}  // namespace cascade
