#include "engine/training_costs.h"

#include "cost/hardware.h"

namespace cascade {

NamedFacts training_costs(const Universe& universe, const Scenario& scenario, const std::string& name) {
  Work work;
  for (std::string model = name; !model.empty();) {
    const TrainSummary& summary = universe.trained(scenario, model, 0).summary;
    work.flops += summary.flops;
    work.bytes += summary.bytes;
    const ModelSpec* spec = find_model(scenario, model);
    model = spec != nullptr && spec->is_taught() ? spec->distill.teacher : "";
  }
  HardwareParams hardware = scenario.hardware;
  hardware.fixed_us = 0;  // nothing is dispatched
  return {{"taught_flops", work.flops}, {"taught_bytes", work.bytes}, {"taught_us", price(work, hardware).compute_us}};
}

}  // namespace cascade
