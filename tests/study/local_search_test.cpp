#include "study/local_search.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

constexpr const char* kSpace = R"(optimize:
  restarts: 1
  stages:
    - {stage: recall, keep: [20, 40, 60, 80]}
    - {stage: preranking, keep: [5, 10, 15, 20]}
)";

/// Steps between the quotas of two funnels.
int steps_between(const FunnelPoint& a, const FunnelPoint& b) {
  int steps = 0;
  for (std::size_t j = 0; j < a.keep.size(); ++j)
    steps += std::abs(static_cast<int>(a.keep[j]) - static_cast<int>(b.keep[j]));
  return steps;
}

/// A search among the quotas of kSpace that does not look at what funnels bring, but at an order of its own.
struct Search {
  ScenarioFolder folder{"cascade_local_search_test"};
  Study study;
  FunnelSpace space;
  RunProgress silent;
  FittedWorlds worlds;
  FunnelTrials trials;

  explicit Search(const std::string& max_funnels)
      : study(folder.load(kSpace, {"optimize.max_funnels=" + max_funnels})),
        space(study),
        worlds(study, space, true, silent),
        trials(study, space, worlds, "trials", 0, 1) {}

  int run(const std::vector<FunnelPoint>& drawn, const std::vector<double>& budgets, const FunnelOrder& better) {
    return search_locally(space, trials, drawn, budgets, study.file.optimize, better);
  }
};

const FunnelPoint kLow{{0, 0, 0}, {0, 0, 0}};
const FunnelPoint kHigh{{0, 0, 0}, {3, 3, 0}};

}  // namespace

TEST_CASE("a climber goes a step a round to what is best, and stops where two steps find nothing better") {
  Search search("100");
  const auto near_high = [&](std::size_t a, std::size_t b, double) {
    return steps_between(search.trials[a].point, kHigh) < steps_between(search.trials[b].point, kHigh);
  };
  // Six steps up, a round in which no neighbour is better, and one that looks two steps away.
  CHECK(search.run({kLow}, {0}, near_high) == 6 + 2);
  CHECK(search.trials.find(kHigh) != FunnelTrials::kNone);
  CHECK(search.trials.all().size() < static_cast<std::size_t>(search.space.size()));
}

TEST_CASE("a climber gets past a funnel whose neighbours are all worse") {
  Search search("100");
  // Every odd number of steps from the corner is worse than any even one: each better funnel is two steps away.
  const auto rank = [&](std::size_t t) {
    const int steps = steps_between(search.trials[t].point, kHigh);
    return steps + (steps % 2 == 1 ? 100 : 0);
  };
  search.run({kLow}, {0}, [&](std::size_t a, std::size_t b, double) { return rank(a) < rank(b); });
  CHECK(search.trials.find(kHigh) != FunnelTrials::kNone);
}

TEST_CASE("each budget has climbers of its own, and no more funnels are tried than are allowed") {
  const FunnelPoint middle{{0, 0, 0}, {1, 1, 0}};
  for (const std::string most : {"100", "4"}) {
    Search search(most);
    const auto better = [&](std::size_t a, std::size_t b, double budget) {
      const FunnelPoint& goal = budget > 0 ? kLow : kHigh;
      return steps_between(search.trials[a].point, goal) < steps_between(search.trials[b].point, goal);
    };
    search.run({middle}, {0, 7}, better);
    if (most == "100") {
      CHECK(search.trials.find(kLow) != FunnelTrials::kNone);
      CHECK(search.trials.find(kHigh) != FunnelTrials::kNone);
    } else {
      CHECK(search.trials.all().size() == 1 + 4);
    }
  }
}
