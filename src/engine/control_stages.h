#pragma once
#include <memory>

#include "stages/catalog.h"
#include "world/world.h"

namespace cascade {

/// Resources of the engine's own stages: the only ones that see the truth.
class ControlResources : public StageResources {
 public:
  ControlResources(const World& world, std::uint64_t seed)
      : StageResources(world.features()), world_(world), seed_(seed) {}
  /// With the features of some day.
  ControlResources(const World& world, const FeatureStore& store, std::uint64_t seed)
      : StageResources(store), world_(world), seed_(seed) {}
  const World& world() const { return world_; }
  std::uint64_t seed() const { return seed_; }

 private:
  const World& world_;
  std::uint64_t seed_;  ///< of the draws of `random` and `noisy_oracle`
};

/// Every kind of stage that a scenario may name: those of stages/ and the control stages
/// - oracle: orders by the true value;
/// - random: by chance, keyed by (request, item);
/// - noisy_oracle: by the truth plus Gaussian noise of a stated correlation.
/// Each may stand anywhere, also as recall over the whole catalogue.
const StageCatalog& stage_catalog();
/// Whether a kind of stage is one of the controls, which need a world.
bool is_control_stage(const std::string& kind);

enum class Arm { oracle, random };
/// A control stage to put in place of another.
std::unique_ptr<Stage> make_arm(Arm arm, const World& world, std::uint64_t seed);

}  // namespace cascade
