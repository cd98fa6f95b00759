#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/catalog.h"
#include "data/logs.h"
#include "models/group_selection.h"
#include "models/learnable.h"
#include "models/scorer.h"
#include "models/tasks.h"

namespace cascade {

/// How one kind of model comes to be. Either `fit` (closed form on the logs) or `make` (+ the trainer) is set.
struct ModelMaker {
  std::function<std::unique_ptr<Scorer>(const config::Parameters&, const FeatureStore&, const LogTable&)> fit;
  std::function<std::unique_ptr<Learnable<float>>(const config::Parameters&, const FeatureStore&, std::uint64_t seed)>
      make;
  /// For kinds in closed form that are dear to fit: what of the fitted scorer is not in the parameters, as bytes that
  /// this program reads, and the scorer again, of the same bits. Null for those that are as quickly fitted again.
  std::function<std::string(const Scorer&)> to_bytes;
  std::function<std::unique_ptr<Scorer>(const config::Parameters&, const FeatureStore&, std::string_view)> from_bytes;
  /// What `make` makes in double precision: gradient checks of every registered model.
  std::function<std::unique_ptr<Learnable<double>>(const config::Parameters&, const FeatureStore&, std::uint64_t seed)>
      make_double;
  /// For kinds that can choose their feature groups: what weighs them, where these parameters ask for a choice, else
  /// null. `make` then gives the network on all groups. Null for other kinds.
  std::function<std::unique_ptr<GroupSelector>(const config::Parameters&, const FeatureStore&, std::uint64_t seed)>
      selector;
  /// Names of feature groups or sides that a model of these parameters reads, and of others that they speak of (null:
  /// none): both are checked against the schema before anything runs.
  std::function<std::vector<std::string>(const config::Parameters&)> features;
  std::function<std::vector<std::string>(const config::Parameters&)> other_names;
  /// Numbers a feature value is embedded in, for kinds whose tables can be shared. Null for others.
  std::function<int(const config::Parameters&)> embedding_width;
  /// For kinds that learn several tasks: their heads. Throws InputError for tasks that do not exist. Null for others.
  std::function<std::vector<TaskHead>(const config::Parameters&, const FeatureSchema&)> heads;
  std::function<double(const config::Parameters&)> task_weight;  ///< of the losses of all heads but the first
  /// Whether a network of these parameters loses neurons in the course of its training. Null: never.
  std::function<bool(const config::Parameters&)> prunes;
  bool inner_product = false;  ///< its scorer is an InnerProductScorer
};

/// Every kind of model.
const config::Catalog<ModelMaker>& model_catalog();

}  // namespace cascade
