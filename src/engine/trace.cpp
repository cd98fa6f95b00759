#include "engine/trace.h"

#include <algorithm>
#include <map>

#include "engine/allocation.h"
#include "engine/environment.h"
#include "engine/funnel_run.h"

namespace cascade {

namespace {
constexpr std::size_t kShown = 10;  // items listed a stage
}

Trace trace_request(const Scenario& scenario, std::uint64_t seed, std::uint64_t index, const RunProgress& progress) {
  Universe universe(scenario.world, seed);
  const Scenario* const one[] = {&scenario};
  universe.train_all(one, 0, progress);
  FunnelPlanner planner;
  FunnelPlan plan = planner.plan(scenario, universe.fit(scenario, 0));
  LoggedReplays replays;
  if (scenario.allocated) plan = fit_allocation(universe, scenario, planner, plan, 0, replays, progress).plan;
  const World& world = universe.world();
  const Request request = world.request(kEvaluationSample, index, scenario.logs.days);
  BlockRun block(std::span<const Request>(&request, 1));

  const std::size_t page = plan.stages.back().keep;
  const auto k = static_cast<std::size_t>(scenario.evaluate.truth_at.front());
  std::vector<std::vector<ScoredItem>> oracle(1);
  world.top_by_value(std::span<const Request>(&request, 1), std::max(page, k), oracle);

  Trace trace;
  trace.request = index;
  trace.user = request.user;
  for (const FeatureStore::Count& c : world.features().user(request.user).categories) trace.history_clicks += c.clicks;
  std::map<ItemId, std::size_t> oracle_rank;
  for (std::size_t n = 0; n < oracle[0].size(); ++n) {
    const ScoredItem& s = oracle[0][n];
    if (n < k) {
      oracle_rank[s.item] = n + 1;
      trace.oracle.push_back({s.item, static_cast<double>(s.score), static_cast<double>(s.score), n + 1});
    }
    if (n < page) trace.oracle_page_value += static_cast<double>(s.score);
  }

  std::map<ItemId, std::size_t> alive = oracle_rank;
  for (std::size_t j = 0; j < plan.stages.size(); ++j) {
    const StageRun& run = block.stage(plan, j);
    const CandidateList& kept = run.kept[0];
    TracedStage stage;
    stage.name = scenario.funnel[j].name;
    stage.kind = scenario.funnel[j].stage.kind;
    stage.in = j == 0 ? world.features().num_items() : run.in[0];
    stage.out = kept.size();
    stage.cut = run.cut[0];
    std::vector<float> values(kept.size());
    world.true_value(request, kept.items, values);
    for (std::size_t n = 0; n < kept.size(); ++n) {
      const auto found = oracle_rank.find(kept.items[n]);
      const std::size_t rank = found == oracle_rank.end() ? 0 : found->second;
      if (n < kShown)
        stage.best.push_back(
            {kept.items[n], static_cast<double>(kept.scores[n]), static_cast<double>(values[n]), rank});
      if (j + 1 == plan.stages.size()) trace.page_value += static_cast<double>(values[n]);
    }
    std::map<ItemId, std::size_t> left;
    for (const auto& [item, rank] : alive) {
      if (std::find(kept.items.begin(), kept.items.end(), item) != kept.items.end()) {
        left[item] = rank;
        continue;
      }
      Loss loss;
      loss.item = item;
      loss.oracle_rank = rank;
      loss.true_value = static_cast<double>(oracle[0][rank - 1].score);
      if (j > 0 && !run.scores[0].empty()) {
        const std::vector<ItemId>& seen = block.stage(plan, j - 1).kept[0].items;
        const auto at = static_cast<std::size_t>(std::find(seen.begin(), seen.end(), item) - seen.begin());
        if (at < run.scores[0].size()) {
          loss.rank = 1;
          for (std::size_t n = 0; n < run.scores[0].size(); ++n)
            loss.rank +=
                run.scores[0][n] > run.scores[0][at] || (run.scores[0][n] == run.scores[0][at] && seen[n] < item) ? 1U
                                                                                                                  : 0U;
        }
      }
      stage.lost.push_back(loss);
    }
    std::sort(stage.lost.begin(), stage.lost.end(),
              [](const Loss& a, const Loss& b) { return a.oracle_rank < b.oracle_rank; });
    alive = std::move(left);
    trace.stages.push_back(std::move(stage));
  }
  return trace;
}

}  // namespace cascade
