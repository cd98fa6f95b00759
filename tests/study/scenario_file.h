#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "study/study.h"
#include "tests/tools/python.h"
#include "tests/tools/tiny_scenario.h"

namespace cascade::testing {

/// Writes and loads scenario files in a folder of its own, with the parts of the project's configs/ beside them.
class ScenarioFolder {
 public:
  explicit ScenarioFolder(const std::string& name) : folder_(name) {
    std::filesystem::copy(std::filesystem::path(CASCADE_SOURCE_DIR) / "configs", path() / "configs",
                          std::filesystem::copy_options::recursive);
  }
  const std::filesystem::path& path() const { return folder_.path(); }

  std::filesystem::path write(const std::string& name, std::string_view text) const {
    write_file_atomically(path() / name, text);
    return path() / name;
  }

  /// The tiny scenario with these lines after it, under "path=value" changes as of --set.
  Study load(const std::string& more, const std::vector<std::string>& changes = {}) const {
    const auto file = write("s.yaml", std::string(kTinyScenario) + more);
    config::Faults faults;
    std::vector<config::Override> overrides;
    for (const std::string& change : changes) overrides.push_back(config::override_from_text(change, "--set", faults));
    faults.throw_if_any();
    return load_study(file, overrides);
  }

  /// Its faults, the folder left out of the places; "" where there are none.
  std::string faults(const std::string& more, std::initializer_list<std::string> changes = {}) const {
    try {
      load(more, changes);
      return "";
    } catch (const config::ConfigError& error) {
      std::string text = error.what();
      const std::string prefix = path().string() + "/";
      for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
        text.erase(at, prefix.size());
      return text;
    }
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace cascade::testing
