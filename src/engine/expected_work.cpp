#include "engine/expected_work.h"

#include <algorithm>
#include <map>
#include <memory>

#include "cost/shards.h"
#include "engine/control_stages.h"
#include "engine/environment.h"
#include "models/catalog.h"
#include "world/world.h"

namespace cascade {

namespace {

/// A store with the schema and the sizes of a world, and next to nothing in it: one user, every value 0.
/// A user with as many clicks as the world gives in the mean, on items, categories and shops apart.
FeatureStore::User some_user(const WorldParams& params) {
  const auto clicks = static_cast<std::size_t>(std::min(
      {params.history_clicks, static_cast<double>(FeatureStore::kSequence), static_cast<double>(params.items)}));
  FeatureStore::User user;
  for (std::size_t i = 0; i < clicks; ++i) user.recent_clicks.push_back(static_cast<ItemId>(i));
  const auto counts = [&](int liked, int all) {
    std::vector<FeatureStore::Count> counted(
        std::min({clicks, static_cast<std::size_t>(liked), static_cast<std::size_t>(all)}));
    for (std::size_t k = 0; k < counted.size(); ++k) {
      counted[k].key = static_cast<std::uint32_t>(k);
      counted[k].clicks = 1;
      counted[k].impressions = 1;
    }
    return counted;
  };
  user.categories = counts(params.liked_categories, params.categories);
  user.shops = counts(params.liked_shops, params.shops);
  return user;
}

FeatureStore empty_store(const WorldParams& params) {
  const FeatureSchema schema = World::schema(params);
  const auto items = static_cast<std::size_t>(params.items);
  std::vector<std::vector<std::uint32_t>> columns(static_cast<std::size_t>(schema.size()));
  for (int g = 0; g < schema.size(); ++g) {
    const auto width = static_cast<std::size_t>(schema[g].max_values);
    if (schema[g].side == Side::user) columns[static_cast<std::size_t>(g)].assign(width, 0);
    if (schema[g].side == Side::item) columns[static_cast<std::size_t>(g)].assign(items * width, 0);
  }
  std::vector<FeatureStore::Item> all(items);
  for (std::size_t i = 0; i < items; ++i) {
    all[i].category = static_cast<std::uint32_t>(i % static_cast<std::size_t>(params.categories));
    all[i].shop = static_cast<std::uint32_t>(i % static_cast<std::size_t>(params.shops));
  }
  return FeatureStore(schema, {some_user(params)}, std::move(all), std::move(columns));
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

namespace {

std::vector<ScorerWork> counted_work(const Scenario& scenario) {
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

/// The straight line through two works, at `share` of the way from the first to the second.
Work on_line(const Work& first, const Work& second, double share) { return first + share * (second + -1.0 * first); }

}  // namespace

std::vector<ScorerWork> expected_work(const Scenario& scenario) {
  constexpr std::int64_t kCounted = 1'000'000;
  if (scenario.world.items <= kCounted) return counted_work(scenario);
  Scenario small = scenario;
  small.world.users = 1;
  small.world.items = kCounted / 10;
  const std::vector<ScorerWork> first = counted_work(small);
  small.world.items = kCounted / 5;
  std::vector<ScorerWork> work = counted_work(small);
  const double share = static_cast<double>(scenario.world.items) / (kCounted / 10.0) - 1;
  for (std::size_t j = 0; j < work.size(); ++j) {
    work[j].per_request = on_line(first[j].per_request, work[j].per_request, share);
    work[j].per_candidate = on_line(first[j].per_candidate, work[j].per_candidate, share);
    work[j].index_build = on_line(first[j].index_build, work[j].index_build, share);
  }
  return work;
}

std::string weighing_text(const Scenario& scenario, const ModelSpec& spec) {
  const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
  if (!maker.selector) return "";
  WorldParams small = scenario.world;
  small.items = 1;
  const FeatureStore store = empty_store(small);
  const auto selector = maker.selector(*spec.model.parameters, store, 0);
  return selector == nullptr ? "" : selector->weighing_text();
}

double expected_training_flops(const WorldParams& world, const ModelSpec& spec) {
  constexpr double kBackward = 2;  // times the work of a forward pass
  WorldParams small = world;       // what a row takes does not depend on how many there are
  small.users = 1;
  small.items = 1;
  const FeatureStore store = empty_store(small);
  const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
  const config::Parameters& parameters = *spec.model.parameters;
  if (maker.fit) return (1 + kBackward) * maker.fit(parameters, store, LogTable())->work().per_candidate.flops;
  return maker.make(parameters, store, 0)->flops_per_sample() * spec.train.epochs;
}

namespace {

/// Quotas where the allocated stages are `way` (0 to 1) between their first and their last level.
std::vector<double> quotas_at(const Scenario& scenario, double way) {
  std::vector<double> quotas;
  for (const StageSpec& stage : scenario.funnel) {
    quotas.push_back(stage.keep);
    for (const auto& [name, allocated] : scenario.allocation.stages)
      if (name == stage.name)
        quotas.back() = allocated.levels.front() + way * (allocated.levels.back() - allocated.levels.front());
  }
  return quotas;
}

double cost_of(const Scenario& scenario, const std::vector<ScorerWork>& work, const std::vector<double>& quotas) {
  double cost = 0;
  for (std::size_t j = 0; j < work.size(); ++j) {
    const StageSpec& stage = scenario.funnel[j];
    cost += split_used(work[j], j == 0 ? 0 : quotas[j - 1], j == 0 ? 1 : shards_of(scenario, j),
                       scenario.allocation.unit(), stage.own_hardware ? stage.hardware : scenario.hardware);
  }
  return cost;
}

}  // namespace

std::vector<double> expected_quotas(const Scenario& scenario, const std::vector<ScorerWork>& work) {
  std::vector<double> plain;
  for (const StageSpec& stage : scenario.funnel) plain.push_back(stage.keep);
  if (!scenario.allocated) return plain;
  const AllocationParams& params = scenario.allocation;
  const double budget = params.share * (params.limit() > 0 ? params.limit() : cost_of(scenario, work, plain));
  double low = 0;
  double high = 1;
  if (cost_of(scenario, work, quotas_at(scenario, high)) <= budget) return quotas_at(scenario, high);
  constexpr int kSteps = 50;
  for (int step = 0; step < kSteps; ++step) {
    const double middle = (low + high) / 2;
    (cost_of(scenario, work, quotas_at(scenario, middle)) <= budget ? low : high) = middle;
  }
  return quotas_at(scenario, low);
}

double replayed_candidates(const Scenario& scenario) {
  if (!scenario.allocated) return 0;
  const std::vector<double> widest = quotas_at(scenario, 1);
  double scored = 0;
  for (std::size_t j = 0; j + 1 < widest.size(); ++j) scored += widest[j];
  return scored * scenario.allocation.requests;
}

}  // namespace cascade
