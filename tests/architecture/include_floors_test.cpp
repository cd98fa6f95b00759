// Who may include whom, read off the #include lines of src/ and stages/. A message of this test names the file, the
// line and the rule; the table is that of src/README.md.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace cascade {
namespace {

namespace fs = std::filesystem;

struct Floor {
  std::string name;
  std::vector<std::string> may_include;  // besides itself
};

// Lowest first.
const std::vector<Floor>& floors() {
  static const std::vector<Floor> all = {
      {"base", {}},
      {"config", {"base"}},
      {"cost", {"base", "config"}},
      {"data", {"base"}},
      {"models", {"base", "config", "cost", "data"}},
      {"train", {"base", "config", "data", "models"}},
      {"world", {"base", "config", "data"}},
      {"funnel", {"base", "config", "cost", "data"}},
      {"stages", {"base", "config", "cost", "data", "models", "train", "funnel"}},
      {"metrics", {"base", "cost", "data", "world", "funnel"}},
      {"engine", {"base", "config", "cost", "data", "models", "train", "world", "funnel", "stages", "metrics"}},
      {"study", {"base", "config", "cost", "data", "world", "funnel", "metrics", "engine"}},
      {"report", {"base", "metrics", "study"}},
      {"cli",
       {"base", "config", "cost", "data", "models", "train", "world", "funnel", "stages", "metrics", "engine", "study",
        "report"}}};
  return all;
}

// A header that only some files may include: a third party behind its door, or what a floor must not do.
struct Door {
  std::string header;             // beginning of what stands between < and >
  std::vector<std::string> open;  // beginnings of the paths that may include it
  bool one_file;                  // at most one of them may
};

const std::vector<Door>& doors() {
  static const std::vector<Door> all = {{"yaml-cpp/", {"src/config/"}, true},
                                        {"nlohmann/", {"src/report/", "src/config/schema"}, false},
                                        {"CLI/", {"src/cli/"}, false},
                                        {"tbb/", {"src/base/parallel.cpp"}, true},
                                        {"oneapi/", {}, false},
                                        {"Random123/", {"src/base/rng.cpp"}, true},
                                        {"xgboost/", {"src/models/lambda_mart"}, true},
                                        {"hnswlib/", {"stages/recall/"}, true},
                                        {"mpi.h", {"src/study/"}, true},
                                        {"iostream", {"src/cli/"}, false},  // nothing below cli prints
                                        {"random", {}, false}};  // std:: distributions change bits with the library
  return all;
}

struct SourceFile {
  std::string path;  // from the root, with slashes
  std::string text;
};

struct Include {
  int line;
  bool quoted;
  std::string name;
};

bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& b) { return text.starts_with(b); });
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line.erase(std::remove_if(line.begin(), line.end(), [](char c) { return c == ' ' || c == '\t'; }), line.end());
    const std::string_view directive = "#include";
    if (!line.starts_with(directive) || line.size() < directive.size() + 2) continue;
    const char close = line[directive.size()] == '<' ? '>' : '"';
    const std::size_t end = line.find(close, directive.size() + 1);
    found.push_back({number, close == '"', line.substr(directive.size() + 1, end - directive.size() - 1)});
  }
  return found;
}

const Floor* find_floor(std::string_view name) {
  for (const Floor& floor : floors())
    if (floor.name == name) return &floor;
  return nullptr;
}

const Floor* floor_of(const std::string& path) {
  if (path.starts_with("stages/")) return find_floor("stages");
  const std::string_view prefix = "src/";
  return find_floor(std::string_view(path).substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
}

std::vector<std::string> violations(const std::vector<SourceFile>& files) {
  std::vector<std::string> found;
  std::vector<std::string> user_of_door(doors().size());
  for (const SourceFile& file : files) {
    const Floor* floor = floor_of(file.path);
    if (floor == nullptr) {
      found.push_back(file.path + ": lies on no floor");
      continue;
    }
    if (file.path.ends_with(".h") && file.text.find("#pragma once\n") == std::string::npos)
      found.push_back(file.path + ": has no #pragma once");
    for (const Include& include : includes_of(file.text)) {
      const std::string place = file.path + ":" + std::to_string(include.line) + ": ";
      const std::string target = include.name.substr(0, include.name.find('/'));
      if (include.quoted) {
        if (target == include.name || find_floor(target) == nullptr) {
          found.push_back(place + "\"" + include.name + "\" is not written as \"floor/file.h\"");
        } else if (target != floor->name && !contains(floor->may_include, target)) {
          found.push_back(place + floor->name + " may not include " + target);
        }
        continue;
      }
      for (std::size_t d = 0; d < doors().size(); ++d) {
        const Door& door = doors()[d];
        const bool is_folder = door.header.back() == '/';
        if (is_folder ? !include.name.starts_with(door.header) : include.name != door.header) continue;
        if (!starts_with_any(file.path, door.open)) {
          found.push_back(place + "<" + include.name + "> may not be included here");
        } else if (door.one_file && !user_of_door[d].empty() && user_of_door[d] != file.path) {
          found.push_back(place + "<" + include.name + "> is included in " + user_of_door[d] + " already");
        }
        user_of_door[d] = file.path;
      }
    }
  }
  return found;
}

std::vector<SourceFile> read_sources(const fs::path& root) {
  std::vector<SourceFile> files;
  for (const char* folder : {"src", "stages"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".h" || extension == ".cpp" || extension == ".inc")
        files.push_back({entry.path().lexically_relative(root).generic_string(), read_file(entry.path())});
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

TEST_CASE("every floor includes only what it may") {
  const std::vector<SourceFile> files = read_sources(CASCADE_SOURCE_DIR);
  REQUIRE(files.size() > 20);
  for (const std::string& violation : violations(files)) FAIL_CHECK(violation);
}

TEST_CASE("the table lets no floor include one above it") {
  for (std::size_t i = 0; i < floors().size(); ++i)
    for (const std::string& lower : floors()[i].may_include) {
      const Floor* target = find_floor(lower);
      REQUIRE(target != nullptr);
      CHECK(target < &floors()[i]);
    }
}

TEST_CASE("the truth is out of reach of models, training and stages") {
  for (const char* blind : {"models", "train", "stages", "funnel"})
    for (const char* seeing : {"world", "metrics", "engine"}) {
      CHECK_FALSE(contains(find_floor(blind)->may_include, seeing));
    }
}

// The scanner against planted files.

using Messages = std::vector<std::string>;

TEST_CASE("an include of a floor that is not allowed is found") {
  CHECK(violations({{"src/models/din.cpp", "#include \"base/rng.h\"\n\n#include \"world/truth.h\"\n"}}) ==
        Messages{"src/models/din.cpp:3: models may not include world"});
  CHECK(violations({{"stages/recall/exact.cpp", "  #  include \"engine/scenario.h\"  // why\n"}}) ==
        Messages{"stages/recall/exact.cpp:1: stages may not include engine"});
  CHECK(violations({{"src/base/rng.cpp", "#include \"config/fields.h\"\n"}}) ==
        Messages{"src/base/rng.cpp:1: base may not include config"});
}

TEST_CASE("allowed includes pass") {
  CHECK(violations({{"src/engine/a.cpp", "#include <vector>\n#include \"engine/a.h\"\n#include \"stages/catalog.h\"\n"},
                    {"stages/recall/a.h", "#pragma once\n#include \"funnel/stage.h\"\n"},
                    {"src/cli/main.cpp", "#include <CLI/CLI.hpp>\n#include <iostream>\n"},
                    {"src/report/json.cpp", "#include <nlohmann/json.hpp>\n"},
                    {"src/config/schema.cpp", "#include <nlohmann/json.hpp>\n"}})
            .empty());
}

TEST_CASE("an include that is not written from src is found") {
  CHECK(violations({{"src/base/a.cpp", "#include \"a.h\"\n#include \"../config/b.h\"\n#include \"src/base/a.h\"\n"}}) ==
        Messages{"src/base/a.cpp:1: \"a.h\" is not written as \"floor/file.h\"",
                 "src/base/a.cpp:2: \"../config/b.h\" is not written as \"floor/file.h\"",
                 "src/base/a.cpp:3: \"src/base/a.h\" is not written as \"floor/file.h\""});
}

TEST_CASE("a third party outside its door is found") {
  CHECK(violations({{"src/engine/a.cpp", "#include <yaml-cpp/yaml.h>\n"}}) ==
        Messages{"src/engine/a.cpp:1: <yaml-cpp/yaml.h> may not be included here"});
  CHECK(violations({{"src/config/resolve.cpp", "#include <nlohmann/json.hpp>\n"}}).size() == 1);
  CHECK(violations({{"src/report/a.cpp", "#include <CLI/CLI.hpp>\n"}}).size() == 1);
  CHECK(violations({{"src/engine/a.cpp", "#include <tbb/parallel_for.h>\n"}}).size() == 1);
  CHECK(violations({{"src/world/a.cpp", "#include <Random123/philox.h>\n"}}).size() == 1);
  CHECK(violations({{"src/world/a.cpp", "#include <random>\n"}}).size() == 1);
  CHECK(violations({{"src/study/a.cpp", "#include <iostream>\n"}}).size() == 1);
}

TEST_CASE("a second door for one third party is found") {
  CHECK(violations({{"src/config/a.cpp", "#include <yaml-cpp/yaml.h>\n#include <yaml-cpp/mark.h>\n"},
                    {"src/config/b.cpp", "#include <yaml-cpp/yaml.h>\n"}}) ==
        Messages{"src/config/b.cpp:1: <yaml-cpp/yaml.h> is included in src/config/a.cpp already"});
}

TEST_CASE("a file on no floor and a header without a guard are found") {
  CHECK(violations({{"src/helpers/a.cpp", ""}, {"src/main.cpp", ""}, {"src/base/a.h", "struct A {};\n"}}) ==
        Messages{"src/helpers/a.cpp: lies on no floor", "src/main.cpp: lies on no floor",
                 "src/base/a.h: has no #pragma once"});
}

}  // namespace
}  // namespace cascade
