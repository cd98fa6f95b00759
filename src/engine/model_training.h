#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/logs.h"
#include "engine/progress.h"
#include "engine/scenario.h"
#include "engine/work_exchange.h"
#include "models/learnable.h"
#include "models/scorer.h"
#include "train/choose_groups.h"
#include "train/trainer.h"
#include "world/world.h"

namespace cascade {

struct TrainedModel {
  std::string key;  ///< names everything it depends on besides the world
  std::string kind;
  std::unique_ptr<const Scorer> scorer;  ///< nullptr for a teacher that reads privileged groups
  TrainSummary summary;                  ///< all zero for models in closed form
  std::vector<float> log_logits;         ///< of the rows of the training log, in order; of teachers only
  double forward_flops = 0;              ///< counted work of log_logits a row
  double forward_bytes = 0;
  NamedFacts facts;  ///< what its kind says of itself besides
};

/// The first of the two trainings of models that choose their feature groups, shared by all that choose by it.
struct WeighTask {
  const ModelSpec* spec = nullptr;  ///< of one of these models
  const LogTable* log = nullptr;
  std::string key;  ///< names everything it depends on besides the world
  GroupWeights* weights = nullptr;
};

/// One model to be trained, or one that is there already and is to teach.
struct TrainTask {
  const ModelSpec* spec = nullptr;
  const Logs* logs = nullptr;
  const LogTable* log = nullptr;  ///< what it learns from: logs->train, or the clicked rows of it
  TrainedModel* model = nullptr;  ///< its key and kind are set
  std::string teacher_key;
  const TrainedModel* teacher = nullptr;  ///< trained before; nullptr: none
  bool teaches = false;
  const ModelSpec* joint_teacher = nullptr;  ///< a copy of it learns in the same steps; nullptr: none
  const GroupWeights* weights = nullptr;     ///< by which the model chooses its groups; nullptr: it does not choose
  const GroupWeights* joint_teacher_weights = nullptr;
};

/// The seed of a model that is to be trained names kind and initialisation only: models of one kind start alike, so
/// that variants of a model differ by what they were meant to differ in.
std::uint64_t model_seed(const World& world, const std::string& kind, int init);

/// What weighs the groups of a model, where it is to choose among them, else null.
std::unique_ptr<GroupSelector> selector_of(const World& world, const ModelSpec& spec, int init);

/// A network that is to be trained, on the feature groups that it chooses by `weights`, or with nullptr on all of its
/// own.
GroupChoice make_network(const World& world, const ModelSpec& spec, const GroupWeights* weights, int init);

void weigh(const World& world, const WeighTask& task, int init, const RunProgress& progress);

/// Trains a model, or fits it. Returns the network, if it is one. `init` numbers the initialisation. The same world,
/// task and init give the same bits.
std::unique_ptr<Learnable<float>> train_model(const World& world, const TrainTask& task, int init,
                                              const RunProgress& progress);

/// The state of a model that train_model() has just trained, as bytes: with its network, or where it is in closed form
/// and dear to fit, what its kind says. With `accept_model`, where nothing is trained, the model is the same, bit by
/// bit. Bytes of another model are a broken promise.
std::string model_bytes(const TrainedModel& model, Learnable<float>* network);
void accept_model(const World& world, const TrainTask& task, int init, std::string_view bytes);

/// Trains these models together with other processes that have the same world and do the same: each is trained by one
/// of them and sent to the others, the teachers of long trainings and the dearest first. Models that are quickly fitted
/// everyone makes for itself. Teachers stand before their students.
void train_with_others(const World& world, std::span<const WeighTask> weighings, std::span<const TrainTask> tasks,
                       int init, WorkExchange& exchange, const RunProgress& progress);

}  // namespace cascade
