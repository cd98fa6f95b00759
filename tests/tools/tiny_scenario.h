#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/reader.h"
#include "engine/scenario.h"

namespace cascade::testing {

/// A funnel of three stages over a world that is made in milliseconds.
inline constexpr std::string_view kTinyScenario = R"(scenario: tiny
question: What does a test need?
seed: 3
world: {users: 120, items: 400, categories: 8, shops: 30, segments: 4, dim: 4, history_clicks: 8, liked_categories: 3,
  liked_shops: 4}
logs: {days: 1, requests_a_day: 200, page: 5, all_space_rows: 500}
models:
  towers: {kind: two_tower, dim: 4, embedding_dim: 4}
  linear: {kind: logistic}
  popular: {kind: statistic}
funnel:
  - {name: recall, kind: exact_inner_product, model: towers, keep: 80}
  - {name: preranking, kind: statistic, model: popular, keep: 20}
  - {name: ranking, kind: score, model: linear, keep: 5}
evaluate: {requests: 70, truth_at: [5, 10], replicates: 1, arm_requests: 70, alignment_requests: 70}
)";

/// That scenario with "path=value" changes in their order. Throws ConfigError for one that does not read.
inline Scenario tiny_scenario(const std::vector<std::string>& changes) {
  config::Faults faults;
  config::Document document = config::Document::parse(kTinyScenario, "tiny.yaml", faults);
  for (const std::string& change : changes) document.set(config::override_from_text(change, "change", faults), faults);
  Scenario scenario;
  config::read(document.root(), scenario, faults);
  faults.throw_if_any();
  return scenario;
}
inline Scenario tiny_scenario(std::initializer_list<std::string> changes = {}) {
  return tiny_scenario(std::vector<std::string>(changes));
}

}  // namespace cascade::testing
