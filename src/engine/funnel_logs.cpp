#include "engine/funnel_logs.h"

#include <algorithm>
#include <numeric>

#include "base/parallel.h"
#include "base/rng.h"
#include "engine/funnel_run.h"

namespace cascade {

namespace {

/// Samples of requests for logging days, apart from those of the popularity policy and of evaluation.
constexpr std::uint64_t kFunnelDaySample = 1u << 21;

/// Candidates that came to a stage and are not among the first `num_passed` that it kept, in the order in which they
/// came.
std::vector<std::size_t> dropped(const StageRun& came, const StageRun& stage, std::size_t num_passed, std::size_t r) {
  const auto passed = static_cast<std::ptrdiff_t>(std::min(num_passed, stage.place[r].size()));
  std::vector<std::uint32_t> kept(stage.place[r].begin(), stage.place[r].begin() + passed);
  std::sort(kept.begin(), kept.end());
  std::vector<std::size_t> left;
  for (std::size_t k = 0; k < came.place[r].size(); ++k)
    if (!std::binary_search(kept.begin(), kept.end(), came.place[r][k])) left.push_back(k);
  return left;
}

/// The rows that one served request leaves: its page, and, where wanted, candidates that were not shown.
void log_request(const World& world, const FunnelPlan& plan, BlockRun& block, std::size_t r, std::uint64_t sample,
                 const LogsParams& logs, bool unexposed, LogTable& table) {
  const Request& request = block.requests()[r];
  const std::size_t last = plan.stages.size() - 1;
  const CandidateList& page = block.stage(plan, last).kept[r];
  const std::size_t shown = std::min<std::size_t>(page.size(), static_cast<std::size_t>(logs.page));
  for (std::size_t k = 0; k < shown; ++k)
    append_row(table, world, sample, request, page.items[k], static_cast<int>(k), Space::exposed, page.scores[k],
               logs.position_bias);
  if (!unexposed) return;
  Rng rng(derive_seed(world.seed(), Stream::log_exposure, sample), Stream::log_exposure, request.index);
  const auto some_of = [&](std::size_t stage, std::size_t num_passed, Space space) {
    const StageRun& came = block.stage(plan, stage - 1);
    const StageRun& run = block.stage(plan, stage);
    const std::vector<std::size_t> left = dropped(came, run, num_passed, r);
    std::vector<std::uint32_t> order(left.size());
    std::iota(order.begin(), order.end(), 0U);
    rng.shuffle(order);
    const std::size_t n = std::min<std::size_t>(order.size(), static_cast<std::size_t>(logs.unexposed_a_request));
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t at = left[order[k]];
      // What was not scored at this stage has the score that brought it there.
      const float score = at < run.scores[r].size() ? run.scores[r][at] : came.kept[r].scores[at];
      append_row(table, world, sample, request, came.kept[r].items[at], 0, space, score, logs.position_bias);
    }
  };
  if (last >= 1) some_of(last, shown, Space::ranked);
  if (last >= 2) some_of(1, plan.stages[1].keep, Space::preranked);
  for (int k = 0; k < logs.unexposed_a_request; ++k) {
    ItemId item = rng.below(world.features().num_items());
    while (!world.listed(item, request.day)) item = rng.below(world.features().num_items());
    append_row(table, world, sample, request, item, 0, Space::random, 0, logs.position_bias);
  }
}

}  // namespace

void append_log(LogTable& table, const LogTable& more) {
  const auto join = [](auto& into, const auto& from) { into.insert(into.end(), from.begin(), from.end()); };
  join(table.request, more.request);
  join(table.user, more.user);
  join(table.item, more.item);
  join(table.day, more.day);
  join(table.position, more.position);
  join(table.space, more.space);
  join(table.score, more.score);
  join(table.click, more.click);
  join(table.convert, more.convert);
  join(table.dwell_s, more.dwell_s);
  table.cross.resize(std::max(table.cross.size(), more.cross.size()));
  for (std::size_t c = 0; c < more.cross.size(); ++c) join(table.cross[c], more.cross[c]);
  table.privileged.resize(std::max(table.privileged.size(), more.privileged.size()));
  for (std::size_t p = 0; p < more.privileged.size(); ++p) join(table.privileged[p], more.privileged[p]);
}

Logs simulate_funnel_logs(Universe& universe, const Scenario& scenario, const RunProgress& progress) {
  Scenario warm_up = Universe::untaught(scenario);
  warm_up.logs.policy.kind = PolicyKind::popularity;
  warm_up.logs.days = scenario.logs.policy.warm_up_days;
  const Scenario* const one[] = {&warm_up};
  universe.train_all(one, 0, progress);
  FunnelPlanner planner;
  const FunnelPlan plan = planner.plan(warm_up, universe.fit(warm_up, 0));
  const World& world = universe.world();
  const Logs& warm_logs = universe.logs(warm_up, progress);

  Logs logs;
  logs.all_space = warm_logs.all_space;
  append_log(logs.train, warm_logs.train);
  for (int day = warm_up.logs.days; day <= scenario.logs.days; ++day) {
    const std::uint64_t sample = kFunnelDaySample + static_cast<std::uint64_t>(day);
    const auto n = static_cast<std::size_t>(scenario.logs.requests_a_day);
    const bool held_out = day == scenario.logs.days;
    std::vector<LogTable> parts((n + kRequestBlock - 1) / kRequestBlock);
    for_each_block(n, kRequestBlock, [&](std::size_t begin, std::size_t end) {
      std::vector<Request> requests;
      for (std::size_t r = begin; r < end; ++r) requests.push_back(world.request(sample, r, day));
      BlockRun block(requests);
      for (std::size_t r = 0; r < requests.size(); ++r)
        log_request(world, plan, block, r, sample, scenario.logs, !held_out, parts[begin / kRequestBlock]);
    });
    for (const LogTable& part : parts) append_log(held_out ? logs.next_day : logs.train, part);
    if (progress) progress("logs by the funnel", static_cast<double>(day + 1) / (scenario.logs.days + 1));
  }
  return logs;
}

}  // namespace cascade
