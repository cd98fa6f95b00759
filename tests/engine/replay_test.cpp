#include "engine/replay.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/parallel.h"
#include "base/rng.h"
#include "base/stats.h"
#include "base/text.h"
#include "engine/outcome.h"
#include "tests/engine/rows.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Every figure that the outcome of a point has is that of the same point run alone and in full.
void check_alone(const std::vector<Scenario>& points, std::uint64_t seed) {
  std::vector<Scenario> replayed = points;
  for (Scenario& point : replayed) point.evaluate.detail = Detail::outcome;
  const ReplicateRun together = run_replicate(replayed, seed, {});
  for (std::size_t p = 0; p < points.size(); ++p) {
    INFO("point " << p);
    Scenario full = points[p];
    full.evaluate.arm_requests = 0;
    full.evaluate.alignment_requests = 0;
    full.evaluate.split_regret = false;
    const PointRun alone = run_one(full, seed);
    const PointRun& outcome = together.points[p];
    REQUIRE(outcome.rows.rows() == alone.rows.rows());
    CHECK(outcome.users == alone.users);
    for (const std::string& name : outcome.columns) {
      INFO(name);
      const std::vector<double> a = column(outcome, name);
      const std::vector<double> b = column(alone, name);
      CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
    }
    for (std::size_t j = 0; j < full.funnel.size(); ++j) {
      CHECK(outcome.stages[j].model == alone.stages[j].model);
      for (const auto& [name, value] : outcome.stages[j].means) {
        INFO(full.funnel[j].name << "." << name);
        CHECK(value == mean(column(alone, full.funnel[j].name + "." + name)));
      }
    }
  }
}

int draw_below(Rng& rng, int n) { return static_cast<int>(rng.below(static_cast<std::uint32_t>(n))); }

std::string keep(const std::string& stage, int n) { return "funnel." + stage + ".keep=" + std::to_string(n); }

}  // namespace

TEST_CASE("funnels of random quotas and models replay with the bits of each run alone") {
  Rng rng(5, Stream::test);
  std::vector<Scenario> points;
  for (int n = 0; n < 25; ++n) {
    const int recall = 1 + draw_below(rng, 80);
    const int preranking = 1 + draw_below(rng, recall);
    const char* models[] = {"funnel.preranking={kind: statistic, model: popular, keep: 20}",
                            "funnel.preranking={kind: logistic, model: linear, keep: 20}",
                            "funnel.preranking={kind: two_tower, model: towers, keep: 20}"};
    points.push_back(tiny_scenario({models[n % 3], keep("recall", recall), keep("preranking", preranking),
                                    keep("ranking", 1 + draw_below(rng, std::min(preranking, 8)))}));
  }
  check_alone(points, 11);
}

TEST_CASE("four stages, and funnels that end where others go on") {
  const char* four =
      "funnel=[{name: recall, kind: exact_inner_product, model: towers, keep: 80},"
      "{name: first, kind: statistic, model: popular, keep: 40}, {name: second, kind: two_tower, model: towers, keep: "
      "20},"
      "{name: last, kind: score, model: linear, keep: 5}]";
  const char* three =
      "funnel=[{name: recall, kind: exact_inner_product, model: towers, keep: 80},"
      "{name: first, kind: statistic, model: popular, keep: 40}, {name: second, kind: two_tower, model: towers, keep: "
      "6}]";
  const char* one = "funnel=[{name: recall, kind: exact_inner_product, model: towers, keep: 7}]";
  check_alone(
      {tiny_scenario({four}), tiny_scenario({four, keep("first", 30)}), tiny_scenario({four, keep("second", 7)}),
       tiny_scenario({three}), tiny_scenario({three, keep("first", 10)}), tiny_scenario({one}),
       tiny_scenario({four, keep("recall", 7), keep("first", 7), keep("second", 6)})},
      12);
}

TEST_CASE("recalls whose narrower list is no beginning of the wider one, and channels") {
  const char* graph =
      "funnel.recall={kind: approximate_inner_product, model: towers, search_width: 60, links: 4, keep: 60}";
  const char* channels =
      "funnel.recall={kind: multi_channel, keep: 60, channels: [{name: a, keep: 40, kind: exact_inner_product, model: "
      "towers}, {name: b, keep: 20, kind: user_history}]}";
  const char* narrow =
      "funnel.recall={kind: multi_channel, keep: 60, channels: [{name: a, keep: 10, kind: exact_inner_product, model: "
      "towers}, {name: b, keep: 50, kind: user_history}]}";
  std::vector<Scenario> points;
  for (const char* recall : {graph, channels, narrow, "funnel.recall={kind: user_history, keep: 60}"})
    for (const int n : {60, 33, 21}) points.push_back(tiny_scenario({recall, keep("recall", n)}));
  check_alone(points, 13);
}

TEST_CASE("stages that do not score, and stages that know the truth") {
  const char* off = "funnel.preranking={kind: pass_through, keep: 20}";
  const char* set = "funnel.ranking={kind: set_greedy, model: linear, keep: 5}";
  const char* oracle = "funnel.ranking={kind: oracle, keep: 5}";
  std::vector<Scenario> points;
  for (const char* change : {off, set, oracle})
    for (const int n : {20, 9, 5}) points.push_back(tiny_scenario({change, keep("preranking", n)}));
  points.push_back(tiny_scenario({off, set}));
  points.push_back(tiny_scenario({set, keep("ranking", 3)}));
  points.push_back(tiny_scenario({"funnel.preranking={kind: set_greedy, model: linear, keep: 20}"}));
  points.push_back(tiny_scenario({"funnel.recall={kind: noisy_oracle, correlation: 0.6, keep: 50}"}));
  check_alone(points, 14);
}

TEST_CASE("budgets cut the same candidates, and hardware changes prices alone") {
  const char* dear = "funnel.preranking={kind: logistic, model: linear, keep: 20}";
  std::vector<Scenario> points;
  for (const int n : {80, 50, 20})
    for (const char* budget : {"funnel.preranking.budget={us: 22, enforce: true}", "budget={us: 45, enforce: true}",
                               "budget={flops: 9000, enforce: true}", "budget={us: 45}", "hardware={gflops: 1}",
                               "hardware={gather_gbytes_per_s: 1, candidate_ns: 50}", "funnel.preranking.shards=3",
                               "funnel.ranking.hardware={fixed_us: 3}"})
      points.push_back(tiny_scenario({dear, keep("recall", n), budget}));
  check_alone(points, 15);
}

TEST_CASE("outcomes do not depend on the threads, nor on the worlds beside them") {
  std::vector<Scenario> points;
  for (const int n : {5, 10, 20}) points.push_back(tiny_scenario({keep("preranking", n), "evaluate.detail=outcome"}));
  points.push_back(tiny_scenario({"world.items=300", "evaluate.detail=outcome"}));
  const ReplicateRun first = run_replicate(points, 7, {});
  for (const int threads : {1, 3}) {
    const ThreadLimit limit(threads);
    const ReplicateRun again = run_replicate(points, 7, {});
    for (std::size_t p = 0; p < points.size(); ++p)
      for (const std::string& name : first.points[p].columns)
        CHECK(column(first.points[p], name) == column(again.points[p], name));
  }
  CHECK(first.validity.size() > 5);
}
