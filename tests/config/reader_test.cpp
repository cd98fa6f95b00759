#include "config/reader.h"

#include <catch2/catch.hpp>
#include <limits>

#include "config/scalars.h"
#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;

/// The faults of the valid scenario with one text put in place of another.
std::string faults_with(const std::string& old, const std::string& fresh) {
  std::string text = kValid;
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  return faults_of(text.replace(at, old.size(), fresh));
}

std::string faults_with(const std::string& more) { return faults_of(kValid + more); }

MiniScenario scenario_of(std::string_view text) {
  Faults faults;
  MiniScenario scenario;
  read(Document::parse(text, "s.yaml", faults).root(), scenario, faults);
  REQUIRE(faults.text() == "");
  return scenario;
}

}  // namespace

TEST_CASE("a scenario fills its structs, and what it leaves out keeps its default") {
  const MiniScenario s = scenario_of(kValid +
                                     "truth_at: [5, 50]\nquantiles: [0.5, .99, 1]\nserving: {load: 2e3}\n"
                                     "world: {drift: fast, shops: false, items: 9007199254740993}\n"
                                     "variants: [{name: a}, {name: b, set: {funnel.recall.keep: 5}}]\n");
  CHECK(s.scenario == "mini");
  CHECK(s.seed == 1);
  CHECK(s.logs.days == 3);
  CHECK(s.world.users == 1000);
  CHECK(s.world.items == 9007199254740993);  // 2^53 + 1: no detour over double
  CHECK(s.world.drift == Drift::fast);
  CHECK_FALSE(s.world.shops);
  CHECK(s.truth_at == std::vector<int>{5, 50});
  CHECK(s.quantiles == std::vector<double>{0.5, 0.99, 1});
  CHECK(s.served);
  CHECK(s.serving.load == 2000);
  REQUIRE(s.models.size() == 2);
  CHECK(s.models[0].first == "towers");
  CHECK(parameters_as<TwoTower>(*s.models[0].second.spec.parameters).dim == 16);
  CHECK_FALSE(parameters_as<TwoTower>(*s.models[0].second.spec.parameters).distilled);
  CHECK(parameters_as<Cold>(*s.models[1].second.spec.parameters).rate == 0.5);
  REQUIRE(s.funnel.size() == 2);
  CHECK(s.funnel[0].spec.kind == "score");
  CHECK(s.funnel[0].spec.parameters != nullptr);
  CHECK(s.funnel[1].model == "cold");
  CHECK(s.funnel[1].keep == 300);
  CHECK(parameters_as<Blend>(*s.funnel[1].spec.parameters).channels == std::vector<std::string>{"a", "b"});
  CHECK(s.variants[1].set == std::vector<std::pair<std::string, std::string>>{{"funnel.recall.keep", "5"}});
}

TEST_CASE("an unknown key is named with the nearest one and all there are") {
  CHECK(faults_with("modles: {}\n") ==
        "s.yaml:9:1: modles: unknown key; did you mean 'models'? (there are: scenario, question, seed, world, logs, "
        "models, funnel, truth_at, quantiles, serving, variants, sweep)");
  CHECK(faults_with("world: {xyz: 1}\n") ==
        "s.yaml:9:9: world.xyz: unknown key (there are: users, items, noise, shops, drift)");
}

TEST_CASE("keys of the kind and keys around it are known, those of another kind are said to be") {
  CHECK(
      faults_with("rate: 0.5", "rat: 0.5") ==
      "s.yaml:5:22: models.cold.rat: unknown key; did you mean 'rate'? (there are: kind, select_groups, rate, prior)");
  CHECK(faults_with("dim: 16", "rate: 0.5") ==
        "s.yaml:4:29: models.towers.rate: unknown key for kind 'two_tower' (kind 'cold' has it) (there are: kind, dim, "
        "layers, distill, prior)");
  CHECK(
      faults_with("model: towers", "channels: [a]") ==
      "s.yaml:7:20: funnel.recall.channels: unknown key for kind 'score' (kind 'blend' has it) (there are: name, kind, "
      "model, keep)");
}

TEST_CASE("an unknown or missing kind is one fault, whatever its fields") {
  CHECK(faults_with("kind: cold, rate", "kind: colt, whatever: 1, rate") ==
        "s.yaml:5:16: models.cold.kind: unknown kind, got colt; did you mean 'cold'? (there are: two_tower, cold)");
  CHECK(faults_with("kind: cold, rate", "rate") ==
        "s.yaml:5:3: models.cold.kind: required, but not given (there are: two_tower, cold)");
  CHECK(faults_with("kind: cold, rate", "kind: [cold], rate") ==
        "s.yaml:5:16: models.cold.kind: unknown kind, got a list (there are: two_tower, cold)");
}

TEST_CASE("what is required and missing is reported at the mapping") {
  CHECK(faults_with("days: 3", "") == "s.yaml:2:1: logs.days: required, but not given");
  CHECK(faults_with("logs: {days: 3}\n", "") == "s.yaml:1:1: logs: required, but not given");
  CHECK(faults_with(", keep: 300", "") == "s.yaml:8:5: funnel.preranking.keep: required, but not given");
  CHECK(faults_with("name: recall, ", "") == "s.yaml:7:5: funnel.0.name: required, but not given");
  CHECK(faults_with("dim: 16", "distill: {weight: 0.1}") ==
        "s.yaml:4:29: models.towers.distill.teacher: required, but not given");
}

TEST_CASE("a value of the wrong type says what was expected") {
  CHECK(faults_with("truth_at: 10\n") == "s.yaml:9:11: truth_at: expected a list, got 10; did you mean '[10]'?");
  CHECK(faults_with("truth_at: {a: 1}\n") == "s.yaml:9:11: truth_at: expected a list, got a mapping");
  CHECK(faults_with("truth_at: [10, x, 2000]\n") ==
        "s.yaml:9:16: truth_at.1: expected a whole number, got x\n"
        "s.yaml:9:19: truth_at.2: must be between 1 and 1000, got 2000");
  CHECK(faults_with("world: 5\n") == "s.yaml:9:8: world: expected a mapping (key: value), got 5");
  CHECK(faults_with("world:\n") == "s.yaml:9:1: world: expected a mapping (key: value), got nothing");
  CHECK(faults_with("world: [a]\n") == "s.yaml:9:8: world: expected a mapping (key: value), got a list");
  CHECK(faults_with("{kind: cold, rate: 0.5}", "cold") ==
        "s.yaml:5:9: models.cold: expected a mapping (key: value), got cold");
  CHECK(faults_with("  - {name: recall, model: towers, keep: 2000}", "  - recall") ==
        "s.yaml:7:5: funnel.0: expected a mapping (key: value), got recall");
  CHECK(faults_with("world: {users: [1]}\n") == "s.yaml:9:16: world.users: expected a whole number, got a list");
  CHECK(faults_with("world: {users: }\n") == "s.yaml:9:9: world.users: expected a whole number, got nothing");
  CHECK(faults_with("world: {users: null}\n") == "s.yaml:9:16: world.users: expected a whole number, got null");
  CHECK(faults_with("sweep: [a]\n") == "s.yaml:9:8: sweep: expected a mapping (key: value), got a list");
  CHECK(faults_of("- a\n") == "s.yaml:1:1: expected a mapping (key: value), got a list");
  CHECK(faults_of("a:1\n") == "s.yaml:1:1: expected a mapping (key: value), got a:1");
  CHECK(faults_of("~\n") == "s.yaml:1:1: expected a mapping (key: value), got ~");
}

TEST_CASE("whole numbers are plain decimals within bounds") {
  const auto with = [](const std::string& users) {
    const std::string fault = faults_with("world: {users: " + users + "}\n");
    const std::string place = "s.yaml:9:16: world.users: ";
    return fault.starts_with(place) ? fault.substr(place.size()) : fault;
  };
  CHECK(with("10000000") == "");
  CHECK(with("+5") == "");
  CHECK(with("0") == "must be between 1 and 10000000, got 0");
  CHECK(with("-3") == "must be between 1 and 10000000, got -3");
  CHECK(with("4294967296") == "must be between 1 and 10000000, got 4294967296");
  CHECK(with("99999999999999999999") == "must be between 1 and 10000000, got 99999999999999999999");
  CHECK(with("010") ==
        "expected a whole number without leading zeros (YAML 1.1 reads them as octal), got 010; did you "
        "mean '10'?");
  CHECK(with("0x1F") == "expected a whole number, got 0x1F; did you mean '31'?");
  CHECK(with("0o17") == "expected a whole number, got 0o17; did you mean '15'?");
  CHECK(with("1_000") == "expected a whole number, got 1_000; did you mean '1000'?");
  CHECK(with("1e3") == "expected a whole number, got 1e3; did you mean '1000'?");
  CHECK(with("2.0") == "expected a whole number, got 2.0; did you mean '2'?");
  CHECK(with("2.5") == "expected a whole number, got 2.5");
  CHECK(with("\"12\"") == "expected a whole number, got \"12\"; did you mean '12'?");
  CHECK(with("12 k") == "expected a whole number, got 12 k");
  CHECK(with("true") == "expected a whole number, got true");
  CHECK(with(".nan") == "expected a whole number, got .nan");
  CHECK(faults_with("world: {items: 9223372036854775807}\n") == "");
  CHECK(faults_with("world: {items: 9223372036854775808}\n") ==
        "s.yaml:9:16: world.items: must be at most 9223372036854775807, got 9223372036854775808");
  CHECK(faults_with("world: {items: -9223372036854775809}\n") ==
        "s.yaml:9:16: world.items: must be at least 1, got -9223372036854775809");
  CHECK(faults_with("seed: 18446744073709551615\n") ==
        "s.yaml:9:7: seed: must be at most 9223372036854775807, got 18446744073709551615");
  CHECK(faults_with("seed: -1\n") == "s.yaml:9:7: seed: must be at least 0, got -1");
  CHECK(scenario_of(kValid + "seed: 9223372036854775807\n").seed == 9223372036854775807ULL);
}

TEST_CASE("numbers are finite decimals within bounds") {
  const auto with = [](const std::string& noise) {
    const std::string fault = faults_with("world: {noise: " + noise + "}\n");
    const std::string place = "s.yaml:9:16: world.noise: ";
    return fault.starts_with(place) ? fault.substr(place.size()) : fault;
  };
  for (const char* fine :
       {"0", "1", "1.5", ".5", "1.", "1e-3", "1.5E+10", "-0", "+2.5", "4.9e-324", "1.7976931348623157e308"})
    CHECK(with(fine) == "");
  CHECK(with("-1e-9") == "must be at least 0, got -1e-9");
  CHECK(with(".nan") == "expected a finite number, got .nan");
  CHECK(with("nan") == "expected a finite number, got nan");
  CHECK(with(".inf") == "expected a finite number, got .inf");
  CHECK(with("-.Inf") == "expected a finite number, got -.Inf");
  CHECK(with("Infinity") == "expected a finite number, got Infinity");
  CHECK(with("1e309") == "too large or too small for a number, got 1e309");
  CHECK(with("1e-400") == "too large or too small for a number, got 1e-400");
  CHECK(with("010.5") == "expected a number without leading zeros, got 010.5; did you mean '10.5'?");
  CHECK(with("1_0.5") == "expected a number, got 1_0.5; did you mean '10.5'?");
  CHECK(with("0x1p3") == "expected a number, got 0x1p3");
  CHECK(with("'0.5'") == "expected a number, got \"0.5\"; did you mean '0.5'?");
  CHECK(with("1,5").starts_with("s.yaml:9:18: world.5: unknown key"));  // two entries in flow style
  CHECK(faults_with("rate: 0.5", "rate: 1") == "s.yaml:5:28: models.cold.rate: must be above 0 and below 1, got 1");
  CHECK(faults_with("rate: 0.5", "rate: 0") == "s.yaml:5:28: models.cold.rate: must be above 0 and below 1, got 0");
  CHECK(faults_with("quantiles: [0.5, 1.5]\n") == "s.yaml:9:18: quantiles.1: must be between 0 and 1, got 1.5");
}

TEST_CASE("true and false are written so") {
  const auto with = [](const std::string& shops) {
    const std::string fault = faults_with("world: {shops: " + shops + "}\n");
    const std::string place = "s.yaml:9:16: world.shops: ";
    return fault.starts_with(place) ? fault.substr(place.size()) : fault;
  };
  CHECK(with("true") == "");
  CHECK(with("yes") == "expected true or false, got yes; did you mean 'true'?");
  CHECK(with("On") == "expected true or false, got On; did you mean 'true'?");
  CHECK(with("TRUE") == "expected true or false, got TRUE; did you mean 'true'?");
  CHECK(with("no") == "expected true or false, got no; did you mean 'false'?");
  CHECK(with("off") == "expected true or false, got off; did you mean 'false'?");
  CHECK(with("0") == "expected true or false, got 0; did you mean 'false'?");
  CHECK(with("\"true\"") == "expected true or false, got \"true\"; did you mean 'true'?");
  CHECK(with("2") == "expected true or false, got 2");
}

TEST_CASE("text that YAML takes for something else must be in quotes") {
  CHECK(faults_with("mini", "2024") ==
        "s.yaml:1:11: scenario: expected text (in quotes, if this is meant), got 2024; did you mean '\"2024\"'?");
  CHECK(faults_with("mini", "true") ==
        "s.yaml:1:11: scenario: expected text (in quotes, if this is meant), got true; did you mean '\"true\"'?");
  CHECK(faults_with("mini", "~") == "s.yaml:1:11: scenario: expected text, got ~");
  CHECK(faults_with("mini", "\"a\\x1b[31m\"") ==
        "s.yaml:1:11: scenario: expected text without control characters, got \"a\\x1b[31m\"");
  CHECK(scenario_of(kValid + "question: '2024'\n").question == "2024");
  CHECK(scenario_of(kValid + "question: no\n").question == "no");
  CHECK(scenario_of(kValid + "question: 1 of 2\n").question == "1 of 2");
}

TEST_CASE("a choice is one of its names") {
  CHECK(faults_with("world: {drift: fasst}\n") ==
        "s.yaml:9:16: world.drift: not one of the choices, got fasst; did you mean 'fast'? (there are: none, slow, "
        "fast)");
  CHECK(faults_with("world: {drift: 3}\n") ==
        "s.yaml:9:16: world.drift: not one of the choices, got 3 (there are: none, slow, fast)");
  CHECK(faults_with("world: {drift: }\n") ==
        "s.yaml:9:9: world.drift: not one of the choices, got nothing (there are: none, slow, fast)");
}

TEST_CASE("names in lists are unique and names in maps are plain") {
  CHECK(faults_with("name: preranking", "name: recall") ==
        "s.yaml:8:12: funnel.1.name: the name is taken, first at 7:12, got recall");
  CHECK(faults_with("  cold: ", "  a.b: ") ==
        "s.yaml:5:3: models: a name is made of letters, digits, '_' and '-', got \"a.b\"");
}

TEST_CASE("an optional part can be switched off with null") {
  CHECK(faults_with("serving: null\n") == "");
  CHECK(faults_with("serving:\n") == "s.yaml:9:1: serving: expected a mapping (key: value), got nothing");
  CHECK(faults_with("serving: false\n") == "s.yaml:9:10: serving: expected a mapping (key: value), got false");
  Faults faults;
  MiniScenario scenario;
  scenario.served = true;
  read(Document::parse(kValid + "serving: null\n", "s.yaml", faults).root(), scenario, faults);
  CHECK(faults.text() == "");
  CHECK_FALSE(scenario.served);
}

TEST_CASE("all faults come at once, in the order of their lines") {
  CHECK(
      faults_of("scenario: 7\n"
                "logs: {days: 0, dayz: 3}\n"
                "models:\n"
                "  towers: {kind: two_towers}\n"
                "  cold: {kind: cold, rate: fast}\n"
                "world: {users: 1, users: 2}\n"
                "funnel:\n"
                "  - {name: recall}\n") ==
      "s.yaml:1:11: scenario: expected text (in quotes, if this is meant), got 7; did you mean '\"7\"'?\n"
      "s.yaml:2:14: logs.days: must be between 1 and 365, got 0\n"
      "s.yaml:2:17: logs.dayz: unknown key; did you mean 'days'? (there are: days)\n"
      "s.yaml:4:18: models.towers.kind: unknown kind, got two_towers; did you mean 'two_tower'? (there are: two_tower, "
      "cold)\n"
      "s.yaml:5:28: models.cold.rate: expected a number, got fast\n"
      "s.yaml:6:19: world.users: the key is given twice, first at 6:9\n"
      "s.yaml:8:5: funnel.recall.keep: required, but not given");
}

TEST_CASE("a broken value gives no second fault") {
  CHECK(faults_with("days: 3", "days: *x").starts_with("s.yaml:2:14: not valid YAML"));
  CHECK(faults_with("days: 3", "days: &x 3, &y days: *x").find("required") == std::string::npos);
}

TEST_CASE("throw_if_any throws all faults as one ConfigError") {
  Faults faults;
  faults.throw_if_any();
  faults.add({"s.yaml", 3, 4}, "a.b", "is wrong", choose_from("colt", std::vector<std::string>{"cold", "hot"}));
  faults.add({"s.yaml", 1, 2}, "", "is odd", but_got("7"));
  faults.add({"s.yaml", 1, 2}, "", "is odd", but_got("7"));
  CHECK(faults.size() == 2);
  CHECK_THROWS_WITH(
      faults.throw_if_any(),
      "s.yaml:1:2: is odd, got 7\ns.yaml:3:4: a.b: is wrong; did you mean 'cold'? (there are: cold, hot)");
  CHECK_THROWS_AS(faults.throw_if_any(), InputError);
}

TEST_CASE("checks after reading point at the value") {
  Faults faults;
  const Document document = Document::parse(kValid, "s.yaml", faults);
  faults.add_at(document, "funnel.preranking.model", "no such model",
                choose_from("colt", std::vector<std::string>{"towers", "cold"}));
  faults.add_at(document, "funnel.recall.channels.3", "is missing");
  CHECK(faults.text() ==
        "s.yaml:7:5: funnel.recall.channels.3: is missing\n"
        "s.yaml:8:62: funnel.preranking.model: no such model; did you mean 'cold'? (there are: towers, cold)");
}

TEST_CASE("a list or map given replaces the default one, element by element") {
  struct Holder {
    std::vector<Logs> list = {{7}, {8}};
    std::vector<std::pair<std::string, World>> map = {{"a", World{}}};
    void fields(FieldVisitor& v) {
      v.list("list", list, "");
      v.named_map("map", map, "");
    }
  } holder;
  holder.map[0].second.users = 5;
  Faults faults;
  read(Document::parse("list: [{days: 1}]\nmap: {a: {items: 3}}\n", "s.yaml", faults).root(), holder, faults);
  CHECK(faults.text() == "");
  REQUIRE(holder.list.size() == 1);
  CHECK(holder.list[0].days == 1);
  CHECK(holder.map[0].second.users == 1000);  // the struct's default, not that of the default entry
  CHECK(holder.map[0].second.items == 3);
}

TEST_CASE("a struct that lists a field twice is our own fault") {
  struct Twice {
    int a = 0;
    void fields(FieldVisitor& v) {
      v.field("a", a, "");
      v.field("a", a, "");
    }
  } twice;
  Faults faults;
  const Document document = Document::parse("a: 1\n", "s.yaml", faults);
  CHECK_THROWS_AS(read(document.root(), twice, faults), InternalError);
}

TEST_CASE("a broken file without its faults is our own fault, never a silent default") {
  Faults first, second;
  const Document document = Document::parse("a: [", "s.yaml", first);
  Logs logs;
  CHECK_THROWS_AS(read(document.root(), logs, second), InternalError);
}

TEST_CASE("whole numbers are compared with bounds without rounding") {
  const std::int64_t above_2_53 = 9007199254740993;
  CHECK_FALSE(inside(above_2_53, at_least(9007199254740994.0)));
  CHECK_FALSE(inside(above_2_53, between(0, 9007199254740992.0)));
  CHECK(inside(std::int64_t{3}, between(2.5, 3.5)));
  CHECK_FALSE(inside(std::int64_t{3}, between(3.5, 4)));
  CHECK_FALSE(inside(std::int64_t{3}, above(3)));
  CHECK(inside(std::numeric_limits<std::int64_t>::max(), at_least(0)));
  CHECK(inside(std::numeric_limits<std::int64_t>::min(), Bounds{}));
  CHECK_FALSE(inside(std::numeric_limits<std::int64_t>::max(), between(0, 9223372036854774784.0)));
}

TEST_CASE("bounds are told with both ends") {
  CHECK(bounds_text({}) == "");
  CHECK(bounds_text(between(1, 1e6)) == "between 1 and 1000000");
  CHECK(bounds_text(at_least(0.5)) == "at least 0.5");
  CHECK(bounds_text(above(0)) == "above 0");
  CHECK(bounds_text(above_below(0, 1)) == "above 0 and below 1");
  CHECK(bounds_text({0, 1, true, false}) == "above 0 and at most 1");
}

}  // namespace cascade::config
