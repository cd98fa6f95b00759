#include "engine/replicate.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/parallel.h"
#include "tests/engine/rows.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

bool same_bits(const Matrix<double>& a, const Matrix<double>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

bool same_bits(const NamedValues& a, const NamedValues& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && std::memcmp(&x.second, &y.second, sizeof(double)) == 0;
  });
}

bool same_bits(const PointRun& a, const PointRun& b) {
  bool same = a.columns == b.columns && same_bits(a.rows, b.rows) && a.arms.size() == b.arms.size() &&
              same_bits(a.rerun_rows, b.rerun_rows) && a.stages.size() == b.stages.size() &&
              a.models.size() == b.models.size();
  for (std::size_t i = 0; same && i < a.arms.size(); ++i) same = same_bits(a.arms[i].rows, b.arms[i].rows);
  for (std::size_t i = 0; same && i < a.stages.size(); ++i) same = same_bits(a.stages[i].pooled, b.stages[i].pooled);
  for (std::size_t i = 0; same && i < a.models.size(); ++i) same = same_bits(a.models[i].facts, b.models[i].facts);
  return same;
}

}  // namespace

TEST_CASE("a variant's figures do not depend on the variants beside it") {
  const std::string funnel_logs =
      "logs={days: 2, requests_a_day: 100, page: 5, all_space_rows: 300, policy: {kind: funnel}}";
  const std::string dear = "funnel.preranking={kind: logistic, model: linear, keep: 20}";
  const std::vector<Scenario> points = {
      tiny_scenario(), tiny_scenario({"funnel.preranking.keep=10"}), tiny_scenario({"models.linear.train.epochs=2"}),
      tiny_scenario({"logs.requests_a_day=100"}), tiny_scenario({"world.items=300"}),
      tiny_scenario({"funnel.recall={kind: user_history, keep: 80}"}), tiny_scenario({funnel_logs}),
      tiny_scenario({funnel_logs, dear}),
      // The whole request's budget decides what such a funnel logs.
      tiny_scenario({funnel_logs, dear, "budget={us: 45, enforce: true}"}),
      tiny_scenario({funnel_logs, dear, "budget={us: 45, enforce: true}", "hardware={gflops: 1}"})};
  const ReplicateRun together = run_replicate(points, 7, {});
  for (std::size_t p = 0; p < points.size(); ++p) {
    INFO("point " << p);
    CHECK(same_bits(together.points[p], run_one(points[p], 7)));
  }
}

TEST_CASE("the same seed gives the same bits on any number of threads, another seed others") {
  const std::vector<Scenario> points = {tiny_scenario({"evaluate.reruns=true"})};
  const ReplicateRun first = run_replicate(points, 7, {});
  for (const int threads : {1, 2, 3, 7}) {
    const ThreadLimit limit(threads);
    const ReplicateRun again = run_replicate(points, 7, {});
    CHECK(same_bits(first.points[0], again.points[0]));
    CHECK(same_bits(first.validity, again.validity));
    CHECK(first.points[0].users == again.points[0].users);
  }
  CHECK_FALSE(same_bits(first.points[0].rows, run_replicate(points, 8, {}).points[0].rows));
}

TEST_CASE("a re-run trains from another initialisation on the same data") {
  const PointRun point = run_one(tiny_scenario({"evaluate.reruns=true"}));
  REQUIRE(point.rerun_rows.rows() == 70);
  CHECK(point.rerun_pooled.size() == 3);
  CHECK_FALSE(same_bits(point.rows, point.rerun_rows));
  // Nothing is drawn in a closed form.
  const PointRun fixed = run_one(tiny_scenario({"evaluate.reruns=true", "funnel.recall={kind: popular, keep: 80}",
                                                "funnel.ranking={kind: score, model: popular, keep: 5}"}));
  CHECK(same_bits(fixed.rows, fixed.rerun_rows));
  CHECK(run_one(tiny_scenario()).rerun_rows.rows() == 0);
}

TEST_CASE("points that are trained once stand beside points that are trained twice, and change nothing of them") {
  const Scenario twice = tiny_scenario({"evaluate.reruns=true"});
  const Scenario once = tiny_scenario({"funnel.preranking.keep=10"});
  const std::vector<Scenario> points = {once, twice};
  const ReplicateRun run = run_replicate(points, 7, {});
  CHECK(run.points[0].rerun_rows.rows() == 0);
  CHECK(run.points[0].rerun_pooled.empty());
  CHECK(same_bits(run.points[0], run_one(once, 7)));
  CHECK(same_bits(run.points[1], run_one(twice, 7)));
}

TEST_CASE("facts on models and stages") {
  const PointRun point = run_one(tiny_scenario({"models.unused={kind: cold}"}));
  REQUIRE(point.models.size() == 3);  // in the order of the file, those that are used
  CHECK(point.models[0].name == "towers");
  CHECK(point.models[2].name == "popular");
  const auto fact = [&](std::size_t model, const std::string& name) {
    for (const auto& [known, value] : point.models[model].facts)
      if (known == name) return value;
    return -1.0;
  };
  CHECK(fact(0, "samples") == 1000);  // 200 requests x 5 items, one epoch
  CHECK(fact(0, "parameters") > 0);
  CHECK(fact(2, "samples") == 0);  // a closed form
  CHECK(point.stages[0].model == "towers");
  CHECK(point.stages[0].index_build.items > 0);
  CHECK(point.stages[0].pooled.empty());
  CHECK(point.stages[1].pooled.size() == 8);
}

TEST_CASE("the dump lists what each stage saw and did") {
  const std::vector<Scenario> points = {
      tiny_scenario({"evaluate.requests=3",
                     "funnel.preranking={kind: logistic, model: linear, keep: 9, budget: {us: 22, enforce: "
                     "true}}"})};
  CandidateDump dump;
  std::string text;
  dump.write = [&](const std::string& rows) { text += rows; };
  dump.variants = {"base"};
  dump.replicate = 4;
  const ReplicateRun run = run_replicate(points, 11, {}, dump);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  CHECK(lines == 3 * (80 + 80 + 9));
  CHECK(text.rfind("base,4,0," + std::to_string(run.points[0].users[0]) + ",recall,", 0) == 0);
  // A candidate that was not scored has neither rank nor score.
  const auto cut = column(run.points[0], "preranking.cut");
  std::ptrdiff_t unscored = 0;
  for (std::size_t at = text.find(",,,0,"); at != std::string::npos; at = text.find(",,,0,", at + 1)) ++unscored;
  CHECK(static_cast<double>(unscored) == cut[0] + cut[1] + cut[2]);
  CHECK(unscored > 0);
}
