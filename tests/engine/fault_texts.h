#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/tools/tiny_scenario.h"

namespace cascade::testing {

using Texts = std::vector<std::string>;

/// The faults of a scenario, each as "path: message".
inline Texts texts_of(const Scenario& scenario) {
  Texts texts;
  for (const ScenarioFault& fault : find_faults(scenario)) texts.push_back(fault.path + ": " + fault.message);
  return texts;
}

/// Those of the tiny scenario with these changes.
inline Texts faults_of(std::initializer_list<std::string> changes) { return texts_of(tiny_scenario(changes)); }

}  // namespace cascade::testing
