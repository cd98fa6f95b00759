#include "engine/scenario.h"

#include "engine/control_stages.h"
#include "models/catalog.h"

namespace cascade {

namespace {
const std::vector<std::string> kDetailNames = {"auto", "full", "outcome"};
}  // namespace

void ModelSpec::fields(config::FieldVisitor& v) {
  model.fields(v, model_catalog(), "what is trained");
  v.object("train", train, "how it is trained");
  // What a scenario does not give is not written either: the settings of a report are those of its file.
  if (distilled || v.reads() || v.describes())
    v.optional_object("distill", distill, distilled, "another model that teaches this one");
  if (sampled || v.reads() || v.describes())
    v.optional_object("samples", samples, sampled, "rows and labels, where not clicks on all exposures");
  if (fresh || v.reads() || v.describes())
    v.optional_object("freshness", freshness, fresh, "how it is kept fresh over the days of `days`; left out: daily");
  if (target != Target::click || v.reads() || v.describes())
    v.choose("target", target, kTargetNames,
             "what is learned: click: of exposures; conversion: of the exposures that were clicked");
}

void StageSpec::fields(config::FieldVisitor& v) {
  v.field("name", name, "name of the stage, by which variants and sweeps address it", config::Need::required);
  stage.fields(v, stage_catalog(), "what the stage does");
  v.field("keep", keep, "quota: items kept a request", config::between(1, 1e7), config::Need::required);
  if (shards > 1 || v.reads() || v.describes())
    v.field("shards", shards,
            "parts into which the candidates are split, scored side by side: less latency, the user's side of the work "
            "in each",
            config::between(1, 1000));
  v.object("budget", budget, "compute budget of this stage");
  v.optional_object("hardware", hardware, own_hardware, "hardware of this stage where it is not the scenario's");
}

void EvaluateParams::fields(config::FieldVisitor& v) {
  v.field("requests", requests, "requests served a replicate", config::between(1, 1e7));
  v.field("truth_at", truth_at, "the k of the metrics at k", config::between(1, 1e5));
  v.field("replicates", replicates, "independent worlds, logs, trainings and requests", config::between(1, 1000));
  v.field("alignment_requests", alignment_requests,
          "the first so many requests also measure the stages' agreement with the fine ranker", config::at_least(0));
  v.field("arm_requests", arm_requests,
          "the first so many requests are also served with each stage replaced by the oracle and by chance",
          config::at_least(0));
  v.field(
      "split_regret", split_regret,
      "share the regret out over the stages, of which there may be six: every set of stages is replaced by the oracle");
  v.field(
      "reruns", reruns,
      "train every model a second time from another initialisation to measure re-run noise; a variant's `rerun: false` "
      "leaves it out");
  if (detail != Detail::automatic || v.reads() || v.describes())
    v.choose("detail", detail, kDetailNames,
             "full, or the outcome alone (the page's value and recall, and what everything cost) by replaying kept "
             "scores, which thousands of funnels can afford; auto: the outcome beyond 100 points");
}

void LogsSpec::fields(config::FieldVisitor& v) {
  LogsParams::fields(v);
  if (from.empty() && !v.reads() && !v.describes()) return;  // a resolved scenario without it does not mention it
  v.field("from", from,
          "CSV file to read the logs from instead of simulating them, relative to the scenario; * stands for the "
          "replicate's number");
  v.field("content", content, "hash of each replicate's file, filled in when it is read; given, it must be that");
  v.field("bad_rows", bad_rows, "so many bad rows of a file are left out; more are a fault", config::at_least(0));
}

void Scenario::fields(config::FieldVisitor& v) {
  v.field("scenario", name, "name of the scenario", config::Need::required);
  v.field("question", question, "the question it answers, in one sentence");
  v.field("seed", seed, "every random draw follows from it");
  v.object("world", world, "users, items and the truth");
  v.object("logs", logs, "what was logged before the funnel is built");
  v.named_map("models", models, "models by name");
  v.list("funnel", funnel, "stages in the order in which candidates pass", "name", config::Need::required);
  if (!logging_funnel.empty() || v.reads() || v.describes())
    v.list("logging_funnel", logging_funnel,
           "stages of the funnel that writes the logs of policy `funnel`; left out: the funnel itself", "name");
  v.object("evaluate", evaluate, "what is measured, on how much");
  v.object("budget", budget, "compute budget of the whole request");
  v.object("hardware", hardware, "what counted work costs");
  // A resolved scenario without it does not mention it.
  if (under_load || v.reads() || v.describes())
    v.optional_object("serving", serving, under_load, "the funnel under load, simulated; left out: it is not");
  if (allocated || v.reads() || v.describes())
    v.optional_object(
        "allocation", allocation, allocated,
        "quotas chosen for each request under a mean budget; left out: every request has the stages' keep");
  if (with_days || v.reads() || v.describes())
    v.optional_object("days", days, with_days, "days served, logged and learned from after the logs; left out: none");
}

const ModelSpec* find_model(const Scenario& scenario, const std::string& name) {
  for (const auto& [known, spec] : scenario.models)
    if (known == name) return &spec;
  return nullptr;
}

int shards_of(const Scenario& scenario, std::size_t stage) {
  const StageSpec& spec = scenario.funnel[stage];
  const int served = scenario.under_load ? scenario.serving.of(spec.name).shards : 1;
  return served > 1 ? served : spec.shards;
}

}  // namespace cascade
