#include "config/writer.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/rng.h"
#include "config/yaml_reader.h"
#include "config/yaml_text.h"
#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;

MiniScenario scenario_of(std::string_view text) {
  Faults faults;
  MiniScenario scenario;
  read(Document::parse(text, "s.yaml", faults).root(), scenario, faults);
  REQUIRE(faults.text() == "");
  return scenario;
}

/// Doubles of every size, and the ones that printing gets wrong first.
double random_double(Rng& rng) {
  constexpr double kHard[] = {
      0.1,  1.0 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0, 1e15, 1e16, 123456.7,
      1e-7, 0.0,     -0.0};
  if (rng.bernoulli(0.2)) return kHard[rng.below(std::size(kHard))];
  while (true) {
    const double value = std::bit_cast<double>(rng.next_u64());
    if (std::isfinite(value)) return value;
  }
}

std::string random_text(Rng& rng) {
  const std::vector<std::string> parts = {"a",
                                          "Z",
                                          "0",
                                          "1",
                                          "-",
                                          ".",
                                          ":",
                                          " ",
                                          "#",
                                          "'",
                                          "\"",
                                          "\\",
                                          "\n",
                                          "\t",
                                          ",",
                                          "[",
                                          "]",
                                          "{",
                                          "}",
                                          "&",
                                          "*",
                                          "!",
                                          "|",
                                          ">",
                                          "%",
                                          "@",
                                          "`",
                                          "?",
                                          "é",
                                          "中",
                                          "~",
                                          "=",
                                          "<<",
                                          "yes",
                                          "null",
                                          "1e5",
                                          "true",
                                          ": ",
                                          " #",
                                          "\xC2\x85",
                                          "\xEF\xBB\xBF",
                                          "\xE2\x80\xA8",
                                          "---",
                                          "0x1",
                                          ".5"};
  std::string text;
  for (std::uint32_t n = rng.below(8); n > 0; --n) text += parts[rng.below(static_cast<std::uint32_t>(parts.size()))];
  return text;
}

std::string random_name(Rng& rng, std::size_t i) {
  return "n" + std::to_string(rng.below(1000)) + "_" + std::to_string(i);
}

/// Any values that a field may hold after reading, so that reading back compares exactly.
MiniScenario random_scenario(Rng& rng) {
  MiniScenario s;
  s.scenario = random_text(rng);
  s.question = random_text(rng);
  s.seed = rng.next_u64() >> 1;
  s.world.users = 1 + static_cast<int>(rng.below(10'000'000));
  s.world.items = 1 + static_cast<std::int64_t>(rng.next_u64() >> 2);
  s.world.noise = std::abs(random_double(rng));
  s.world.shops = rng.bernoulli(0.5);
  s.world.drift = static_cast<Drift>(rng.below(3));
  s.logs.days = 1 + static_cast<int>(rng.below(365));
  for (std::size_t i = rng.below(4); i > 0; --i) {
    Model model;
    model.prior = random_double(rng);
    if (rng.bernoulli(0.5)) {
      auto towers = std::make_unique<ParametersOf<TwoTower>>();
      towers->value.dim = 1 + static_cast<int>(rng.below(1024));
      towers->value.layers.assign(rng.below(40), 7);
      towers->value.distilled = rng.bernoulli(0.5);
      if (towers->value.distilled) towers->value.distill = {random_text(rng), rng.uniform()};
      model.spec.kind = "two_tower";
      model.spec.parameters = std::move(towers);
    } else {
      model.spec.kind = "cold";  // parameters: made by the visit, as for a default
    }
    s.models.emplace_back(random_name(rng, i), std::move(model));
  }
  for (std::size_t i = rng.below(4); i > 0; --i) {
    Stage stage;
    stage.name = random_name(rng, i);
    stage.model = random_text(rng);
    stage.keep = 1 + static_cast<int>(rng.below(1000));
    if (rng.bernoulli(0.5)) {
      auto blend = std::make_unique<ParametersOf<Blend>>();
      for (std::uint32_t n = rng.below(9); n > 0; --n) blend->value.channels.push_back(random_text(rng));
      stage.spec.kind = "blend";
      stage.spec.parameters = std::move(blend);
    }
    s.funnel.push_back(std::move(stage));
  }
  s.truth_at.clear();
  for (std::uint32_t n = rng.below(60); n > 0; --n) s.truth_at.push_back(1 + static_cast<int>(rng.below(1000)));
  for (std::uint32_t n = rng.below(60); n > 0; --n) s.quantiles.push_back(rng.uniform());
  s.served = rng.bernoulli(0.5);
  s.variants.resize(rng.below(3));
  for (std::size_t i = 0; i < s.variants.size(); ++i) {
    s.variants[i].name = random_name(rng, i);
    s.variants[i].set = {{"funnel.a.keep", "300"}, {random_name(rng, i), "[1, {a: null, b: [x, \"1\"]}]"}};
  }
  return s;
}

}  // namespace

TEST_CASE("the resolved scenario is readable and complete") {
  CHECK(yaml_text(to_node(scenario_of(kValid + "question: What is lost, and where?\nserving: {load: 0.1}\n"
                                               "variants: [{name: a}, {name: b, set: {logs.days: 4}}]\n"
                                               "sweep: {funnel.recall.keep: [10, 20]}\n"))) ==
        R"(scenario: mini
question: "What is lost, and where?"
seed: 1
world: {users: 1000, items: 50000, noise: 0.1, shops: true, drift: none}
logs: {days: 3}
models:
  towers: {kind: two_tower, dim: 16, layers: [64, 32], distill: null, prior: 0}
  cold: {kind: cold, select_groups: 12, rate: 0.5, prior: 0}
funnel:
  - {name: recall, kind: score, model: towers, keep: 2000}
  - {name: preranking, kind: blend, temperature: 1, channels: [a, b], model: cold, keep: 300}
truth_at: [10]
quantiles: []
serving: {load: 0.1}
variants:
  - {name: a, set: {}}
  - name: b
    set: {logs.days: 4}
sweep: {funnel.recall.keep: [10, 20]}
)");
}

TEST_CASE("writing and reading again gives the same values, bit for bit") {
  for (std::uint32_t i = 0; i < 500; ++i) {
    Rng rng(11, Stream::test, i);
    const MiniScenario scenario = random_scenario(rng);
    const Node tree = to_node(scenario);
    const std::string text = yaml_text(tree);
    INFO(text);
    Faults faults;
    const Node parsed = read_yaml(text, {"s.yaml", 1, 1}, faults);
    REQUIRE(faults.text() == "");
    REQUIRE(same_value(parsed, tree));
    MiniScenario again;
    read(parsed, again, faults);
    REQUIRE(faults.text() == "");
    REQUIRE(std::bit_cast<std::uint64_t>(again.world.noise) == std::bit_cast<std::uint64_t>(scenario.world.noise));
    REQUIRE(again.question == scenario.question);
    REQUIRE(yaml_text(to_node(again)) == text);
    REQUIRE(same_value(read_yaml(flow_text(tree), {"f", 1, 1}, faults), tree));
    REQUIRE(faults.text() == "");
  }
}

TEST_CASE("text is bare only where it can be nothing else") {
  for (const char* bare : {"mini", "two-tower", "joint_recall@10", "a b", "it's", "a/b.yaml", "nan", "_x", "e5"})
    CHECK(scalar_text(bare) == bare);
  CHECK(scalar_text("") == "\"\"");
  CHECK(scalar_text("yes") == "\"yes\"");
  CHECK(scalar_text("NO") == "\"NO\"");
  CHECK(scalar_text("true") == "\"true\"");
  CHECK(scalar_text("null") == "\"null\"");
  CHECK(scalar_text("1e5") == "\"1e5\"");
  CHECK(scalar_text("a ") == "\"a \"");
  CHECK(scalar_text("a: b") == "\"a: b\"");
  CHECK(scalar_text("what?") == "\"what?\"");
  CHECK(scalar_text("a, b") == "\"a, b\"");
  CHECK(scalar_text("a\"\\\n\x1b") == "\"a\\\"\\\\\\n\\x1B\"");
}

TEST_CASE("bare text of a block stays the same text in flow style") {
  Faults faults;
  const Node block = read_yaml("a: one, two]\nb:\n  - {c: 010}\n  - [x: 1, 2]\nd: |\n  e\n  f\n", {"f", 1, 1}, faults);
  const std::string flow = flow_text(block);
  CHECK(flow == "{a: \"one, two]\", b: [{c: 010}, [{x: 1}, 2]], d: \"e\\nf\\n\"}");
  CHECK(same_value(read_yaml(flow, {"f", 1, 1}, faults), block));
  CHECK(faults.text() == "");
}

TEST_CASE("settings are a flat list of paths and values") {
  const auto settings = settings_of(to_node(scenario_of(kValid)));
  const auto value = [&](const std::string& path) {
    for (const auto& [key, text] : settings)
      if (key == path) return text;
    return std::string("(none)");
  };
  CHECK(settings.front() == std::pair<std::string, std::string>("scenario", "mini"));
  CHECK(value("world.drift") == "none");
  CHECK(value("models.towers.layers") == "[64, 32]");
  CHECK(value("models.towers.distill") == "null");
  CHECK(value("funnel.preranking.keep") == "300");
  CHECK(value("funnel.preranking.channels") == "[a, b]");
  CHECK(value("question") == "\"\"");
  CHECK(value("sweep") == "{}");
}

TEST_CASE("values that no scenario can hold are our own fault") {
  Serving infinite;
  infinite.load = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(to_node(infinite), InternalError);
  MiniScenario large;
  large.seed = std::numeric_limits<std::uint64_t>::max();
  CHECK_THROWS_AS(to_node(large), InternalError);
}

}  // namespace cascade::config
