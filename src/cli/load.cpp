#include "cli/commands.h"
#include "config/faults.h"

namespace cascade::cli {

Study load(const ScenarioOptions& options) {
  config::Faults faults;
  std::vector<config::Override> overrides;
  for (const std::string& text : options.set) overrides.push_back(config::override_from_text(text, "--set", faults));
  if (options.seed)
    overrides.push_back(config::override_from_text("seed=" + std::to_string(*options.seed), "--seed", faults));
  if (options.replicates)
    overrides.push_back(config::override_from_text("evaluate.replicates=" + std::to_string(*options.replicates),
                                                   "--replicates", faults));
  faults.throw_if_any();
  return load_study(options.scenario, overrides);
}

}  // namespace cascade::cli
