// libFuzzer entry for the configuration floor: any bytes must be read or refused, never crash or hang. Build it with
// clang++ -fsanitize=fuzzer,address,undefined together with src/base and src/config.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/writer.h"
#include "config/yaml_reader.h"
#include "config/yaml_text.h"
#include "tests/config/mini_scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cascade::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Faults faults;
  const Document document = Document::parse(text, "f.yaml", faults);
  if (faults.empty()) {
    Faults again;
    const Node flow = read_yaml(flow_text(document.root()), {"flow", 1, 1}, again);
    if (!again.empty() || !same_value(flow, document.root())) std::abort();
  }
  testing::MiniScenario scenario;
  read(document.root(), scenario, faults);
  if (faults.empty() && !testing::faults_of(yaml_text(to_node(scenario))).empty()) std::abort();
  return 0;
}
