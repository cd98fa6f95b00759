#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/catalog.h"
#include "config/document.h"
#include "config/parts.h"
#include "config/reader.h"

// A small scenario with every kind of field, in the shape of the real one: models by name, a list of stages, each of a
// kind with fields of its own before and after it in the same mapping.
namespace cascade::config::testing {

struct Distill {
  std::string teacher;
  double weight = 0.5;
  void fields(FieldVisitor& v) {
    v.field("teacher", teacher, "model whose scores are the labels", Need::required);
    v.field("weight", weight, "share of the teacher's loss", between(0, 1));
  }
};

struct TwoTower {
  int dim = 32;
  std::vector<int> layers = {64, 32};
  Distill distill;
  bool distilled = false;
  void fields(FieldVisitor& v) {
    v.field("dim", dim, "width of both embeddings", between(1, 1024));
    v.field("layers", layers, "widths of the hidden layers", at_least(1));
    v.optional_object("distill", distill, distilled, "learning from a teacher");
  }
};

struct Cold {
  int select_groups = 12;
  double rate = 0.01;
  void fields(FieldVisitor& v) {
    v.field("select_groups", select_groups, "feature groups kept", at_least(1));
    v.field("rate", rate, "learning rate", above_below(0, 1));
  }
};

struct NoParameters {
  void fields(FieldVisitor&) {}
};

struct Blend {
  double temperature = 1;
  std::vector<std::string> channels;
  void fields(FieldVisitor& v) {
    v.field("temperature", temperature, "softness | of the blend", above(0));
    v.field("channels", channels, "names of the channels");
  }
};

template <class Struct>
CatalogEntry<int> entry(std::string name, std::string summary) {
  return {std::move(name), std::move(summary), "ours", [] { return std::make_unique<ParametersOf<Struct>>(); }, 0};
}

inline const Catalog<int>& model_kinds() {
  static const Catalog<int> kinds(
      {entry<TwoTower>("two_tower", "inner product of two towers"), entry<Cold>("cold", "a net over selected groups")});
  return kinds;
}

inline const Catalog<int>& stage_kinds() {
  static const Catalog<int> kinds(
      {entry<NoParameters>("score", "best scores first"), entry<Blend>("blend", "several channels")});
  return kinds;
}

struct Model {
  KindSpec spec;
  double prior = 0;
  void fields(FieldVisitor& v) {
    spec.fields(v, model_kinds(), "kind of the model");
    v.field("prior", prior, "added to every logit");
  }
};

struct Stage {
  std::string name;
  KindSpec spec = [] {
    KindSpec initial;
    initial.kind = "score";
    return initial;
  }();
  std::string model;
  int keep = 100;
  void fields(FieldVisitor& v) {
    v.field("name", name, "name in paths and reports", Need::required);
    spec.fields(v, stage_kinds(), "kind of the stage");
    v.field("model", model, "model that scores");
    v.field("keep", keep, "items kept a request", between(1, 1e6), Need::required);
  }
};

enum class Drift { none, slow, fast };
inline const std::vector<std::string>& drift_names() {
  static const std::vector<std::string> names = {"none", "slow", "fast"};
  return names;
}

struct World {
  int users = 1000;
  std::int64_t items = 50000;
  double noise = 0.1;
  bool shops = true;
  Drift drift = Drift::none;
  void fields(FieldVisitor& v) {
    v.field("users", users, "number of users", between(1, 1e7));
    v.field("items", items, "number of items", at_least(1));
    v.field("noise", noise, "spread of the truth", at_least(0));
    v.field("shops", shops, "whether items belong to shops");
    v.choose("drift", drift, drift_names(), "how fast tastes move");
  }
};

struct Logs {
  int days = 1;
  void fields(FieldVisitor& v) { v.field("days", days, "days of logs", between(1, 365), Need::required); }
};

struct Serving {
  double load = 1000;
  void fields(FieldVisitor& v) { v.field("load", load, "requests a second", above(0)); }
};

struct Variant {
  std::string name;
  std::vector<std::pair<std::string, std::string>> set;
  void fields(FieldVisitor& v) {
    v.field("name", name, "name in reports", Need::required);
    v.free_map("set", set, "what differs from the first");
  }
};

struct MiniScenario {
  std::string scenario;
  std::string question;
  std::uint64_t seed = 1;
  World world;
  Logs logs;
  std::vector<std::pair<std::string, Model>> models;
  std::vector<Stage> funnel;
  std::vector<int> truth_at = {10};
  std::vector<double> quantiles;
  Serving serving;
  bool served = false;
  std::vector<Variant> variants;
  std::vector<std::pair<std::string, std::string>> sweep;
  void fields(FieldVisitor& v) {
    v.field("scenario", scenario, "name of the scenario", Need::required);
    v.field("question", question, "what it answers");
    v.field("seed", seed, "seed of everything random");
    v.object("world", world, "users, items and their truth");
    v.object("logs", logs, "what is learned from", Need::required);
    v.named_map("models", models, "what scores");
    v.list("funnel", funnel, "the stages in their order", "name", Need::required);
    v.field("truth_at", truth_at, "sizes of the oracle's lists", between(1, 1000));
    v.field("quantiles", quantiles, "quantiles of latency", between(0, 1));
    v.optional_object("serving", serving, served, "queueing under load");
    v.list("variants", variants, "what is compared", "name");
    v.free_map("sweep", sweep, "grid of settings");
  }
};

/// A valid one, with a line to take away or add for a test.
inline const std::string kValid = R"(scenario: mini
logs: {days: 3}
models:
  towers: {kind: two_tower, dim: 16}
  cold: {kind: cold, rate: 0.5}
funnel:
  - {name: recall, model: towers, keep: 2000}
  - {name: preranking, kind: blend, channels: [a, b], model: cold, keep: 300}
)";

/// The faults of a text read as a mini scenario from a file "s.yaml"; empty if there are none.
inline std::string faults_of(std::string_view text) {
  Faults faults;
  const Document document = Document::parse(text, "s.yaml", faults);
  MiniScenario scenario;
  read(document.root(), scenario, faults);
  return faults.text();
}

}  // namespace cascade::config::testing
