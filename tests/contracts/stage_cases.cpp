#include "tests/contracts/stage_cases.h"

#include <map>

#include "base/text.h"
#include "config/describe.h"
#include "config/document.h"
#include "config/reader.h"
#include "models/catalog.h"
#include "train/trainer.h"

namespace cascade::testing {

namespace {

WorldParams small_params() {
  WorldParams p;
  p.users = 200;
  p.items = 600;
  p.categories = 10;
  p.shops = 40;
  p.segments = 5;
  p.dim = 4;
  p.history_clicks = 10;
  p.liked_categories = 3;
  p.liked_shops = 4;
  p.bids = true;
  return p;
}

/// What a kind needs besides a model, and settings of which each is a case of its own. A kind that is not here gets its
/// defaults, and where it has a field `model`, every kind of model that it can take.
const std::map<std::string, std::vector<std::string>>& settings() {
  static const std::map<std::string, std::vector<std::string>> table = {
      {"multi_channel",
       {"channels: [{name: a, keep: 40, kind: exact_inner_product, model: two_tower}, {name: b, keep: 30, kind: "
        "user_history}, {name: c, keep: 20, kind: popular, by: rate}, {name: d, keep: 10, kind: item_to_item}, {name: "
        "e, keep: 10, "
        "kind: approximate_inner_product, model: two_tower}]"}},
      {"approximate_inner_product", {"", "search_width: 30, links: 4"}},
      {"item_to_item", {"", "neighbours: 3, shrinkage: 0, history: 5"}},
      {"popular", {"by: clicks", "by: impressions", "by: rate"}},
      {"set_greedy", {"", "diminishing: 0.5, shop_weight: 0.5"}},
      {"set_sampled", {"", "samples: 3, diminishing: 0.7, shop_weight: 0.2"}},
      {"score", {"by: click", "by: ecpm"}},
      {"value", {"by: click", "by: ecpm", "by: conversion", "conversion_model: logistic, by: gmv", "by: after_click"}},
      {"noisy_oracle", {"correlation: 0.3", "correlation: 1"}}};
  return table;
}

/// One world, its logs, and a model of every registered kind under the name of its kind.
class Bench final : public ControlResources {
 public:
  explicit Bench(const World& world) : ControlResources(world, world.seed()) {
    LogsParams logs_params;
    logs_params.days = 1;
    logs_params.requests_a_day = 200;
    logs_params.page = 5;
    logs_params.all_space_rows = 0;
    const Logs logs = world.simulate_logs(logs_params);
    for (const auto& entry : model_catalog().entries()) {
      const auto parameters = entry.make_parameters();
      if (entry.maker.fit) {
        models_[entry.name] = entry.maker.fit(*parameters, store(), logs.train);
        continue;
      }
      const auto network = entry.maker.make(*parameters, store(), 1);
      train(*network, store(), logs.train, {}, 1);
      models_[entry.name] = network->freeze(store());
    }
  }
  const Scorer& model(const std::string& name) const override { return *models_.at(name); }

 private:
  std::map<std::string, std::unique_ptr<Scorer>> models_;
};

bool has_field(const config::Parameters& parameters, const std::string& name) {
  config::Describer describer;
  const auto copy = parameters.clone();
  copy->fields(describer);
  for (const config::FieldRow& row : describer.rows())
    if (row.path == name) return true;
  return false;
}

/// Whether every wish for a model is met by those of the bench.
bool models_suit(const StageEntry& entry, const config::Parameters& parameters) {
  for (const ModelUse& use : entry.maker.models(parameters)) {
    const auto* model = model_catalog().find(use.model);
    if (model == nullptr) return false;
    if (!use.kind.empty() && use.kind != model->name) return false;
    if (use.inner_product && !model->maker.inner_product) return false;
  }
  return true;
}

std::vector<StageCase> make_cases(const Bench& bench) {
  std::vector<StageCase> cases;
  for (const StageEntry& entry : stage_catalog().entries()) {
    const auto known = settings().find(entry.name);
    const std::vector<std::string> texts = known == settings().end() ? std::vector<std::string>{""} : known->second;
    std::vector<std::string> models = {""};
    if (has_field(*entry.make_parameters(), "model")) {
      models.clear();
      for (const std::string& model : model_catalog().names()) models.push_back("model: " + model);
    }
    for (const std::string& text : texts) {
      for (const std::string& model : models) {
        StageCase one;
        one.kind = entry.name;
        one.parameters = text.empty() || model.empty() ? text + model : text + ", " + model;
        one.place = entry.maker.place;
        config::Faults faults;
        const auto document = config::Document::parse("{" + one.parameters + "}", entry.name, faults);
        const auto parameters = entry.make_parameters();
        config::Reader reader(document.root(), faults, "");
        parameters->fields(reader);
        reader.finish();
        faults.throw_if_any();  // a kind that needs more than this: tell settings() what
        if (!models_suit(entry, *parameters)) continue;
        one.stage = entry.maker.make(*parameters, bench);
        cases.push_back(std::move(one));
      }
    }
  }
  return cases;
}

}  // namespace

const World& stage_world() {
  static const World world(small_params(), 5);
  return world;
}

const std::vector<StageCase>& stage_cases() {
  static const Bench bench(stage_world());
  static const std::vector<StageCase> cases = make_cases(bench);
  return cases;
}

}  // namespace cascade::testing
