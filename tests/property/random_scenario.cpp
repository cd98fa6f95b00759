#include "tests/property/random_scenario.h"

#include <algorithm>

#include "engine/control_stages.h"
#include "tests/tools/tiny_scenario.h"

namespace cascade::testing {

namespace {

struct Choice {
  const char* kind;
  const char* parameters;
};

const Choice kRecall[] = {{"exact_inner_product", "model: towers"},
                          {"popular", "by: clicks"},
                          {"popular", "by: rate"},
                          {"user_history", ""},
                          {"random", ""},
                          {"oracle", ""},
                          {"noisy_oracle", "correlation: 0.6"},
                          {"multi_channel",
                           "channels: [{name: a, keep: 30, kind: user_history}, {name: b, keep: 50, "
                           "kind: popular}]"}};
const Choice kLater[] = {{"statistic", "model: popular"},
                         {"logistic", "model: linear"},
                         {"two_tower", "model: towers"},
                         {"score", "model: linear, by: ecpm"},
                         {"score", "model: popular, by: ecpm"},
                         {"pass_through", ""},
                         {"random", ""},
                         {"oracle", ""},
                         {"noisy_oracle", "correlation: 0.8"}};

template <std::size_t n>
const Choice& one_of(const Choice (&choices)[n], Rng& rng) {
  return choices[rng.below(n)];
}

}  // namespace

void set_kind(StageSpec& stage, const std::string& kind, const std::string& parameters) {
  config::Faults faults;
  const auto document = config::Document::parse("{" + parameters + "}", kind, faults);
  stage.stage.kind = kind;
  stage.stage.parameters = stage_catalog().find(kind)->make_parameters();
  config::Reader reader(document.root(), faults, "");
  stage.stage.parameters->fields(reader);
  reader.finish();
  faults.throw_if_any();
}

Scenario random_scenario(Rng& rng) {
  Scenario s = tiny_scenario({"evaluate={requests: 40, truth_at: [1, 7, 20], arm_requests: 40, alignment_requests: 40}",
                              "logs={days: 1, requests_a_day: 60, page: 4, all_space_rows: 100}"});
  s.world.users = 20 + rng.below(100);
  s.world.items = 100 + rng.below(300);
  s.world.bids = true;
  s.world.value = static_cast<Value>(rng.below(4));
  s.world.truth.cross = rng.uniform(0, 1.5);
  s.funnel.resize(2 + rng.below(3));
  int keep = 20 + static_cast<int>(rng.below(80));
  for (std::size_t j = 0; j < s.funnel.size(); ++j) {
    StageSpec& stage = s.funnel[j];
    stage.name = "s" + std::to_string(j);
    stage.keep = keep;
    const Choice& choice = j == 0 ? one_of(kRecall, rng) : one_of(kLater, rng);
    set_kind(stage, choice.kind, choice.parameters);
    keep = 1 + static_cast<int>(rng.below(static_cast<std::uint32_t>(keep)));
    if (j > 0 && rng.bernoulli(0.3)) {
      stage.budget.us = rng.uniform(19, 30);
      stage.budget.enforce = rng.bernoulli(0.7);
    }
  }
  return s;
}

}  // namespace cascade::testing
