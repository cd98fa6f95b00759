#include "config/document.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/errors.h"
#include "base/files.h"
#include "config/text_check.h"
#include "config/yaml_reader.h"
#include "config/yaml_text.h"
#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;

/// The valid scenario after --set of each assignment; its faults as text.
struct Changed {
  Document document;
  std::string faults;
};
Changed with_sets(std::vector<std::string> assignments, const std::string& text = kValid) {
  Faults faults;
  Document document = Document::parse(text, "s.yaml", faults);
  for (const std::string& assignment : assignments)
    document.set(override_from_text(assignment, "--set", faults), faults);
  MiniScenario scenario;
  if (faults.empty()) read(document.root(), scenario, faults);
  return {document, faults.text()};
}

std::string value_at(const Document& document, std::string_view path) {
  const Node* node = document.root().find(path);
  return node == nullptr ? "(none)" : flow_text(*node);
}

}  // namespace

TEST_CASE("values are found by key, by the name of an element and by position") {
  Faults faults;
  const Document document = Document::parse(kValid, "s.yaml", faults);
  CHECK(value_at(document, "logs.days") == "3");
  CHECK(value_at(document, "funnel.preranking.keep") == "300");
  CHECK(value_at(document, "funnel.1.keep") == "300");
  CHECK(value_at(document, "funnel.1.channels.0") == "a");
  CHECK(value_at(document, "funnel.2.keep") == "(none)");
  CHECK(value_at(document, "funnel.-1") == "(none)");
  CHECK(value_at(document, "funnel.99999999999999999999") == "(none)");
  CHECK(value_at(document, "logs.days.x") == "(none)");
  CHECK(value_at(document, "log") == "(none)");
  CHECK(value_at(document, "").starts_with("{scenario: mini"));
}

TEST_CASE("keys that hold dots are found as well, the longest first") {
  Faults faults;
  const Document document = Document::parse("a: {b: 1}\na.b: 2\nv: [{name: x.y, set: {p.q: 3}}]\n", "s.yaml", faults);
  CHECK(value_at(document, "a.b") == "2");
  CHECK(value_at(document, "v.x.y.set.p.q") == "3");
}

TEST_CASE("where points at the value or at what is nearest around it") {
  Faults faults;
  const Document document = Document::parse(kValid, "s.yaml", faults);
  CHECK(document.where("models.cold.rate").text() == "s.yaml:5:28");
  CHECK(document.where("models.cold.select_groups").text() == "s.yaml:5:3");
  CHECK(document.where("funnel.recall.x").text() == "s.yaml:7:5");
  CHECK(document.where("nothing.at.all").text() == "s.yaml:1:1");
}

TEST_CASE("set replaces values, by names in lists too") {
  const Changed changed = with_sets({"logs.days=5", "funnel.preranking.keep=200", "funnel.0.model=cold", "seed=7",
                                     "models.towers.layers=[8, 4]", "world.drift=slow"});
  CHECK(changed.faults == "");
  CHECK(value_at(changed.document, "logs.days") == "5");
  CHECK(value_at(changed.document, "funnel.preranking.keep") == "200");
  CHECK(value_at(changed.document, "funnel.recall.model") == "cold");
  CHECK(value_at(changed.document, "models.towers.layers") == "[8, 4]");
  CHECK(value_at(changed.document, "world") == "{drift: slow}");
}

TEST_CASE("an element given anew keeps its name, and nothing else of the old one") {
  const Changed changed = with_sets({"funnel.preranking={kind: score, model: towers, keep: 9}"});
  CHECK(changed.faults == "");
  CHECK(value_at(changed.document, "funnel.preranking") == "{name: preranking, kind: score, model: towers, keep: 9}");
  CHECK(value_at(with_sets({"funnel.1={name: second, keep: 9}"}).document, "funnel.second.keep") == "9");
  CHECK(value_at(with_sets({"models.cold={kind: cold}"}).document, "models.cold") == "{kind: cold}");
}

TEST_CASE("faults of --set name it and count columns in what was given") {
  CHECK(with_sets({"logs.days=0"}).faults == "--set:1:11: logs.days: must be between 1 and 365, got 0");
  CHECK(with_sets({"logs.dayz=1"}).faults ==
        "--set:1:1: logs.dayz: unknown key; did you mean 'days'? (there are: days)");
  CHECK(
      with_sets({"funnel.prerank.keep=3"}).faults ==
      "--set:1:1: funnel.prerank.keep: funnel has no element 'prerank'; did you mean 'preranking'? (there are: recall, "
      "preranking)");
  CHECK(with_sets({"funnel.7=3"}).faults ==
        "--set:1:1: funnel.7: funnel has no element '7' (there are: recall, preranking)");
  CHECK(with_sets({"logs.days.x=3"}).faults == "--set:1:1: logs.days.x: logs.days has no keys to set, got 3");
  CHECK(with_sets({"logs.days=[1"}).faults == "--set:1:11: not valid YAML: this '[' is never closed");
  CHECK(with_sets({"logs.days={a: 1, a: 2}"}).faults == "--set:1:18: a: the key is given twice, first at 1:12");
  CHECK(with_sets({"logs.days="}).faults == "--set:1:11: logs.days: expected a whole number, got nothing");
  CHECK(with_sets({"scenario=\"\""}).faults == "");
  CHECK(with_sets({"scenario=a=b"}).faults == "");
  for (const char* wrong : {"logs.days", "=3", "a..b=3", ".a=3", "a.=3"})
    CHECK(with_sets({wrong}).faults == std::string("--set:1:1: expected path.to.key=value, got ") + wrong);
  std::string deep = "a";
  for (int i = 0; i < 10'000; ++i) deep += ".a";
  CHECK(with_sets({deep + "=1"}).faults.starts_with("--set:1:1: expected path.to.key=value, got a.a.a"));
}

TEST_CASE("a list as root has elements only") {
  CHECK(with_sets({"b=1"}, "[{name: a}]").faults ==
        "--set:1:1: b: the file has no element 'b'; did you mean 'a'? (there are: a)");
}

TEST_CASE("set from text is the same as --set") {
  Faults faults;
  Document document = Document::parse(kValid, "s.yaml", faults);
  document.set("logs.days", "9", "sweep", faults);
  CHECK(faults.text() == "");
  CHECK(value_at(document, "logs.days") == "9");
  CHECK(document.where("logs.days").text() == "sweep:1:11");
}

TEST_CASE("overrides of a variant keep their places in the file") {
  Faults faults;
  const Document raw = Document::parse(kValid +
                                           "variants:\n  - {name: a}\n  - name: b\n    set:\n"
                                           "      logs.days: 0\n      funnel.recall: {keep: 5}\n",
                                       "s.yaml", faults);
  const std::vector<Override> changes = overrides_of(*raw.root().find("variants.b.set"));
  REQUIRE(changes.size() == 2);
  Document document = raw;
  for (const Override& change : changes) document.set(change, faults);
  CHECK(value_at(document, "funnel.recall") == "{name: recall, keep: 5}");
  MiniScenario scenario;
  read(document.root(), scenario, faults);
  CHECK(faults.text() == "s.yaml:13:18: logs.days: must be between 1 and 365, got 0");
}

TEST_CASE("a file too large is a fault, a file that is not there an IoError") {
  const auto folder = std::filesystem::temp_directory_path() / "cascade_document_test";
  std::filesystem::create_directories(folder);
  const auto file = folder / "large.yaml";
  write_file_atomically(file, "a: " + std::string(kMaxBytes, 'x') + "\n");
  Faults faults;
  CHECK(Document::load(file, faults).root().is_broken());
  CHECK(faults.text() == file.string() + ":1:1: too large: 1048580 bytes; at most 1048576 are read");
  write_file_atomically(file, "a: 1\n");
  Faults none;
  CHECK(Document::load(file, none).where("a").text() == file.string() + ":1:4");
  CHECK(none.empty());
  CHECK_THROWS_AS(Document::load(folder / "missing.yaml", none), IoError);
  CHECK_THROWS_AS(Document::load(folder, none), IoError);
  std::filesystem::remove_all(folder);
}

TEST_CASE("values are shown short and without control characters") {
  CHECK(shown_text("a\x1b[31mb\nc\td") == "a\\x1b[31mb\\nc\\td");
  CHECK(shown_text(std::string(100, 'x')) == std::string(60, 'x') + "...");
  CHECK(shown_text("\xC2\x9Bx") == "\\x9bx");
  const std::string wide = std::string(59, 'x') + "\xE4\xB8\xAD" + "y";
  CHECK(shown_text(wide) == std::string(59, 'x') + "\xE4\xB8\xAD...");  // never half a character
}

TEST_CASE("merging goes key by key in mappings and replaces all else") {
  Faults faults;
  Node base = read_yaml("{a: 1, m: {x: 1, y: 2}, l: [1, 2]}", {"base", 1, 1}, faults);
  merge_over(base, read_yaml("{m: {y: 3, z: 4}, l: [5], n: 6}", {"over", 1, 1}, faults));
  CHECK(flow_text(base) == "{a: 1, m: {x: 1, y: 3, z: 4}, l: [5], n: 6}");
  CHECK(base.find("m.x")->mark.file == "base");
  CHECK(base.find("m.y")->mark.file == "over");
}

}  // namespace cascade::config
