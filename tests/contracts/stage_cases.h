#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/control_stages.h"
#include "funnel/stage.h"

namespace cascade::testing {

/// One registered kind of stage with parameters that make it work.
struct StageCase {
  std::string kind;
  std::string parameters;  ///< as YAML, for messages
  StagePlace place = StagePlace::candidates;
  std::unique_ptr<Stage> stage;

  std::string text() const { return kind + " {" + parameters + "}"; }
  bool recalls() const { return place != StagePlace::candidates; }
  bool takes_candidates() const { return place != StagePlace::recall; }
  /// Its contract is the order in which it gets the candidates; all others order by themselves.
  bool keeps_order() const { return kind == "pass_through"; }
};

/// Every kind of stage_catalog(), with every kind of model that it can take, over one small world with bids.
const std::vector<StageCase>& stage_cases();

/// The world of these cases.
const World& stage_world();

}  // namespace cascade::testing
