#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "data/logs.h"
#include "funnel/stage.h"
#include "models/scorer.h"

namespace cascade {

/// What a stage is made from. The engine's control stages get a richer one, with the truth.
class StageResources {
 public:
  explicit StageResources(const FeatureStore& store) : store_(store) {}
  virtual ~StageResources() = default;
  const FeatureStore& store() const { return store_; }
  /// The trained model of that name; it outlives the stage. A name that does not exist is our own fault (scenarios
  /// are checked before).
  virtual const Scorer& model(const std::string& name) const = 0;
  /// The same for a model that must be a vector product.
  const InnerProductScorer& inner_product_model(const std::string& name) const;

 private:
  const FeatureStore& store_;
};

/// A stage's wish for a model, so that a scenario can be checked before anything is trained.
struct ModelUse {
  std::string path;  ///< of the field inside the stage: "model", "channels.1.model"
  std::string model;
  std::string kind;  ///< the kind it must have; empty: any
  bool inner_product = false;
  std::vector<std::string> estimates = {"click"};  ///< what it must have learned: click, conversion
};

/// Why a stage cannot be made of its parameters.
struct StageFault {
  std::string path;  ///< of the field inside the stage
  std::string message;
};

/// Where in a funnel a kind of stage may stand.
enum class StagePlace {
  recall,      ///< first: reads the catalogue
  candidates,  ///< later: reads candidates
  anywhere
};

struct StageMaker {
  StagePlace place = StagePlace::candidates;
  std::function<std::unique_ptr<Stage>(const config::Parameters&, const StageResources&)> make;
  std::function<std::vector<ModelUse>(const config::Parameters&)> models;
  /// What is wrong with the parameters beyond what each field says of itself; none: nothing ever is.
  std::function<std::vector<StageFault>(const config::Parameters&)> faults;
};

using StageEntry = config::CatalogEntry<StageMaker>;
using StageCatalog = config::Catalog<StageMaker>;

/// Every kind of stage that lives in stages/; the engine adds its control stages.
std::vector<StageEntry> stage_entries();

}  // namespace cascade
