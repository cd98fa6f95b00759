#include "engine/expected_work.h"

#include <map>
#include <memory>

#include "engine/control_stages.h"
#include "engine/environment.h"
#include "models/catalog.h"
#include "world/world.h"

namespace cascade {

namespace {

/// A store with the schema and the sizes of a world, and nothing in it: one user, every value 0.
FeatureStore empty_store(const WorldParams& params) {
  const FeatureSchema schema = World::schema(params);
  const auto items = static_cast<std::size_t>(params.items);
  std::vector<std::vector<std::uint32_t>> columns(static_cast<std::size_t>(schema.size()));
  for (int g = 0; g < schema.size(); ++g) {
    const auto width = static_cast<std::size_t>(schema[g].max_values);
    if (schema[g].side == Side::user) columns[static_cast<std::size_t>(g)].assign(width, 0);
    if (schema[g].side == Side::item) columns[static_cast<std::size_t>(g)].assign(items * width, 0);
  }
  return FeatureStore(schema, std::vector<FeatureStore::User>(1), std::vector<FeatureStore::Item>(items),
                      std::move(columns));
}

/// A network that chooses its groups is as dear as its choice, here one among groups that look alike.
std::unique_ptr<Learnable<float>> untrained(const ModelMaker& maker, const config::Parameters& parameters,
                                            const FeatureStore& store) {
  const auto selector = maker.selector ? maker.selector(parameters, store, 0) : nullptr;
  auto network = selector == nullptr
                     ? maker.make(parameters, store, 0)
                     : selector->network_on(selector->choose(std::vector<double>(selector->candidates().size(), 0.5)));
  network->advance(1);  // to the size it serves with
  return network;
}

class UntrainedModels final : public StageResources {
 public:
  UntrainedModels(const FeatureStore& store, const Scenario& scenario) : StageResources(store) {
    const LogTable no_rows;
    for (const std::string& name : Universe::used_models(scenario)) {
      for (const auto& [known, spec] : scenario.models) {
        if (known != name) continue;
        const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
        scorers_[name] = maker.fit ? maker.fit(*spec.model.parameters, store, no_rows)
                                   : untrained(maker, *spec.model.parameters, store)->freeze(store);
      }
    }
  }
  const Scorer& model(const std::string& name) const override { return *scorers_.at(name); }

 private:
  std::map<std::string, std::unique_ptr<Scorer>> scorers_;
};

}  // namespace

std::vector<ScorerWork> expected_work(const Scenario& scenario) {
  const FeatureStore store = empty_store(scenario.world);
  const UntrainedModels models(store, scenario);
  std::vector<ScorerWork> work;
  for (const StageSpec& spec : scenario.funnel) {
    // Control stages are free and need a world to be made.
    const bool control = is_control_stage(spec.stage.kind);
    work.push_back(control ? ScorerWork{}
                           : stage_catalog().find(spec.stage.kind)->maker.make(*spec.stage.parameters, models)->work());
  }
  return work;
}

}  // namespace cascade
