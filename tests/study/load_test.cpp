#include <catch2/catch.hpp>

#include "base/errors.h"
#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const ScenarioFolder& folder() {
  static const ScenarioFolder one("cascade_load_test");
  return one;
}

std::vector<std::string> names_of(const Study& study) {
  std::vector<std::string> names;
  for (const StudyPoint& point : study.points) names.push_back(point.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("study: a scenario alone is one point") {
  const Study study = folder().load("");
  CHECK(names_of(study) == Names{"base"});
  CHECK(study.file.scenario.name == "tiny");
  CHECK(study.points[0].scenario.funnel[0].keep == 80);
}

TEST_CASE("study: a variant changes what it sets, the others what they set") {
  const Study study = folder().load(R"(variants:
  - {name: as it is}
  - {name: narrow, set: {funnel.preranking.keep: 7}}
  - {name: other kind, set: {funnel.preranking: {kind: logistic, model: linear, keep: 9}}}
  - {name: other world, set: {world: {use: tiny, dim: 3}, models.extra: {kind: statistic, prior_weight: 3}}}
)");
  CHECK(names_of(study) == Names{"as it is", "narrow", "other kind", "other world"});
  CHECK(study.points[0].scenario.funnel[1].keep == 20);
  CHECK(study.points[1].scenario.funnel[1].keep == 7);
  CHECK(study.points[1].scenario.funnel[1].stage.kind == "statistic");
  CHECK(study.points[2].scenario.funnel[1].name == "preranking");
  CHECK(study.points[2].scenario.funnel[1].stage.kind == "logistic");
  CHECK(study.points[3].scenario.world.items == 1000);
  CHECK(study.points[3].scenario.world.dim == 3);
  CHECK(study.points[3].scenario.models.size() == 4);
  CHECK(study.points[0].scenario.models.size() == 3);
}

TEST_CASE("study: with re-runs, a variant is trained twice unless it says otherwise") {
  const std::string variants = "variants: [{name: a}, {name: b, rerun: false}]\n";
  const Study with = folder().load(variants, {"evaluate.reruns=true"});
  CHECK(with.points[0].scenario.evaluate.reruns);
  CHECK_FALSE(with.points[1].scenario.evaluate.reruns);
  CHECK(with.file.scenario.evaluate.reruns);
  CHECK_FALSE(folder().load(variants).points[0].scenario.evaluate.reruns);
}

TEST_CASE("study: a sweep is a grid, the last axis fastest, for every variant") {
  const Study study = folder().load(R"(variants:
  - {name: a}
  - {name: b, set: {funnel.ranking.keep: 3}}
sweep: {funnel.preranking.keep: [10, 20], world.truth.cross: [0, 0.5]}
)");
  CHECK(names_of(study) == Names{"a keep=10, cross=0", "a keep=10, cross=0.5", "a keep=20, cross=0",
                                 "a keep=20, cross=0.5", "b keep=10, cross=0", "b keep=10, cross=0.5",
                                 "b keep=20, cross=0", "b keep=20, cross=0.5"});
  CHECK(study.points[5].scenario.funnel[1].keep == 10);
  CHECK(study.points[5].scenario.world.truth.cross == 0.5);
  CHECK(study.points[5].scenario.funnel[2].keep == 3);
  CHECK(study.points[5].swept == std::vector<std::pair<std::string, std::string>>{{"funnel.preranking.keep", "10"},
                                                                                  {"world.truth.cross", "0.5"}});
  // The baseline file is not at any point of the sweep.
  CHECK(study.file.scenario.funnel[1].keep == 20);
}

TEST_CASE("study: paired axes move together; paths that end alike are told apart by a step more") {
  const Study study =
      folder().load("sweep: {paired: true, funnel.recall.keep: [40, 80], funnel.preranking.keep: [10, 20]}\n");
  CHECK(names_of(study) == Names{"base recall.keep=40, preranking.keep=10", "base recall.keep=80, preranking.keep=20"});
  CHECK(study.points[0].scenario.funnel[0].keep == 40);
  CHECK(study.points[0].scenario.funnel[1].keep == 10);
  const Study deeper = folder().load(
      "sweep: {funnel.recall.keep: [40], models.linear.train.epochs: [1], models.towers.train.epochs: [2]}\n");
  CHECK(names_of(deeper) == Names{"base keep=40, linear.train.epochs=1, towers.train.epochs=2"});
}

TEST_CASE("study: what variants and sweeps set goes before --set, which goes before the file") {
  const std::string more = R"(variants:
  - {name: a}
  - {name: b, set: {funnel.preranking.keep: 7}}
)";
  const Study study = folder().load(more, {"funnel.preranking.keep=12", "funnel.ranking.keep=4", "seed=9"});
  CHECK(study.points[0].scenario.funnel[1].keep == 12);
  CHECK(study.points[1].scenario.funnel[1].keep == 7);
  CHECK(study.points[1].scenario.funnel[2].keep == 4);
  CHECK(study.file.scenario.seed == 9);
  CHECK(study.points[1].scenario.seed == 9);
  // The later of two goes before the earlier.
  CHECK(folder().load("", {"seed=1", "seed=2"}).file.scenario.seed == 2);
  // Variants and sweep themselves can be set.
  CHECK(names_of(folder().load(more, {"variants=[{name: only}]"})) == Names{"only"});
  CHECK(names_of(folder().load(more, {"variants.b.set={funnel.preranking.keep: 6}"})) == Names{"a", "b"});
  CHECK(folder().load(more, {"sweep={funnel.ranking.keep: [1, 2, 3]}"}).points.size() == 6);
}

TEST_CASE("study: parts come from the nearest configs above the scenario") {
  CHECK(find_configs(folder().path() / "s.yaml") == folder().path() / "configs");
  std::filesystem::create_directories(folder().path() / "deep" / "deeper");
  CHECK(find_configs(folder().path() / "deep" / "deeper" / "s.yaml") == folder().path() / "configs");
  std::filesystem::create_directories(folder().path() / "near" / "configs" / "worlds");
  CHECK(find_configs(folder().path() / "near" / "s.yaml") == folder().path() / "near" / "configs");
}

TEST_CASE("study: faults of the whole scenario stand at their places, those of variants too") {
  CHECK(folder().faults("", {"funnel.ranking.keep=30"}) ==
        "--set:1:21: funnel.2.keep: a quota cannot grow: stage 'ranking' keeps 30 of the 20 that 'preranking' passes "
        "on");
  CHECK(folder().faults("variants:\n  - {name: a}\n  - {name: b, set: {funnel.preranking.model: linear}}\n") ==
        "s.yaml:18:46: funnel.1.model: this stage needs a model of kind 'statistic', but 'linear' is a 'logistic'");
  // Once, however many points have it.
  CHECK(folder().faults("budget: {enforce: true}\nsweep: {funnel.ranking.keep: [1, 2, 3]}\n") ==
        "s.yaml:16:19: budget.enforce: there is no limit to enforce: give flops or us");
}

TEST_CASE("study: faults of sweeps") {
  CHECK(folder().faults("sweep: {funnel.ranking.keep: 3}\n") ==
        "s.yaml:16:9: sweep.funnel.ranking.keep: must be a list of values, one a point, got 3");
  CHECK(folder().faults("sweep: {funnel.ranking.keep: []}\n") ==
        "s.yaml:16:9: sweep.funnel.ranking.keep: must be a list of values, one a point, got an empty list");
  CHECK(folder().faults("sweep: {paired: maybe, funnel.ranking.keep: [1]}\n") ==
        "s.yaml:16:17: sweep.paired: must be true or false, got maybe");
  CHECK(folder().faults("sweep: {paired: true, funnel.ranking.keep: [1, 2], funnel.recall.keep: [40]}\n") ==
        "s.yaml:16:52: sweep.funnel.recall.keep: paired axes need equally many values: 1 here, 2 in "
        "funnel.ranking.keep");
  CHECK(folder().faults("sweep: {funnel.ranking.keep: [3, 3]}\n") ==
        "s.yaml:16:8: sweep: two points are called 'base keep=3'");
  CHECK(folder().faults("sweep: {funnel.ranking.keeps: [3, 4]}\n").find("keeps") != std::string::npos);
  // A point whose quotas do not fit is a fault at the value.
  CHECK(folder().faults("sweep: {funnel.preranking.keep: [10, 90]}\n") ==
        "s.yaml:16:38: funnel.1.keep: a quota cannot grow: stage 'preranking' keeps 90 of the 80 that 'recall' passes "
        "on");
}

TEST_CASE("study: what all points share cannot differ between them") {
  const std::string shared = " cannot differ between variants: they are compared on it";
  for (const std::string path : {"evaluate.requests", "seed", "expect", "variants"}) {
    CHECK(folder().faults("sweep: {" + path + ": [1, 2]}\n").find(path + ":" + shared) != std::string::npos);
    CHECK(folder().faults("variants: [{name: a, set: {" + path + ": 1}}]\n").find(path + ":" + shared) !=
          std::string::npos);
  }
}

TEST_CASE("study: a missing file, and one that is no scenario") {
  CHECK_THROWS_AS(load_study(folder().path() / "none.yaml"), IoError);
  CHECK_THROWS_AS(load_study(folder().write("list.yaml", "[1, 2]\n")), config::ConfigError);
  CHECK_THROWS_AS(load_study(folder().write("empty.yaml", "")), config::ConfigError);
}

TEST_CASE("study: a trace of arrivals is read beside the scenario, and resolved into its rates") {
  folder().write("day.csv", "qps\n100\n300\n50\n");
  const Study study =
      folder().load("serving: {qps: 10, limit_ms: 5, arrivals: {kind: trace, file: day.csv, step_s: 2}}\n");
  const ArrivalsParams& arrivals = study.points[0].scenario.serving.arrivals;
  CHECK(arrivals.rates == std::vector<double>{100, 300, 50});
  CHECK(arrivals.file.empty());
  const std::string again = std::string(study.resolved);
  const Study resolved = load_study(folder().write("resolved.yaml", again));
  CHECK(resolved.points[0].scenario.serving.arrivals.rates == arrivals.rates);
  CHECK(resolved.resolved == again);
  const std::string trace = "serving: {qps: 10, limit_ms: 5, arrivals: {kind: trace, ";
  CHECK(folder().faults(trace + "file: none.csv}}\n").find("serving.arrivals.file: ") != std::string::npos);
  CHECK(folder().faults(trace + "file: day.csv, rates: [1]}}\n").find("a trace has a file or rates, not both") !=
        std::string::npos);
  CHECK(folder().faults(trace + "step_s: 1}}\n").find("a trace needs a file, or rates of which one is above 0") !=
        std::string::npos);
}

TEST_CASE("study: a load is for all variants; they may change it") {
  const std::string load = "serving: {qps: 10, limit_ms: 5}\n";
  const Study study = folder().load(load + "variants: [{name: a}, {name: b, set: {serving.every.workers: 7}}]\n");
  CHECK(study.points[0].scenario.serving.every.workers == 1);
  CHECK(study.points[1].scenario.serving.every.workers == 7);
  CHECK(folder()
            .faults("variants: [{name: a}, {name: b, set: {serving: {qps: 10, limit_ms: 5}}}]\n")
            .find("serving: give it in the scenario itself: variants are compared on its metrics") !=
        std::string::npos);
  CHECK(folder().faults("serving: {qps: 10}\n").find("serving.limit_ms") != std::string::npos);
  CHECK(folder().load("").resolved.find("serving") == std::string::npos);
}
