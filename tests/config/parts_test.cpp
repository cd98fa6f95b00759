#include "config/parts.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/files.h"
#include "config/yaml_text.h"
#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;
namespace fs = std::filesystem;

/// A folder of parts, gone when the test is over.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("cascade_parts_test_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    for (const char* name : {"worlds", "models", "funnels"}) fs::create_directories(path_ / name);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void part(const std::string& name, std::string_view text) const {
    write_file_atomically(path_ / (name + ".yaml"), text);
  }
  std::string at(const std::string& name) const { return (path_ / name).string(); }
  std::vector<PartPlace> places() const {
    return {{"world", path_ / "worlds"}, {"models.*", path_ / "models"}, {"funnel", path_ / "funnels"}};
  }

 private:
  fs::path path_;
};

struct Resolved {
  Document document;
  std::string faults;
  std::string value(std::string_view path) const {
    const Node* node = document.root().find(path);
    return node == nullptr ? "(none)" : flow_text(*node);
  }
};

Resolved resolved(const Folder& folder, const std::string& text, const std::vector<std::string>& sets = {}) {
  Faults faults;
  Parts parts(folder.places());
  const Document raw = Document::parse(text, "s.yaml", faults);
  std::vector<Override> overrides;
  for (const std::string& set : sets) overrides.push_back(override_from_text(set, "--set", faults));
  Document document = resolve(raw, overrides, parts, faults);
  MiniScenario scenario;
  read(document.root(), scenario, faults);
  return {document, faults.text()};
}

std::string scenario_with(const std::string& more) { return "scenario: s\nlogs: {days: 1}\nfunnel: []\n" + more; }

}  // namespace

TEST_CASE("use takes a part, and the keys beside it override") {
  const Folder folder;
  folder.part("worlds/small", "users: 10\nitems: 20\n");
  folder.part("models/towers", "kind: two_tower\nlayers: [4, 2]\ndistill: {teacher: cold, weight: 0.25}\n");
  const Resolved r = resolved(folder, scenario_with("world: {use: small, users: 11}\n"
                                                    "models:\n"
                                                    "  a: {use: towers}\n"
                                                    "  b: {layers: [8], use: towers, distill: {weight: 0.75}}\n"));
  CHECK(r.faults == "");
  CHECK(r.value("world") == "{users: 11, items: 20}");
  CHECK(r.value("models.a") == "{kind: two_tower, layers: [4, 2], distill: {teacher: cold, weight: 0.25}}");
  CHECK(r.value("models.b") == "{kind: two_tower, layers: [8], distill: {teacher: cold, weight: 0.75}}");
  CHECK(r.document.where("world.users").text() == "s.yaml:4:28");
  CHECK(r.document.where("world.items").text() == folder.at("worlds/small.yaml") + ":2:8");
}

TEST_CASE("a part that is a list takes the place of the whole") {
  const Folder folder;
  folder.part("funnels/two", "- {name: recall, keep: 20}\n- {name: ranking, keep: 5}\n");
  const std::string head = "scenario: s\nlogs: {days: 1}\n";
  const Resolved r = resolved(folder, head + "funnel: {use: two}\n", {"funnel.ranking.keep=4"});
  CHECK(r.faults == "");
  CHECK(r.value("funnel") == "[{name: recall, keep: 20}, {name: ranking, keep: 4}]");
  CHECK(resolved(folder, head + "funnel: {use: two, keep: 3}\n").faults ==
        "s.yaml:3:15: funnel.use: the part is a list, which keys beside `use` cannot change; set its elements by path "
        "(`set`, --set), got two");
}

TEST_CASE("parts use parts, but not in a circle") {
  const Folder folder;
  folder.part("worlds/base", "users: 10\nitems: 20\nnoise: 1\n");
  folder.part("worlds/middle", "use: base\nitems: 21\n");
  folder.part("worlds/top", "use: middle\nnoise: 2\n");
  const Resolved r = resolved(folder, scenario_with("world: {use: top, users: 11}\n"));
  CHECK(r.faults == "");
  CHECK(r.value("world") == "{users: 11, items: 21, noise: 2}");

  folder.part("worlds/a", "use: b\n");
  folder.part("worlds/b", "use: c\nusers: 1\n");
  folder.part("worlds/c", "use: a\n");
  CHECK(resolved(folder, scenario_with("world: {use: a}\n")).faults ==
        folder.at("worlds/c.yaml") + ":1:6: world.use: parts use each other in a circle: a -> b -> c -> a");
  folder.part("worlds/self", "use: self\n");
  CHECK(resolved(folder, scenario_with("world: {use: self}\n")).faults ==
        folder.at("worlds/self.yaml") + ":1:6: world.use: parts use each other in a circle: self -> self");
  for (int i = 0; i < 12; ++i) folder.part("worlds/w" + std::to_string(i), "use: w" + std::to_string(i + 1) + "\n");
  folder.part("worlds/w12", "users: 1\n");
  CHECK(resolved(folder, scenario_with("world: {use: w0}\n")).faults ==
        folder.at("worlds/w7.yaml") +
            ":1:6: world.use: more than 8 parts use each other: w0 -> w1 -> w2 -> w3 -> w4 -> w5 -> w6 -> w7 -> w8");
}

TEST_CASE("an unknown part is named with the nearest one and all there are") {
  const Folder folder;
  folder.part("worlds/feed_small", "users: 10\n");
  folder.part("worlds/shop", "users: 10\n");
  CHECK(resolved(folder, scenario_with("world: {use: feed_smal}\n")).faults ==
        "s.yaml:4:14: world.use: no such part in " + folder.at("worlds") +
            ", got feed_smal; did you mean 'feed_small'? (there are: feed_small, shop)");
  for (const char* name : {"../worlds/shop", "/etc/passwd", "\"\"", "a/b"})
    CHECK(resolved(folder, scenario_with(std::string("world: {use: ") + name + "}\n"))
              .faults.starts_with("s.yaml:4:14: world.use: no such part in"));
  CHECK(resolved(folder, scenario_with("world: {use: [shop]}\n")).faults ==
        "s.yaml:4:14: world.use: expected the name of a part, got a list");
  CHECK(resolved(folder, scenario_with("world: {use: }\n")).faults ==
        "s.yaml:4:9: world.use: expected the name of a part, got nothing");
}

TEST_CASE("faults inside a part point at its file, each time it is used") {
  const Folder folder;
  const std::string file = folder.at("worlds/bad.yaml");
  folder.part("worlds/bad", "users: 0\nitemz: 3\n");
  CHECK(resolved(folder, scenario_with("world: {use: bad}\n")).faults ==
        file + ":1:8: world.users: must be between 1 and 10000000, got 0\n" + file +
            ":2:1: world.itemz: unknown key; did you mean 'items'? (there are: users, items, noise, shops, drift)");
  folder.part("worlds/bad", "users: [\n");
  CHECK(resolved(folder, scenario_with("world: {use: bad}\n")).faults ==
        file + ":1:8: not valid YAML: this '[' is never closed");
  folder.part("worlds/bad", "");
  CHECK(resolved(folder, scenario_with("world: {use: bad}\n")).faults == file + ":1:1: the file is empty");
  folder.part("worlds/bad", "just text\n");
  CHECK(resolved(folder, scenario_with("world: {use: bad}\n")).faults ==
        "s.yaml:4:14: world.use: the part is neither a mapping nor a list, got bad");

  folder.part("worlds/bad", "users: 1\nusers: 2\n");
  Parts parts(folder.places());
  Faults parsed;
  const Document raw = Document::parse(scenario_with("world: {use: bad}\n"), "s.yaml", parsed);
  for (int variant = 0; variant < 2; ++variant) {
    Faults faults;
    resolve(raw, {}, parts, faults);
    CHECK(faults.text() == file + ":2:1: users: the key is given twice, first at 1:1");
  }
}

TEST_CASE("use elsewhere is an unknown key") {
  const Folder folder;
  CHECK(resolved(folder, "scenario: s\nfunnel: []\nlogs: {days: 1, use: x}\n").faults ==
        "s.yaml:3:17: logs.use: unknown key (there are: days)");
}

TEST_CASE("overrides come after the parts, but choose parts first") {
  const Folder folder;
  folder.part("worlds/small", "users: 10\nitems: 20\n");
  folder.part("worlds/large", "users: 1000\nitems: 2000\n");
  folder.part("models/towers", "kind: two_tower\ndim: 4\n");
  folder.part("models/cold", "kind: cold\n");
  folder.part("funnels/one", "- {name: only, keep: 5}\n");
  const std::string text = scenario_with("world: {use: small}\nmodels: {a: {use: towers}}\n");
  CHECK(resolved(folder, text, {"world.items=21"}).value("world") == "{users: 10, items: 21}");
  CHECK(resolved(folder, text, {"world.items=21", "world.use=large"}).value("world") == "{users: 1000, items: 21}");
  CHECK(resolved(folder, text, {"world={use: large}", "world.users=7"}).value("world") == "{users: 7, items: 2000}");
  CHECK(resolved(folder, text, {"models.a={use: cold}"}).value("models.a") == "{kind: cold}");
  CHECK(resolved(folder, text, {"models.a.dim=8"}).value("models.a") == "{kind: two_tower, dim: 8}");
  CHECK(resolved(folder, text, {"funnel={use: one}", "funnel.only.keep=6"}).value("funnel") ==
        "[{name: only, keep: 6}]");
  CHECK(resolved(folder, text, {"world.use=none"}).faults.starts_with("--set:1:11: world.use: no such part"));
}

}  // namespace cascade::config
