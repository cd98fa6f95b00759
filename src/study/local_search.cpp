#include "study/local_search.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace cascade {

namespace {

/// A start of the search on its way.
struct Climber {
  FunnelPoint at;
  double budget = 0;
  bool wide = false;  ///< no neighbour is better: looks two steps away
  bool stuck = false;

  std::vector<FunnelPoint> reach(const FunnelSpace& space) const {
    return wide ? space.two_steps_away(at) : space.neighbours(at);
  }
};

/// What climbers can reach and was not tried, climber by climber in turns, until `most` funnels are tried.
std::vector<FunnelPoint> next_points(const FunnelSpace& space, const FunnelTrials& trials,
                                     std::span<const Climber> climbers, std::size_t most) {
  std::vector<std::vector<FunnelPoint>> reached;
  std::size_t longest = 0;
  for (const Climber& climber : climbers) {
    reached.push_back(climber.stuck ? std::vector<FunnelPoint>() : climber.reach(space));
    longest = std::max(longest, reached.back().size());
  }
  std::set<FunnelPoint> seen;
  std::vector<FunnelPoint> points;
  for (std::size_t i = 0; i < longest; ++i)
    for (const std::vector<FunnelPoint>& of_one : reached)
      if (i < of_one.size() && trials.all().size() + points.size() < most &&
          trials.find(of_one[i]) == FunnelTrials::kNone && seen.insert(of_one[i]).second)
        points.push_back(of_one[i]);
  return points;
}

}  // namespace

int search_locally(const FunnelSpace& space, FunnelTrials& trials, std::span<const FunnelPoint> drawn,
                   std::span<const double> budgets, const OptimizeParams& params, const FunnelOrder& better) {
  trials.run(drawn);
  const std::size_t most = trials.all().size() + static_cast<std::size_t>(params.max_funnels);
  std::vector<Climber> climbers;
  for (const double budget : budgets) {
    std::vector<std::size_t> order(trials.all().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return better(a, b, budget); });
    order.resize(std::min(order.size(), static_cast<std::size_t>(params.restarts)));
    for (const std::size_t t : order) climbers.push_back({trials[t].point, budget, false, false});
  }
  int rounds = 0;
  const auto active = [](const Climber& climber) { return !climber.stuck; };
  while (std::any_of(climbers.begin(), climbers.end(), active)) {
    trials.run(next_points(space, trials, climbers, most));
    ++rounds;
    for (Climber& climber : climbers) {
      if (climber.stuck) continue;
      const std::size_t from = trials.find(climber.at);
      std::size_t best = from;
      for (const FunnelPoint& point : climber.reach(space))
        if (const std::size_t t = trials.find(point); t != FunnelTrials::kNone && better(t, best, climber.budget))
          best = t;
      climber.stuck = climber.wide && best == from;
      climber.wide = best == from;
      climber.at = trials[best].point;
    }
  }
  return rounds;
}

}  // namespace cascade
