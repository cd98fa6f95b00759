#pragma once
#include <memory>
#include <vector>

#include "engine/environment.h"
#include "engine/funnel_run.h"

namespace cascade::testing {

/// A scenario's world with its models trained and its funnel fitted.
class Served {
 public:
  explicit Served(const Scenario& scenario, std::uint64_t seed = 11) : universe_(scenario.world, seed) {
    const Scenario* const one[] = {&scenario};
    universe_.train_all(one, 0, {});
    for (std::uint64_t r = 0; r < 70; ++r)
      requests_.push_back(universe_.world().request(kEvaluationSample, r, scenario.logs.days));
  }

  /// The plan of a scenario with the same world, logs and models.
  FunnelPlan plan(const Scenario& scenario) { return planner_.plan(scenario, universe_.fit(scenario, 0)); }

  FunnelPlanner& planner() { return planner_; }
  Universe& universe() { return universe_; }
  const World& world() const { return universe_.world(); }
  std::span<const Request> requests() const { return requests_; }

 private:
  Universe universe_;
  FunnelPlanner planner_;
  std::vector<Request> requests_;
};

}  // namespace cascade::testing
