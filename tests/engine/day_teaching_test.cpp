// Models of conversions, of several tasks and with teachers that learn day by day.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "base/parallel.h"
#include "engine/day_loop.h"
#include "models/catalog.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const std::string kThreeDays = "days={served: 3, requests: 60, chunks: 4, test_requests: 40}";
const std::string kFine = "models.fine={kind: deep_mlp, hidden: [8], embedding_dim: 4}";
const std::string kLate = "models.late={kind: logistic, features: [privileged]}";

/// What a run of days showed: of each model the logits of one user's items, chunk by chunk, and the logs.
struct Learned {
  std::map<std::string, std::vector<std::vector<float>>> logits;
  std::vector<LogTable> logs;  ///< [day served]
  LogTable train;
  DaysRun run;

  double fact(const std::string& model, const std::string& name) const {
    for (const auto& [known, facts] : run.models)
      for (const auto& [fact, value] : facts)
        if (known == model && fact == name) return value;
    FAIL("no fact " + name + " of " + model);
    return 0;
  }
};

std::vector<float> logits_of(const World& world, const Scorer& scorer) {
  std::vector<ItemId> items(50);
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<ItemId>(7 * i);
  std::vector<float> logits(items.size());
  scorer.score(CandidateFeatures(world.features(), 17, items), logits);
  return logits;
}

Learned learn(const Scenario& scenario) {
  CHECK(find_faults(scenario).empty());
  Universe universe(scenario.world, 11);
  Learned learned;
  learned.train = universe.logs(scenario, {}).train;
  DayWatch watch;
  watch.serving = [&](int, int, const std::string& model, const Scorer& scorer, int, int) {
    learned.logits[model].push_back(logits_of(universe.world(), scorer));
  };
  watch.logged = [&](int day, int, const LogTable& rows) {
    const auto served = static_cast<std::size_t>(day - scenario.logs.days);
    learned.logs.resize(std::max(learned.logs.size(), served + 1));
    LogTable& log = learned.logs[served];
    log.click.insert(log.click.end(), rows.click.begin(), rows.click.end());
  };
  learned.run = run_days(universe, scenario, 0, {}, watch);
  return learned;
}

Learned learn(std::initializer_list<std::string> changes) {
  std::vector<std::string> all = {"logs.days=2", kThreeDays, kFine, kLate};
  all.insert(all.end(), changes);
  Scenario scenario = tiny_scenario(all);
  return learn(scenario);
}

double clicks(const LogTable& log) {
  return static_cast<double>(std::count(log.click.begin(), log.click.end(), std::uint8_t{1}));
}

void check_same_metrics(const DaysRun& a, const DaysRun& b) {
  REQUIRE(a.metrics.size() == b.metrics.size());
  for (std::size_t m = 0; m < a.metrics.size(); ++m) {
    INFO(a.metrics[m].first);
    CHECK(std::to_string(a.metrics[m].second) == std::to_string(b.metrics[m].second));  // as text: NaN is NaN
  }
}

}  // namespace

TEST_CASE("over days a first training on one day of logs is the batch training, whatever is learned") {
  // On groups that no day changes.
  const std::string ids = "features: [user_id, item_id]";
  const std::string by_gmv = "funnel.ranking={kind: value, model: linear, conversion_model: one, by: gmv, keep: 5}";
  const std::string by_click = "funnel.ranking={kind: score, model: one, keep: 5}";
  const std::string teacher = "models.teacher={kind: logistic, features: [user_id, privileged]}";
  const std::vector<Scenario> scenarios = {
      tiny_scenario({kThreeDays, by_click, "models.one={kind: cold, hidden: [8], " + ids + "}"}),
      tiny_scenario(
          {kThreeDays, by_gmv,
           "models.one={kind: cold, hidden: [8], target: conversion, " + ids + ", train: {epochs: 2, batch: 32}}"}),
      tiny_scenario({kThreeDays, by_click,
                     "models.one={kind: multi_task, hidden: [8], tasks: [click, conversion, dwell], " + ids + "}"}),
      tiny_scenario(
          {kThreeDays, by_click, "models.one={kind: cold, hidden: [8], samples: {negatives: {EX: 2}}, " + ids + "}"}),
      tiny_scenario({kThreeDays, by_click, teacher,
                     "models.one={kind: cold, hidden: [8], distill: {teacher: teacher}, " + ids + "}"}),
      tiny_scenario({kThreeDays, by_click, teacher,
                     "models.one={kind: cold, hidden: [8], distill: {teacher: teacher, loss: listwise}, " + ids +
                         ", train: {epochs: 3, batch: 100}}"}),
  };
  for (const Scenario& scenario : scenarios) {
    INFO(scenario.models.back().second.model.kind);
    const Learned learned = learn(scenario);
    Universe universe(scenario.world, 11);
    const Scenario* const one[] = {&scenario};
    universe.train_all(one, 0, {});
    CHECK(learned.logits.at("one").front() == logits_of(universe.world(), *universe.model(scenario, "one", 0).scorer));
    CHECK(learned.logits.at("one").front() != learned.logits.at("one").back());
  }
}

TEST_CASE("days: weight 0 is no teacher, to the last bit; another weight is") {
  const Learned alone = learn({});
  const Learned weight_0 = learn({"models.towers.distill={teacher: late, weight: 0}"});
  const Learned taught = learn({"models.towers.distill={teacher: late}"});
  check_same_metrics(alone.run, weight_0.run);
  CHECK(weight_0.logits == alone.logits);
  CHECK(taught.logits.at("towers").front() != alone.logits.at("towers").front());
  CHECK(weight_0.run.models.size() == alone.run.models.size());  // nobody trained the teacher
}

TEST_CASE("days: a teacher goes on learning, its students pay for its passes, and it never serves") {
  const Learned alone = learn({});
  const Learned taught =
      learn({"models.towers.distill={teacher: late}", "models.late.freshness={update: every_n_days}"});
  CHECK(taught.logits.count("late") == 0);
  CHECK(taught.logits.size() == alone.logits.size());
  CHECK(taught.fact("late", "days_updates") == 1);
  CHECK(taught.fact("late", "days_samples") == 2 * 1000 + 2 * 300);
  // A row that is taught costs a third of what it costs the teacher to learn it. By a weight that is too small to
  // change a bit all pages are the same, and so is all other work.
  const Learned barely = learn({"models.towers.distill={teacher: late, weight: 1.0e-30}"});
  CHECK(barely.logits == alone.logits);
  const Scenario scenario = tiny_scenario({kLate});
  const ModelSpec& late = *find_model(scenario, "late");
  const World world(scenario.world, 11);
  const auto network = model_catalog().find("logistic")->maker.make(*late.model.parameters, world.features(), 0);
  CHECK(barely.fact("towers", "days_train_flops") - alone.fact("towers", "days_train_flops") ==
        Approx((2 * 1000 + 2 * 300) * network->flops_per_sample() / 3));
  // It is heard as it is at each training: one that learns no more teaches something else from the third day on.
  const Learned frozen = learn({"models.towers.distill={teacher: late}", "models.late.freshness={update: never}"});
  CHECK(frozen.logits.at("towers")[4] == taught.logits.at("towers")[4]);
  CHECK(frozen.logits.at("towers")[8] != taught.logits.at("towers")[8]);
}

TEST_CASE("days: students leave their teacher as it is, whether it serves or not") {
  const Learned alone = learn({});
  const Learned taught = learn({"models.towers.distill={teacher: linear}"});
  // The pages differ, and what is learned from them; the first day's models have learned from the same logs.
  CHECK(taught.logits.at("linear").front() == alone.logits.at("linear").front());
  CHECK(taught.logits.at("towers").front() != alone.logits.at("towers").front());
  // A teacher in closed form is fitted to the days so far.
  const Learned by_statistic = learn({"models.towers.distill={teacher: popular}"});
  CHECK(by_statistic.logits.at("popular").front() == alone.logits.at("popular").front());
  CHECK(by_statistic.logits.at("towers").front() != alone.logits.at("towers").front());
}

TEST_CASE("days: a warm-up counts the student's steps across days") {
  // 1000 rows a day of logs in one batch: two steps before the first day served. The third is taught.
  const Learned alone = learn({});
  const Learned late = learn({"models.towers.distill={teacher: fine, warm_up: {steps: 2}}"});
  CHECK(late.logits.at("towers")[3] == alone.logits.at("towers")[3]);
  CHECK(late.logits.at("towers")[4] != alone.logits.at("towers")[4]);
  const Learned later = learn({"models.towers.distill={teacher: fine, warm_up: {steps: 3}}"});
  CHECK(later.logits.at("towers")[7] == alone.logits.at("towers")[7]);
  CHECK(later.logits.at("towers")[8] != alone.logits.at("towers")[8]);
  // A network from scratch begins anew: here with the two steps of a window.
  const std::string scratch = "models.towers.freshness={update: daily, from_scratch: true, window: 2}";
  const Learned anew = learn({scratch, "models.towers.distill={teacher: fine, warm_up: {steps: 2}}"});
  CHECK(anew.logits.at("towers") == learn({scratch}).logits.at("towers"));
}

TEST_CASE("days: conversions are learned from the clicked rows, on line too") {
  for (const std::string& update : {std::string("daily"), std::string("online")}) {
    const Learned learned =
        learn({"models.buys={kind: logistic, target: conversion, freshness: {update: " + update + "}}",
               "funnel.ranking={kind: value, model: linear, conversion_model: buys, by: gmv, keep: 5}"});
    double rows = clicks(learned.train);
    for (std::size_t day = 0; day < 2; ++day) rows += clicks(learned.logs[day]);
    const double samples = learned.fact("buys", "days_samples");
    if (update == "daily") CHECK(samples == rows);
    if (update == "online") CHECK((samples >= rows && samples <= rows + clicks(learned.logs[2])));
    CHECK(rows > 50);
  }
}

TEST_CASE("days: what estimates conversions after the click is not held against clicks") {
  const auto ranking_is_judged = [](const std::string& by) {
    const Learned learned = learn(
        {"models.buys={kind: logistic, target: conversion}", "funnel.ranking={kind: value, keep: 5, " + by + "}"});
    return std::any_of(learned.run.metrics.begin(), learned.run.metrics.end(),
                       [](const auto& metric) { return metric.first == "days.ranking.gauc"; });
  };
  CHECK(ranking_is_judged("model: linear, conversion_model: buys, by: conversion"));
  CHECK_FALSE(ranking_is_judged("model: buys, by: after_click"));
}

TEST_CASE("days: samples over exposures are the clicks and so many others a request") {
  const Learned learned =
      learn({"models.towers.samples={negatives: {EX: 1}}", "models.towers.freshness={update: never}"});
  // Of a page the first row is labelled anyway, and every click.
  double rows = 0;
  const LogTable& log = learned.train;
  for (std::size_t row = 0; row < log.size(); ++row)
    if (row == 0 || log.request[row] != log.request[row - 1] || log.click[row] != 0) ++rows;
  CHECK(learned.fact("towers", "days_samples") == rows);
}

TEST_CASE("days: students of one teacher are the same bits on any number of threads") {
  std::vector<Learned> runs;
  for (const int threads : {1, 3}) {
    const ThreadLimit limit(threads);
    runs.push_back(learn({"models.towers.distill={teacher: fine, loss: pairwise}",
                          "models.towers.freshness={update: online}", "models.linear.distill={teacher: fine}",
                          "models.linear.freshness={update: online}", "models.fine.distill={teacher: late}"}));
  }
  check_same_metrics(runs[0].run, runs[1].run);
  CHECK(runs[0].logits == runs[1].logits);
}

TEST_CASE("days: plans count teachers and their passes") {
  const std::string teach = "models.towers.distill={teacher: late}";
  const Scenario scenario =
      tiny_scenario({"logs.days=2", kThreeDays, kLate, teach, "models.late.freshness={update: never}"});
  const DaysWork work = planned_days(scenario);
  CHECK(work.trainings == 3 + 3 + 1);  // towers and linear: the logs and two mornings; late: the logs
  CHECK(work.taught_rows == 2 * 1000 + 2 * 300);
  CHECK(work.train_rows == 2 * 2600 + 2000);
  CHECK(planned_days(tiny_scenario({"logs.days=2", kThreeDays})).taught_rows == 0);
}
