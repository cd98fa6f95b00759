// Exact properties that hold for every seed and every funnel, over funnels by chance.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "config/writer.h"
#include "config/yaml_text.h"
#include "tests/engine/rows.h"
#include "tests/property/random_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

std::string text_of(const Scenario& scenario) {
  std::string text;
  for (const StageSpec& stage : scenario.funnel) text += config::flow_text(config::to_node(stage)) + "\n";
  return text;
}

bool near(double a, double b) { return std::abs(a - b) < 1e-9 || (std::isnan(a) && std::isnan(b)); }

/// What is lost at the stages and what is left add up to one.
void check_losses(const Scenario& scenario, const PointRun& point) {
  for (const std::string k : {"1", "7", "20"}) {
    std::vector<double> sum = column(point, "joint_recall@" + k);
    std::vector<double> left(sum.size(), 1.0);
    for (const StageSpec& stage : scenario.funnel) {
      const auto lost = column(point, stage.name + ".lost@" + k);
      const auto joint = column(point, stage.name + ".joint_recall@" + k);
      for (std::size_t r = 0; r < sum.size(); ++r) {
        sum[r] += lost[r];
        left[r] -= lost[r];
        CHECK(lost[r] >= 0);
        CHECK(near(left[r], joint[r]));
      }
    }
    for (const double one : sum) CHECK(near(one, 1));
  }
}

/// Counts pass on from stage to stage, within the quotas and the budgets.
void check_counts(const Scenario& scenario, const PointRun& point) {
  for (std::size_t j = 0; j < scenario.funnel.size(); ++j) {
    const StageSpec& stage = scenario.funnel[j];
    const auto in = column(point, stage.name + ".in");
    const auto out = column(point, stage.name + ".out");
    const auto cut = column(point, stage.name + ".cut");
    const auto before = j == 0 ? std::vector<double>(in.size(), static_cast<double>(scenario.world.items))
                               : column(point, scenario.funnel[j - 1].name + ".out");
    for (std::size_t r = 0; r < in.size(); ++r) {
      CHECK(in[r] == before[r]);
      CHECK(out[r] <= stage.keep);
      if (j == 0) continue;
      // What is scored is kept up to the quota.
      CHECK(out[r] == std::min<double>(stage.keep, in[r] - cut[r]));
      if (!stage.budget.enforce) CHECK(cut[r] == 0);
    }
    if (j > 0 && stage.budget.enforce)
      for (const double us : column(point, stage.name + ".compute_us")) CHECK(us <= stage.budget.us);
  }
}

/// The value of a page lies between nothing and the oracle's.
void check_values(const Scenario& scenario, const PointRun& point) {
  const auto value = column(point, "value");
  const auto regret = column(point, "regret");
  const std::size_t last = scenario.funnel.size() - 1;
  const auto best = arm_column(point, last, "oracle", "value");
  for (std::size_t r = 0; r < value.size(); ++r) {
    CHECK(value[r] >= 0);
    CHECK(regret[r] >= -1e-6);
    CHECK(regret[r] <= 1);
    // An enforced budget may leave the last stage short; the oracle in its place is free.
    CHECK(best[r] >= value[r] * (1 - 1e-6));
  }
}

}  // namespace

TEST_CASE("property: losses, counts and values of funnels by chance") {
  Rng rng(1, Stream::test);
  for (int round = 0; round < 20; ++round) {
    const Scenario scenario = random_scenario(rng);
    INFO(text_of(scenario));
    REQUIRE(find_faults(scenario).empty());
    const PointRun point = run_one(scenario, 3);
    check_losses(scenario, point);
    check_counts(scenario, point);
    check_values(scenario, point);
  }
}

TEST_CASE("property: with perfect later stages of quota k and more, joint recall is that of recall") {
  Rng rng(4, Stream::test);
  for (int round = 0; round < 8; ++round) {
    Scenario scenario = random_scenario(rng);
    scenario.evaluate.truth_at = {1, 5};
    for (std::size_t j = 1; j < scenario.funnel.size(); ++j) {
      set_kind(scenario.funnel[j], "oracle", "");
      scenario.funnel[j].keep = std::max(5, scenario.funnel[j].keep);
      scenario.funnel[j].budget = {};
    }
    INFO(text_of(scenario));
    std::vector<Scenario> points;
    for (const int keep : {5, 10, 20, 40, 80}) {
      points.push_back(scenario);
      points.back().funnel[0].keep = keep;
      for (std::size_t j = 1; j < scenario.funnel.size(); ++j)
        points.back().funnel[j].keep = std::min(keep, scenario.funnel[j].keep);
    }
    const ReplicateRun run = run_replicate(points, 5, {});
    for (const std::string k : {"1", "5"}) {
      std::vector<double> before(40, 0.0);
      for (const PointRun& point : run.points) {
        const auto end = column(point, "joint_recall@" + k);
        CHECK(end == column(point, "s0.joint_recall@" + k));
        for (std::size_t r = 0; r < end.size(); ++r) CHECK(end[r] >= before[r]);
        before = end;
      }
    }
  }
}

TEST_CASE("property: a wider quota of any stage before an oracle never lowers the page") {
  Rng rng(5, Stream::test);
  for (int round = 0; round < 8; ++round) {
    Scenario scenario = random_scenario(rng);
    scenario.funnel.resize(3);
    scenario.funnel[2].name = "last";
    set_kind(scenario.funnel[2], "oracle", "");
    for (StageSpec& stage : scenario.funnel) stage.budget = {};
    scenario.funnel[0].keep = 80;
    INFO(text_of(scenario));
    std::vector<Scenario> points;
    for (const int keep : {5, 10, 20, 40, 80}) {
      points.push_back(scenario);
      points.back().funnel[1].keep = keep;
      points.back().funnel[2].keep = 5;
    }
    const ReplicateRun run = run_replicate(points, 5, {});
    for (std::size_t p = 1; p < points.size(); ++p) {
      const auto narrow = column(run.points[p - 1], "value");
      const auto wide = column(run.points[p], "value");
      for (std::size_t r = 0; r < narrow.size(); ++r) CHECK(wide[r] >= narrow[r] * (1 - 1e-6));
    }
  }
}
