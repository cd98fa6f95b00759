#include <algorithm>
#include <ostream>

#include "base/errors.h"
#include "cli/commands.h"
#include "config/faults.h"
#include "config/yaml_text.h"

namespace cascade::cli {

int validate(const std::vector<std::filesystem::path>& scenarios, const std::vector<std::string>& set,
             Console& console) {
  int worst = kDone;
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
      worst = std::max<int>(worst, kInvalid);
    } catch (const IoError& error) {
      console.err << "cascade: " << error.what() << "\n";
      worst = std::max<int>(worst, kCannotReadOrWrite);
    }
  }
  return worst;
}

int expand(const ScenarioOptions& options, Console& console) {
  console.out << load(options).resolved;
  return kDone;
}

}  // namespace cascade::cli
