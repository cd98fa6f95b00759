#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/control_stages.h"
#include "engine/model_training.h"
#include "engine/progress.h"
#include "engine/scenario.h"
#include "world/world.h"

namespace cascade {

/// The evaluation's sample of requests; logging days use others.
inline constexpr std::uint64_t kEvaluationSample = std::uint64_t{1} << 20;

/// A funnel's stage, fitted.
struct FittedStage {
  std::string key;  ///< names all that decides its scores: kind, parameters, models
  std::shared_ptr<const Stage> stage;
  const ScoringStage* scoring = nullptr;  ///< the same object where it is one
  ScorerWork work;
};

/// One world of one replicate with all that was built in it: logs, models, stages, each computed once however many
/// variants share it.
class Universe {
 public:
  /// `exchange`: by which it shares its trainings with other processes that make the same world; nullptr: with nobody.
  Universe(const WorldParams& params, std::uint64_t seed, WorkExchange* exchange = nullptr);
  const World& world() const { return world_; }

  /// Logs of a scenario; a funnel policy also depends on the scenario's models and funnel.
  const Logs& logs(const Scenario& scenario, const RunProgress& progress);
  /// Rows that were left out of the last file of logs that was read.
  std::size_t bad_log_rows() const { return bad_log_rows_; }
  /// Trains what `scenarios` use and is not there yet; independent models side by side. `init` numbers the
  /// initialisation: 0, or 1 for the re-run that measures noise.
  void train_all(std::span<const Scenario* const> scenarios, int init, const RunProgress& progress);
  /// REQUIRES that train_all() saw the scenario.
  const TrainedModel& trained(const Scenario& scenario, const std::string& name, int init) const;
  /// The same for a model that can serve.
  const TrainedModel& model(const Scenario& scenario, const std::string& name, int init) const;
  /// The fitted stages of a scenario's funnel.
  std::vector<FittedStage> fit(const Scenario& scenario, int init);
  /// Names of the models that a funnel uses, in the order of `models:`.
  static std::vector<std::string> used_models(const Scenario& scenario);
  /// Those and their teachers, the teachers of these, ...: what is trained, in the order of `models:`. Teachers that
  /// are not there, and circles of them, end there.
  static std::vector<std::string> trained_models(const Scenario& scenario);
  /// The scenario of a funnel that logs: `logging_funnel` where given, and models that learn from clicks on exposures
  /// alone, without teachers and samples.
  static Scenario untaught(const Scenario& scenario);

 private:
  std::string logs_key(const Scenario& scenario) const;
  std::string model_key(const Scenario& scenario, const std::string& name, int init) const;
  /// The weights by which a model chooses its groups, where it does, else null; `weighings` gets what is to be done for
  /// them, if anything.
  const GroupWeights* weights_of(const ModelSpec& spec, const LogTable& log, const std::string& logs_key, int init,
                                 std::vector<WeighTask>& weighings);

  WorkExchange* exchange_;
  World world_;
  /// What a model learns from: the training log, or its clicked rows.
  const LogTable& training_log(const Logs& logs, Target target);

  std::map<std::string, std::unique_ptr<Logs>> logs_;
  std::size_t bad_log_rows_ = 0;
  std::map<const Logs*, LogTable> conversion_logs_;
  std::map<std::string, GroupWeights> weights_;  ///< by their key
  std::map<std::string, std::unique_ptr<TrainedModel>> models_;
  std::map<std::string, FittedStage> stages_;
};

}  // namespace cascade
