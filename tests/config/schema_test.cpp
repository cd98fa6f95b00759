#include "config/schema.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::vector<PartPlace>& places() {
  static const std::vector<PartPlace> all = {{"world", "worlds"}, {"models.*", "models"}, {"funnel", "funnels"}};
  return all;
}

/// Output of a command; `status` as from pclose.
std::string output_of(const std::string& command, int& status) {
  std::string text;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), n);
  status = pclose(pipe);
  return text;
}

constexpr const char* kPython = "/usr/bin/python3";

/// Prints one line an instance: "valid" or the first error. Instances are JSON, one a line.
constexpr const char* kScript = R"(import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for line in open(sys.argv[2]):
    error = next(iter(validator.iter_errors(json.loads(line))), None)
    print('valid' if error is None else 'invalid: ' + error.message)
)";

struct Case {
  std::string json;
  bool valid;
};

const std::string kHead = R"({"scenario": "s", "logs": {"days": 1}, "funnel": [], )";

std::vector<Case> cases() {
  const auto world = [](const std::string& json) { return kHead + "\"world\": " + json + "}"; };
  const auto model = [](const std::string& json) { return kHead + "\"models\": {\"a\": " + json + "}}"; };
  const auto funnel = [](const std::string& json) {
    return "{\"scenario\": \"s\", \"logs\": {\"days\": 1}, \"funnel\": " + json + "}";
  };
  return {
      {kHead + "\"seed\": 3}", true},
      {kHead + "\"sede\": 3}", false},
      {R"({"scenario": "s", "funnel": []})", false},
      {world(R"({"users": 5, "drift": "fast", "shops": false})"), true},
      {world(R"({"users": 0})"), false},
      {world(R"({"users": 1.5})"), false},
      {world(R"({"drift": "fasst"})"), false},
      {world(R"({"noise": -0.1})"), false},
      {world(R"({"use": "feed_small", "users": 5})"), true},
      {world(R"({"use": "feed_small", "users": 0})"), false},
      {world(R"({"use": "feed_small", "usr": 5})"), false},
      {world(R"({"use": "../x"})"), false},
      {model(R"({"kind": "two_tower", "dim": 8, "prior": 1})"), true},
      {model(R"({"kind": "cold", "rate": 0.5, "prior": 1})"), true},
      {model(R"({"kind": "cold", "rate": 0})"), false},
      {model(R"({"kind": "cold", "rate": 1})"), false},
      {model(R"({"kind": "cold", "dim": 8})"), false},
      {model(R"({"kind": "colt"})"), false},
      {model(R"({"dim": 8})"), false},
      {model(R"({"kind": "two_tower", "distill": null})"), true},
      {model(R"({"kind": "two_tower", "distill": {"teacher": "b"}})"), true},
      {model(R"({"kind": "two_tower", "distill": {"weight": 0.5}})"), false},
      {model(R"({"use": "x", "distill": {"weight": 0.5}})"), true},
      {model(R"({"use": "x", "dim": 8})"), true},
      {model(R"({"use": "x", "dimm": 8})"), false},
      {kHead + R"("models": {"a.b": {"kind": "cold"}}})", false},
      {funnel(R"([{"name": "a", "keep": 5}])"), true},
      {funnel(R"([{"name": "a", "keep": 5, "model": "m", "kind": "blend", "channels": ["x"]}])"), true},
      {funnel(R"([{"name": "a", "keep": 5, "channels": ["x"]}])"), false},
      {funnel(R"([{"name": "a", "keep": 5, "kind": "score", "temperature": 1}])"), false},
      {funnel(R"([{"name": "a", "kind": "blend"}])"), false},
      {funnel(R"({"use": "default"})"), true},
      {funnel(R"({"use": "default", "keep": 3})"), false},
      {funnel(R"({})"), false},
      {kHead + R"("variants": [{"name": "a", "set": {"x.y": [1, null], "z": {"q": 1}}}]})", true},
      {kHead + R"("truth_at": [10, 2000]})", false},
      {kHead + R"("serving": null})", true},
      {kHead + R"("serving": {"load": 0}})", false},
  };
}

}  // namespace

TEST_CASE("the schema has types, bounds, choices and defaults") {
  const std::string schema = schema_text<MiniScenario>("scenario", places());
  CHECK(
      schema.starts_with("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"scenario\""));
  CHECK(schema.find(R"("days": {
          "description": "days of logs",
          "type": "integer",
          "minimum": 1,
          "maximum": 365
        })") != std::string::npos);
  CHECK(schema.find("\"exclusiveMinimum\": 0") != std::string::npos);
  CHECK(schema.find("\"name of a part in worlds/ that is taken here; keys beside it override the part's\"") !=
        std::string::npos);
  CHECK(schema_text<MiniScenario>("scenario").find("\"use\"") == std::string::npos);
  CHECK(schema == schema_text<MiniScenario>("scenario", places()));
}

TEST_CASE("JSON Schema programs accept and refuse what the reader does", "[slow]") {
  int status = 0;
  const std::string found = output_of(std::string(kPython) + " -c 'import jsonschema'", status);
  if (status != 0) {
    WARN("skipped: needs " << kPython << " and Debian's python3-jsonschema: " << found);
    return;
  }
  const fs::path folder = fs::temp_directory_path() / "cascade_schema_test";
  fs::create_directories(folder);
  std::string instances;
  for (const Case& one : cases()) instances += one.json + "\n";
  write_file_atomically(folder / "schema.json", schema_text<MiniScenario>("scenario", places()));
  write_file_atomically(folder / "instances.txt", instances);
  write_file_atomically(folder / "check.py", kScript);
  std::string command = kPython;
  for (const char* file : {"check.py", "schema.json", "instances.txt"}) command += " " + (folder / file).string();
  const std::string output = output_of(command, status);
  INFO(output);
  REQUIRE(status == 0);

  std::size_t at = 0;
  for (const Case& one : cases()) {
    const std::size_t end = output.find('\n', at);
    REQUIRE(end != std::string::npos);
    INFO(one.json << "\n" << output.substr(at, end - at));
    CHECK(one.valid == (output.substr(at, end - at) == "valid"));
    // JSON is YAML: the reader agrees, parts left aside.
    if (one.json.find("\"use\"") == std::string::npos) CHECK(one.valid == faults_of(one.json).empty());
    at = end + 1;
  }
  fs::remove_all(folder);
}

}  // namespace cascade::config
