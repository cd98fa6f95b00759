#include <ostream>

#include "cli/commands.h"
#include "config/faults.h"
#include "config/yaml_text.h"

namespace cascade::cli {

int validate(const std::vector<std::filesystem::path>& scenarios, const std::vector<std::string>& set,
             Console& console) {
  bool all = true;
  for (const std::filesystem::path& path : scenarios) {
    ScenarioOptions options;
    options.scenario = path;
    options.set = set;
    try {
      const Study study = load(options);
      const auto replicates = study.file.scenario.evaluate.replicates;
      console.out << path.string() << ": valid, " << study.points.size()
                  << (study.points.size() == 1 ? " variant, " : " variants, ") << replicates
                  << (replicates == 1 ? " replicate\n" : " replicates\n");
    } catch (const config::ConfigError& error) {
      console.err << error.what() << "\n";
      all = false;
    }
  }
  return all ? kDone : kInvalid;
}

int expand(const ScenarioOptions& options, Console& console) {
  console.out << load(options).resolved;
  return kDone;
}

}  // namespace cascade::cli
