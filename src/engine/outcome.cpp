#include "engine/outcome.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/stats.h"

namespace cascade {

void replay_all(const Replay& replay, std::span<const Request> requests, const RunProgress& progress,
                const std::function<void(std::size_t first, const ReplayBlock& block)>& each,
                const SharedRequests& shared, std::span<const RequestRows> rows) {
  serve_blocks(shared, requests.size(), rows, progress, [&](std::size_t begin, std::size_t end) {
    ReplayBlock block;
    replay.run(requests.subspan(begin, end - begin), block);
    each(begin, block);
  });
}

namespace {

/// Means over requests of what a stage did, by the names of a full report's columns.
NamedValues means_of(const FunnelTree& tree, std::size_t funnel, std::size_t j, double catalogue,
                     const Matrix<std::uint32_t>& scored, const Matrix<std::uint32_t>& out) {
  const std::size_t n = scored.rows();
  const FunnelTree::Funnel& f = tree.funnels()[funnel];
  const PlannedStage& stage = tree.nodes()[f.nodes[j]].planned;
  NamedValues means;
  std::vector<double> values(n);
  const auto add = [&](const char* name, const auto& value) {
    for (std::size_t r = 0; r < n; ++r) values[r] = value(r);
    means.emplace_back(name, mean(values));
  };
  const auto in = [&](std::size_t r) { return j == 0 ? catalogue : static_cast<double>(out(r, f.nodes[j - 1])); };
  const auto looked_at = [&](std::size_t r) { return static_cast<double>(scored(r, f.nodes[j])); };
  const auto work = [&](std::size_t r) {
    return j == 0 ? stage.fitted.work.per_request : stage_work(stage, scored(r, f.nodes[j]));
  };
  const auto cost = [&](std::size_t r) {
    return stage_price(stage, tree.hardware(f.hardware[j]), work(r), j == 0 ? 0 : scored(r, f.nodes[j]));
  };
  add("in", in);
  add("out", [&](std::size_t r) { return static_cast<double>(out(r, f.nodes[j])); });
  add("cut", [&](std::size_t r) { return j == 0 ? 0.0 : in(r)-looked_at(r); });
  add("items_scored", [&](std::size_t r) { return work(r).items; });
  add("flops", [&](std::size_t r) { return work(r).flops; });
  add("bytes_read", [&](std::size_t r) { return work(r).bytes; });
  add("compute_us", [&](std::size_t r) { return cost(r).compute_us; });
  add("latency_us", [&](std::size_t r) { return cost(r).latency_us; });
  return means;
}

}  // namespace

void measure_outcomes(std::span<const Scenario> points, std::span<const std::size_t> members, Universe& universe,
                      std::span<const Request> requests, const SharedRequests& shared, ReplicateRun& result,
                      const RunProgress& progress) {
  FunnelTree tree;
  for (const std::size_t p : members) tree.add(points[p], universe.fit(points[p], 0));
  const Replay replay(universe.world(), tree, points[0].evaluate.truth_at);
  for (const std::size_t p : members) {
    PointRun& point = result.points[p];
    point.columns = Replay::columns(points[p]);
    point.rows = Matrix<double>(requests.size(), point.columns.size());
    for (const Request& request : requests) point.users.push_back(request.user);
  }
  Matrix<std::uint32_t> scored(requests.size(), tree.nodes().size());
  Matrix<std::uint32_t> out(requests.size(), tree.nodes().size());
  std::vector<RequestRows> rows = {rows_of(scored), rows_of(out)};
  for (const std::size_t p : members) rows.push_back(rows_of(result.points[p].rows));
  const auto keep = [&](std::size_t first, const ReplayBlock& block) {
    for (std::size_t r = 0; r < block.value.rows(); ++r) {
      for (std::size_t f = 0; f < members.size(); ++f)
        replay.outcome(points[members[f]], f, block, r, result.points[members[f]].rows.row(first + r));
      std::copy(block.scored.row(r).begin(), block.scored.row(r).end(), scored.row(first + r).begin());
      std::copy(block.out.row(r).begin(), block.out.row(r).end(), out.row(first + r).begin());
    }
  };
  replay_all(replay, requests, progress, keep, shared, rows);
  if (shared.work.helps) return;
  const auto catalogue = static_cast<double>(universe.world().features().num_items());
  for (std::size_t f = 0; f < members.size(); ++f) {
    PointRun& point = result.points[members[f]];
    for (std::size_t j = 0; j < tree.funnels()[f].nodes.size(); ++j) {
      const ScorerWork& work = tree.nodes()[tree.funnels()[f].nodes[j]].planned.fitted.work;
      point.stages.push_back({"", work.index_build, {}, means_of(tree, f, j, catalogue, scored, out)});
    }
  }
}

}  // namespace cascade
