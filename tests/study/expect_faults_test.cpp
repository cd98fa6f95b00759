#include <catch2/catch.hpp>

#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const ScenarioFolder& folder() {
  static const ScenarioFolder one("cascade_expect_test");
  return one;
}

/// The faults of one expectation, beside variants `a` and `b`, of which `b` has a stage of another name.
std::string faults_of(const std::string& expectation) {
  return folder().faults(R"(variants:
  - {name: a}
  - {name: b, set: {funnel: [{name: gate, kind: popular, keep: 50}, {name: last, kind: oracle, keep: 5}]}}
expect:
  - {)" + expectation + "}\n");
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("expect: variants, numbers and stages that there are") {
  CHECK(faults_of("metric: value, of: a, above: b").empty());
  CHECK(faults_of("metric: value, of: a, above: \"0.5\", below: \"7\"").empty());
  CHECK(faults_of("metric: joint_recall@5, of: a, stage: recall, above: b, other_stage: gate").empty());
  CHECK(faults_of("metric: lost@10, of: b, stage: gate, near: \"0\", tolerance: 1").empty());
  CHECK(faults_of("metric: quota, of: a, stage: recall, near: \"80\"").empty());
  CHECK(faults_of("metric: overlap_fine@keep, of: a, stage: preranking, above: \"0\"").empty());
  CHECK(faults_of("metric: linear.train_flops, of: a, above: \"0\"").empty());
}

TEST_CASE("expect: variants and stages that there are not") {
  CHECK(faults_of("metric: value, of: A, above: b") ==
        "s.yaml:20:25: expect.0.of: there is none of that name; did you mean 'a'? (there are: a, b)");
  CHECK(has(faults_of("metric: value, of: a, above: c"), "expect.0.above: there is none of that name"));
  CHECK(has(faults_of("metric: lost@5, of: a, stage: gate, above: \"0\""),
            "expect.0.stage: there is none of that name (there are: recall, preranking, ranking)"));
  CHECK(has(faults_of("metric: lost@5, of: b, stage: gate, above: a"),
            "expect.0.stage: there is none of that name (there are: recall, preranking, ranking)"));
  CHECK(has(faults_of("metric: lost@5, of: a, stage: recall, above: b, other_stage: gaet"),
            "expect.0.other_stage: there is none of that name; did you mean 'gate'? (there are: gate, last)"));
}

TEST_CASE("expect: metrics that there are not, and k that are not measured") {
  const std::string unknown = faults_of("metric: valeu, of: a, above: b");
  CHECK(has(unknown,
            "s.yaml:20:14: expect.0.metric: there is none of that name; did you mean 'value'? (there are: "
            "joint_recall@k, "));
  CHECK(has(faults_of("metric: joint_recall@50, of: a, above: b"),
            "expect.0.metric: is not measured: see evaluate.truth_at"));
  CHECK(faults_of("metric: regret.ranking, of: a, below: 0.5").empty());
  CHECK(has(faults_of("metric: regret.rankin, of: a, below: 0.5"),
            "expect.0.metric: there is no stage of that name; did you mean 'regret.ranking'?"));
}

TEST_CASE("expect: noise of re-runs that nobody measures") {
  CHECK(has(faults_of("metric: value, of: a, above: b, beyond_rerun: true"),
            "expect.0.beyond_rerun: re-run noise is not measured: see evaluate.reruns and `rerun` of the variants"));
  const auto faults = [](const std::string& a, const std::string& b) {
    return folder().faults("variants: [{name: a, rerun: " + a + "}, {name: b, rerun: " + b +
                               "}]\nexpect: [{metric: value, of: a, above: b, beyond_rerun: true}]\n",
                           {"evaluate.reruns=true"});
  };
  CHECK(faults("true", "false").empty());  // that of one stands for both
  CHECK(faults("false", "true").empty());
  CHECK(has(faults("false", "false"), "re-run noise is not measured"));
}

TEST_CASE("expect: a line that expects nothing") {
  CHECK(faults_of("metric: value, of: a") == "s.yaml:20:5: expect.0: says neither above, below nor near");
}
