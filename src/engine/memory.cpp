#include "engine/memory.h"

#include <algorithm>

#include "base/ids.h"
#include "engine/replay.h"
#include "engine/serving.h"
#include "world/world.h"

namespace cascade {

namespace {

/// What evaluate.detail: outcome needs for all replicates, worlds and models apart.
double outcome_memory(std::span<const Scenario> points) {
  const EvaluateParams& evaluate = points[0].evaluate;
  const auto requests = static_cast<double>(evaluate.requests);
  const auto truths = static_cast<double>(evaluate.truth_at.size());
  const auto funnels = static_cast<double>(points.size());
  double stages = 0;
  double recalled = 0;
  for (const Scenario& s : points) {
    stages = std::max(stages, static_cast<double>(s.funnel.size()));
    if (!s.funnel.empty()) recalled = std::max(recalled, static_cast<double>(s.funnel[0].keep));
  }
  // Rows and users of every replicate are kept; a tree has at most as many nodes as all its funnels have stages.
  const double rows = funnels * requests * (8 * (7 + truths) + 4) * evaluate.replicates;
  const double counts = funnels * stages * (requests * 8 + 400);
  const double blocks =
      Replay::block_bytes(points.size() * static_cast<std::size_t>(stages), points.size(), evaluate.truth_at.size()) +
      static_cast<double>(kRequestBlock) * recalled * 8;
  constexpr double kThreads = 8;
  constexpr double kReport = 20e3;  // settings and metrics of a variant, as numbers and as text
  return rows + counts + kThreads * blocks + kReport * funnels;
}

}  // namespace

double estimate_memory(std::span<const Scenario> points) {
  double most = 0;
  for (const Scenario& s : points) {
    const auto items = static_cast<double>(s.world.items);
    const auto users = static_cast<double>(s.world.users);
    // A row of a log is about 48 bytes; one more day is held out.
    const double logs = 48.0 * (static_cast<double>(s.logs.requests_a_day) * s.logs.page * (s.logs.days + 1) +
                                2 * static_cast<double>(s.logs.all_space_rows) +
                                (s.with_days ? static_cast<double>(s.days.served) * s.days.requests *
                                                   (s.funnel.empty() ? 0 : s.funnel.back().keep)
                                             : 0));
    // A model: embeddings of users and items with gradient and optimiser state, and its precomputed item side.
    const double model = (users + items) * 16 * 4 * 3 + items * 128 * 4;
    const double models = model * static_cast<double>(s.models.size()) * (s.evaluate.reruns ? 2 : 1);
    most = std::max(most, World::memory_bytes(s.world) + logs + models);
  }
  const EvaluateParams& evaluate = points[0].evaluate;
  if (evaluate.detail == Detail::outcome) return most + outcome_memory(points);
  double rows = 0;
  double block = 0;
  for (const Scenario& s : points) {
    const auto stages = static_cast<double>(s.funnel.size());
    const auto at = static_cast<double>(evaluate.truth_at.size());
    const double columns = 7 + at + stages * (6 + 8 * at);
    rows += 8 * columns * evaluate.requests * (s.evaluate.reruns ? 2 : 1);
    if (s.under_load) {
      // A load of requests, some 100 bytes each with what a stage needs of it, a run at a time on each core.
      const double requests = static_cast<double>(load_of({}, s.serving.qps, s.serving.seconds).requests);
      rows += requests * (100 + 16 * stages) / evaluate.replicates;
    }
    if (!s.funnel.empty()) block = std::max(block, 4.0 * s.funnel[0].keep * kRequestBlock * 8 * stages);
  }
  return most + rows * evaluate.replicates + block * static_cast<double>(points.size());
}

}  // namespace cascade
