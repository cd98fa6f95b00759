#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/errors.h"
#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

Study study_of(const std::string& more, std::initializer_list<std::string> changes = {}) {
  const ScenarioFolder folder("cascade_run_test");
  return folder.load(more, changes);
}

const MetricValue& metric_of(const std::vector<MetricValue>& metrics, const std::string& name) {
  for (const MetricValue& metric : metrics)
    if (metric.name == name) return metric;
  FAIL("no metric is called " << name);
  return metrics[0];
}

/// Mean of a column over the rows of one replicate, those left out that do not apply.
double mean_of(const RequestTable& table, const std::string& column, std::uint32_t replicate) {
  std::size_t c = 0;
  while (table.columns.at(c) != column) ++c;
  double sum = 0;
  double n = 0;
  for (std::size_t row = 0; row < table.replicate.size(); ++row) {
    if (table.replicate[row] != replicate || std::isnan(table.values(row, c))) continue;
    sum += table.values(row, c);
    ++n;
  }
  return sum / n;
}

}  // namespace

TEST_CASE("a study's result is what its requests say, replicate by replicate") {
  const Study study = study_of("variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\n",
                               {"evaluate.replicates=3", "evaluate.requests=40"});
  const StudyResult result = run_study(study);
  CHECK(result.scenario == "tiny");
  CHECK(result.question == "What does a test need?");
  CHECK(result.seed == 3);
  CHECK(result.replicates == 3);
  CHECK(result.truth_at == std::vector<int>{5, 10});
  REQUIRE(result.variants.size() == 2);
  for (const VariantResult& variant : result.variants) {
    const RequestTable& table = variant.requests;
    CHECK(table.replicate.size() == 120);
    CHECK(table.values.rows() == 120);
    CHECK(table.request[39] == 39);
    CHECK(table.request[40] == 0);
    CHECK(table.replicate[40] == 1);
    for (const MetricValue& metric : variant.outcome) {
      REQUIRE(metric.by_replicate.size() == 3);
      double sum = 0;
      for (std::uint32_t r = 0; r < 3; ++r) {
        CHECK(metric.by_replicate[r] == Approx(mean_of(table, metric.name, r)));
        sum += metric.by_replicate[r];
      }
      CHECK(metric.estimate.mean == Approx(sum / 3));
      CHECK(metric.estimate.n == 3);
      CHECK(metric.estimate.lo <= metric.estimate.mean);
      CHECK(metric.estimate.hi >= metric.estimate.mean);
      CHECK(std::isnan(metric.rerun_sd));
    }
    REQUIRE(variant.stages.size() == 3);
    const StageResult& preranking = variant.stages[1];
    CHECK(preranking.name == "preranking");
    CHECK(preranking.kind == "statistic");
    CHECK(preranking.model == "popular");
    CHECK(preranking.in == 80);
    CHECK(preranking.out == preranking.quota);
    CHECK(preranking.work.items == 80);
    const MetricValue& lost = metric_of(preranking.metrics, "lost@5");
    CHECK(lost.by_replicate[1] == Approx(mean_of(table, "preranking.lost@5", 1)));
    CHECK(metric_of(preranking.metrics, "gauc").by_replicate.size() == 3);
    REQUIRE(preranking.arms.size() == 2);
    CHECK(preranking.arms[0].arm == "oracle");
    CHECK(metric_of(preranking.arms[1].metrics, "headroom").by_replicate.size() == 3);
    CHECK(variant.models.size() == 3);
  }
  CHECK(result.variants[1].stages[1].quota == 9);
  // Settings are those of the resolved scenario.
  const auto& settings = result.variants[1].settings;
  CHECK(std::count(settings.begin(), settings.end(),
                   std::pair<std::string, std::string>{"funnel.preranking.keep", "9"}) == 1);
  // Requests, worlds and so users are common to the variants of a replicate.
  CHECK(result.variants[0].requests.user == result.variants[1].requests.user);
}

TEST_CASE("replicates are other worlds of one seed, and more of them change none") {
  const StudyResult two = run_study(study_of("", {"evaluate.replicates=2"}));
  const StudyResult three = run_study(study_of("", {"evaluate.replicates=3"}));
  const auto& of_two = metric_of(two.variants[0].outcome, "value").by_replicate;
  const auto& of_three = metric_of(three.variants[0].outcome, "value").by_replicate;
  CHECK(of_two[0] == of_three[0]);
  CHECK(of_two[1] == of_three[1]);
  CHECK(of_two[0] != of_two[1]);
}

TEST_CASE("a variant in another world has its own users") {
  const std::string more = "variants: [{name: a}, {name: b, set: {world.users: 7}}]\n";
  const StudyResult result = run_study(study_of(more));
  const auto& of_b = result.variants[1].requests.user;
  CHECK(*std::max_element(of_b.begin(), of_b.end()) < 7);
  CHECK(of_b == run_study(study_of("", {"world.users=7"})).variants[0].requests.user);
}

TEST_CASE("re-run noise is that of pairs of trainings") {
  const StudyResult result = run_study(study_of("", {"evaluate.reruns=true", "evaluate.replicates=2"}));
  CHECK(metric_of(result.variants[0].outcome, "value").rerun_sd > 0);
  CHECK(metric_of(result.variants[0].stages[2].metrics, "gauc").rerun_sd > 0);
  // A statistic is the same each time.
  CHECK(metric_of(result.variants[0].stages[1].metrics, "gauc").rerun_sd == 0);
}

TEST_CASE("budgets: used, utilisation and cut") {
  const StudyResult result =
      run_study(study_of("", {"funnel.preranking={kind: logistic, model: linear, keep: 9, budget: {us: 22, enforce: "
                              "true}}",
                              "budget.flops=1000000"}));
  const VariantResult& variant = result.variants[0];
  const BudgetResult& own = variant.stages[1].budget;
  CHECK(own.given);
  CHECK(own.enforced);
  CHECK(own.unit == "us");
  CHECK(own.limit == 22);
  CHECK(own.used == Approx(variant.stages[1].compute_us));
  CHECK(own.utilisation == Approx(own.used / 22));
  CHECK(own.utilisation <= 1);
  CHECK(own.cut == Approx(80 - variant.stages[1].work.items));
  CHECK(own.cut > 0);
  CHECK(variant.budget.unit == "flops");
  CHECK_FALSE(variant.budget.enforced);
  CHECK(variant.budget.used == Approx(metric_of(variant.outcome, "flops").estimate.mean));
  CHECK(variant.budget.cut == own.cut);
  CHECK_FALSE(variant.stages[0].budget.given);
}

TEST_CASE("the validity part knows the world's figures and warns of a saturated truth") {
  const StudyResult result = run_study(study_of(""));
  std::vector<std::string> names;
  for (const auto& [name, estimate] : result.validity) names.push_back(name);
  for (const char* name : {"click_rate", "saturated_share", "oracle_page_value", "random_page_value"})
    CHECK(std::count(names.begin(), names.end(), name) == 1);
  CHECK(result.warnings.empty());
  const StudyResult loud = run_study(study_of("", {"world.truth.latent=8", "world.truth.base_click_rate=0.4"}));
  REQUIRE(loud.warnings.size() >= 1);
  CHECK(loud.warnings[0].rfind("the truth is saturated: p(click) > 0.95 for a share of ", 0) == 0);
}

TEST_CASE("candidates come as CSV, header first, names of variants quoted where they must be") {
  const Study study = study_of("variants: [{name: 'a, \"b\"'}, {name: plain}]\n", {"evaluate.requests=2"});
  std::string text;
  run_study(study, {}, [&](const std::string& rows) { text += rows; });
  CHECK(text.rfind("variant,replicate,request,user,stage,item,rank,score,kept,true_value\n", 0) == 0);
  CHECK(text.find("\n\"a, \"\"b\"\"\",0,0,") != std::string::npos);
  CHECK(text.find("\nplain,0,0,") != std::string::npos);
}

TEST_CASE("progress names the replicate and the phase, shares between 0 and 1") {
  std::vector<std::string> phases;
  bool in_range = true;
  // One thread calls: the loops below one block and one model run on the caller's.
  run_study(study_of("", {"evaluate.requests=10", "models={towers: {kind: two_tower}}",
                          "funnel=[{name: recall, kind: exact_inner_product, model: towers, keep: 10}]"}),
            [&](const std::string& phase, double share) {
              phases.push_back(phase);
              in_range = in_range && share >= 0 && share <= 1;
            });
  CHECK(in_range);
  CHECK(std::count(phases.begin(), phases.end(), "replicate 1/1: world") == 1);
  CHECK(std::count(phases.begin(), phases.end(), "replicate 1/1: serving") >= 1);
}

TEST_CASE("a run that does not fit is refused, with what to lower") {
  const Study small = study_of("");
  CHECK(study_memory(small) > 1e5);
  CHECK(study_memory(small) < 1e9);
  CHECK(available_memory() > 1e6);
  CHECK_NOTHROW(refuse_if_too_large(small));
  try {
    refuse_if_too_large(study_of("", {"world.items=4000000000"}));
    FAIL("4 billion items were not refused");
  } catch (const RefusedError& error) {
    const std::string text = error.what();
    CHECK(text.find("GB are free: lower world.users (120), world.items (4000000000), logs.requests_a_day (200) or "
                    "evaluate.requests (70)") != std::string::npos);
  }
}

TEST_CASE("under load: metrics of stages and outcome with a value a replicate, over runs") {
  const std::string more = "serving: {qps: 300, limit_ms: 5, runs: 2}\n";
  const StudyResult result = run_study(study_of(more, {"evaluate.replicates=3"}));
  const VariantResult& variant = result.variants[0];
  const MetricValue& usable = metric_of(variant.outcome, "usable_qps");
  CHECK(usable.by_replicate.size() == 3);
  CHECK(usable.estimate.n == 3);
  CHECK(usable.estimate.lo <= usable.estimate.hi);
  CHECK(std::isnan(usable.rerun_sd));
  CHECK(metric_of(variant.stages[1].metrics, "rt_p99").estimate.mean > 0);
  // With one replicate the interval is over its runs.
  const StudyResult one = run_study(study_of(more));
  CHECK(metric_of(one.variants[0].outcome, "usable_qps").estimate.n == 2);
}

TEST_CASE("a sweep of many points measures the outcome by replay, with the figures of a full run") {
  const ScenarioFolder folder("cascade_run_test");
  std::string quotas;
  for (int n = 5; n < 56; ++n) quotas += std::to_string(n) + ", ";
  const Study many = folder.load("sweep: {funnel.preranking.keep: [" + quotas + "56], funnel.ranking.keep: [4, 5]}\n");
  REQUIRE(many.points.size() == 104);
  CHECK(many.points[3].scenario.evaluate.detail == Detail::outcome);
  const StudyResult outcomes = run_study(many);
  CHECK(outcomes.variants[0].requests.replicate.empty());
  const Study few = folder.load("", {"funnel.preranking.keep=30"});
  CHECK(few.points[0].scenario.evaluate.detail == Detail::automatic);
  const StudyResult full = run_study(few);
  const VariantResult* same = nullptr;
  for (const VariantResult& variant : outcomes.variants)
    if (variant.name == "base preranking.keep=30, ranking.keep=5") same = &variant;
  REQUIRE(same != nullptr);
  for (const MetricValue& value : same->outcome) {
    INFO(value.name);
    const auto& all = full.variants[0].outcome;
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const MetricValue& other) { return other.name == value.name; });
    REQUIRE(at != all.end());
    CHECK(value.estimate.mean == at->estimate.mean);
    CHECK(value.estimate.lo == at->estimate.lo);
  }
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(same->stages[j].in == full.variants[0].stages[j].in);
    CHECK(same->stages[j].compute_us == full.variants[0].stages[j].compute_us);
    CHECK(same->stages[j].model == full.variants[0].stages[j].model);
  }
  CHECK_THAT(
      folder.faults("expect: [{metric: lost@10, stage: recall, of: base, below: 1}]\n", {"evaluate.detail=outcome"}),
      Catch::Matchers::Contains("is not measured with evaluate.detail: outcome"));
}
