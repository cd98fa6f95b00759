#include "engine/funnel_run.h"

#include <catch2/catch.hpp>

#include "tests/engine/served.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

bool same(const CandidateList& a, const CandidateList& b) {
  return a.items == b.items && a.scores == b.scores && a.channel == b.channel;
}

bool same(const StageRun& a, const StageRun& b) {
  const auto same_work = [](const Work& x, const Work& y) {
    return x.items == y.items && x.flops == y.flops && x.bytes == y.bytes;
  };
  return std::equal(a.kept.begin(), a.kept.end(), b.kept.begin(), b.kept.end(),
                    [](const auto& x, const auto& y) { return same(x, y); }) &&
         a.place == b.place && a.scores == b.scores && a.in == b.in && a.cut == b.cut && a.spent == b.spent &&
         std::equal(a.work.begin(), a.work.end(), b.work.begin(), b.work.end(), same_work);
}

}  // namespace

TEST_CASE("a narrow funnel replays the scores of a wide one, bit for bit") {
  const Scenario wide = tiny_scenario();
  const std::vector<Scenario> narrow = {
      tiny_scenario({"funnel.preranking.keep=9"}), tiny_scenario({"funnel.ranking.keep=1"}),
      tiny_scenario({"funnel.preranking={kind: pass_through, keep: 20}"}),
      tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 20}"}),
      tiny_scenario({"funnel.ranking={kind: random, keep: 5}", "funnel.preranking={kind: oracle, keep: 30}"})};
  Served served(wide);
  const FunnelPlan first = served.plan(wide);
  for (const Scenario& scenario : narrow) {
    const FunnelPlan plan = served.plan(scenario);
    BlockRun shared(served.requests().first(64));
    shared.stage(first, 2);
    BlockRun alone(served.requests().first(64));
    for (std::size_t j = 0; j < 3; ++j) CHECK(same(shared.stage(plan, j), alone.stage(plan, j)));
  }
}

TEST_CASE("a block serves what its stages give one after the other") {
  const Scenario scenario =
      tiny_scenario({"funnel.recall={kind: multi_channel, keep: 60, channels: [{name: a, keep: 40, "
                     "kind: exact_inner_product, model: towers}, {name: b, keep: 30, kind: "
                     "popular}]}"});
  Served served(scenario);
  const FunnelPlan plan = served.plan(scenario);
  BlockRun block(served.requests());
  CandidateBlock before;
  plan.stages[0].fitted.stage->run(served.requests(), nullptr, 60, before);
  const StageRun& recall = block.stage(plan, 0);
  for (std::size_t r = 0; r < before.size(); ++r) {
    CHECK(same(recall.kept[r], before[r]));
    CHECK(recall.scores[r].empty());
  }
  for (std::size_t j = 1; j < 3; ++j) {
    CandidateBlock after;
    plan.stages[j].fitted.stage->run(served.requests(), &before, plan.stages[j].keep, after);
    const StageRun& run = block.stage(plan, j);
    for (std::size_t r = 0; r < after.size(); ++r) {
      CHECK(same(run.kept[r], after[r]));
      CHECK(run.in[r] == before[r].size());
      CHECK(run.cut[r] == 0);
      CHECK(run.scores[r].size() == before[r].size());
      REQUIRE(run.place[r].size() == after[r].size());
      for (std::size_t k = 0; k < after[r].size(); ++k)
        CHECK(recall.kept[r].items[run.place[r][k]] == after[r].items[k]);
    }
    before = after;
  }
}

TEST_CASE("funnels that begin alike share their runs") {
  Served served(tiny_scenario());
  const FunnelPlan a = served.plan(tiny_scenario());
  CHECK(served.planner().num_prefixes() == 3);
  const FunnelPlan b = served.plan(tiny_scenario({"funnel.ranking.keep=2"}));
  CHECK(served.planner().num_prefixes() == 4);
  CHECK(a.stages[1].prefix_id == b.stages[1].prefix_id);
  CHECK(a.stages[2].scores_id == b.stages[2].scores_id);
  served.plan(tiny_scenario({"funnel.recall.keep=79"}));
  CHECK(served.planner().num_prefixes() == 7);
  // Names, and budgets and hardware that nobody enforces, change nothing of what is served.
  served.plan(
      tiny_scenario({"funnel.ranking.budget.us=3", "funnel.ranking.name=last", "budget.flops=9", "hardware.gflops=1"}));
  CHECK(served.planner().num_prefixes() == 7);
  served.plan(tiny_scenario({"funnel.ranking.budget={us: 30, enforce: true}"}));
  served.plan(tiny_scenario({"funnel.ranking.budget={us: 30, enforce: true}", "hardware.gflops=1"}));
  CHECK(served.planner().num_prefixes() == 9);
}

TEST_CASE("a control takes the place of one stage and leaves the others") {
  Served served(tiny_scenario());
  const FunnelPlan plan = served.plan(tiny_scenario());
  FittedStage oracle;
  oracle.key = "arm oracle";
  oracle.stage = make_arm(Arm::oracle, served.world(), 1);
  oracle.scoring = dynamic_cast<const ScoringStage*>(oracle.stage.get());
  oracle.work = oracle.stage->work();
  const FunnelPlan arm = served.planner().replace(plan, 1, oracle);
  CHECK(arm.stages[0].prefix_id == plan.stages[0].prefix_id);
  CHECK(arm.stages[1].prefix_id != plan.stages[1].prefix_id);
  CHECK(arm.stages[2].scores_id == plan.stages[2].scores_id);
  CHECK(arm.stages[2].prefix_id != plan.stages[2].prefix_id);
  BlockRun block(served.requests().first(3));
  const CandidateList& best = block.stage(arm, 1).kept[2];
  REQUIRE(best.size() == 20);
  // The 20 of the recalled with the best true value.
  CandidateBlock expected;
  const CandidateBlock in = {block.stage(arm, 0).kept[2]};
  oracle.stage->run(served.requests().subspan(2, 1), &in, 20, expected);
  CHECK(same(best, expected[0]));
  CHECK(block.stage(arm, 1).work[2].flops == 0);
}

TEST_CASE("a stage's budget: the first that fit are scored, in the order given") {
  // Logistic regression as pre-ranking; the budget is made to fit its user side and 12 candidates.
  const auto scenario_with = [](const std::string& budget) {
    return tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 9, budget: " + budget + "}"});
  };
  const Scenario free = scenario_with("{flops: 0}");
  Served served(free);
  const ScorerWork work = served.plan(free).stages[1].fitted.work;
  const double limit = work.per_request.flops + 12.5 * work.per_candidate.flops;
  const Scenario tight = scenario_with("{flops: " + std::to_string(limit) + ", enforce: true}");
  const FunnelPlan plan = served.plan(tight);
  BlockRun block(served.requests());
  const StageRun& run = block.stage(plan, 1);
  const StageRun& recall = block.stage(plan, 0);
  const ScoringStage& scoring = *plan.stages[1].fitted.scoring;
  for (std::size_t r = 0; r < run.in.size(); ++r) {
    CHECK(run.in[r] == 80);
    CHECK(run.cut[r] == 68);
    CHECK(run.work[r].flops == work.per_request.flops + 12 * work.per_candidate.flops);
    CHECK(run.work[r].items == 12);
    CandidateList first;
    first.items.assign(recall.kept[r].items.begin(), recall.kept[r].items.begin() + 12);
    first.scores.assign(recall.kept[r].scores.begin(), recall.kept[r].scores.begin() + 12);
    const CandidateBlock in = {first};
    CandidateBlock expected;
    scoring.run(served.requests().subspan(r, 1), &in, 9, expected);
    CHECK(same(run.kept[r], expected[0]));
    CHECK(block.stage(plan, 2).in[r] == 9);
  }
  // The same limit, reported only: everything is scored.
  const FunnelPlan reported = served.plan(scenario_with("{flops: " + std::to_string(limit) + "}"));
  CHECK(block.stage(reported, 1).cut[0] == 0);
  CHECK(block.stage(reported, 1).work[0].items == 80);
}

TEST_CASE("a stage that cannot afford its user side does nothing and passes nothing on") {
  const Scenario scenario =
      tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 9, budget: {flops: 1, enforce: true}}"});
  Served served(scenario);
  BlockRun block(served.requests());
  const FunnelPlan plan = served.plan(scenario);
  CHECK(block.stage(plan, 1).kept[0].size() == 0);
  CHECK(block.stage(plan, 1).cut[0] == 80);
  CHECK(block.stage(plan, 1).work[0].flops == 0);
  CHECK(block.stage(plan, 2).in[0] == 0);
  CHECK(block.stage(plan, 2).kept[0].size() == 0);
}

TEST_CASE("the whole request's budget: each stage gets what those before it left") {
  const Scenario free = tiny_scenario({"funnel.preranking={kind: logistic, model: linear, keep: 40}"});
  Served served(free);
  const FunnelPlan plan = served.plan(free);
  for (const bool by_time : {false, true}) {
    BlockRun block(served.requests());
    // Enough for recall, pre-ranking and half of what the last stage needs.
    const auto used_by = [&](const Work& work, std::size_t j) {
      return by_time ? price(work, plan.stages[j].hardware).compute_us : work.flops;
    };
    const auto cost = [&](std::size_t j) { return used_by(block.stage(plan, j).work[0], j); };
    const double limit = cost(0) + cost(1) + (by_time ? plan.stages[2].hardware.fixed_us : 0) +
                         0.5 * (cost(2) - (by_time ? plan.stages[2].hardware.fixed_us : 0));
    const Scenario tight = tiny_scenario(
        {"funnel.preranking={kind: logistic, model: linear, keep: 40}",
         "budget={" + std::string(by_time ? "us: " : "flops: ") + std::to_string(limit) + ", enforce: true}"});
    const FunnelPlan limited = served.plan(tight);
    for (std::size_t r = 0; r < served.requests().size(); ++r) {
      CHECK(block.stage(limited, 1).cut[r] == 0);
      const StageRun& last = block.stage(limited, 2);
      CHECK(last.cut[r] > 0);
      CHECK(last.cut[r] < 40);
      CHECK(last.spent[r] <= limit + 1e-6);  // the scenario's limit has six decimals
      // One more candidate would not have fitted.
      const ScorerWork& work = plan.stages[2].fitted.work;
      const Work one_more = work.per_request + static_cast<double>(40 - last.cut[r] + 1) * work.per_candidate;
      CHECK(block.stage(limited, 1).spent[r] + used_by(one_more, 2) > limit - 1e-6);
    }
  }
}

TEST_CASE("microseconds buy fewer candidates on slower hardware") {
  const std::string stage =
      "funnel.preranking={kind: logistic, model: linear, keep: 9, budget: {us: 20.05, enforce: true}, hardware: ";
  const Scenario fast = tiny_scenario({stage + "{gflops: 50, gbytes_per_s: 500}}"});
  const Scenario slow = tiny_scenario({stage + "{gflops: 5, gbytes_per_s: 50}}"});
  Served served(fast);
  BlockRun block(served.requests());
  const std::size_t cut_fast = block.stage(served.plan(fast), 1).cut[0];
  const std::size_t cut_slow = block.stage(served.plan(slow), 1).cut[0];
  CHECK(cut_fast < cut_slow);
  CHECK(cut_slow <= 80);
}
