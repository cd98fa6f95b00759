#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "config/catalog.h"
#include "cost/allocation_params.h"
#include "cost/hardware.h"
#include "cost/serving.h"
#include "engine/days.h"
#include "models/tasks.h"
#include "train/distill.h"
#include "train/freshness.h"
#include "train/targets.h"
#include "train/trainer.h"
#include "world/params.h"

namespace cascade {

/// One entry of `models:`.
struct ModelSpec {
  config::KindSpec model;
  TrainParams train;
  DistillParams distill;
  bool distilled = false;  ///< `distill` is given
  SampleParams samples;
  bool sampled = false;  ///< `samples` is given
  FreshnessParams freshness;
  bool fresh = false;  ///< `freshness` is given; else it learns daily
  Target target = Target::click;
  /// Whether a teacher that is trained before has a say: with weight 0 a model is trained as if there were none.
  bool is_taught() const { return distilled && distill.training == Training::separate && distill.weight > 0; }
  /// Whether a copy of the teacher learns in the same steps.
  bool is_taught_jointly() const { return distilled && distill.training == Training::joint; }
  void fields(config::FieldVisitor& v);
};

/// One entry of `funnel:`, in the order in which candidates pass.
struct StageSpec {
  std::string name;
  config::KindSpec stage;
  int keep = 0;
  int shards = 1;
  BudgetParams budget;
  HardwareParams hardware;
  bool own_hardware = false;
  void fields(config::FieldVisitor& v);
};

/// How much is measured of every funnel. Left to itself a study of few points is measured in full.
enum class Detail { automatic, full, outcome };

/// The `evaluate:` part.
struct EvaluateParams {
  int requests = 2000;
  std::vector<int> truth_at = {10, 50};
  int replicates = 1;
  int alignment_requests = 500;
  int arm_requests = 500;
  bool split_regret = true;
  bool reruns = false;
  Detail detail = Detail::automatic;
  void fields(config::FieldVisitor& v);
};

/// The `logs:` part: how logs are made, or the files that they are read from.
struct LogsSpec : LogsParams {
  std::string from;                  ///< CSV file (data/log_csv.h), "*" being the replicate's number; empty: simulated
  std::vector<std::string> content;  ///< [replicates] content hash of each file; the loader fills it in
  int bad_rows = 0;                  ///< so many bad rows are left out of a file; more are a fault
  /// [replicates] the seed of each world and the file of its logs; the loader finds them.
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> files;
  void fields(config::FieldVisitor& v);
};

/// One resolved funnel experiment: a variant at one sweep point.
struct Scenario {
  std::string name;
  std::string question;
  std::uint64_t seed = 1;
  WorldParams world;
  LogsSpec logs;
  std::vector<std::pair<std::string, ModelSpec>> models;
  std::vector<StageSpec> funnel;
  std::vector<StageSpec> logging_funnel;  ///< that writes the logs of policy `funnel`; empty: `funnel` itself
  EvaluateParams evaluate;
  BudgetParams budget;
  HardwareParams hardware;
  ServingParams serving;
  bool under_load = false;  ///< whether `serving:` is given
  AllocationParams allocation;
  bool allocated = false;  ///< whether `allocation:` is given
  DaysParams days;
  bool with_days = false;  ///< whether `days:` is given
  void fields(config::FieldVisitor& v);
};

/// The model of that name; nullptr where there is none.
const ModelSpec* find_model(const Scenario& scenario, const std::string& name);

/// Parts into which stage `stage` splits a request's candidates: those of its service where `serving` says more than
/// one, else its own.
int shards_of(const Scenario& scenario, std::size_t stage);

/// A fault that only the whole scenario shows; `path` is where its author should look.
struct ScenarioFault {
  std::string path;
  std::string message;
};

/// Everything that is wrong with a scenario whose fields are each in order: names that point nowhere, quotas that
/// grow, stages out of place, models that ask for what they may not see.
std::vector<ScenarioFault> find_faults(const Scenario& scenario);

}  // namespace cascade
