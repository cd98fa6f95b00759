#include "cost/serving.h"

namespace cascade {

namespace {
const std::vector<std::string> kDispersionNames = {"constant", "exponential", "lognormal"};
}  // namespace

void StageServingParams::fields(config::FieldVisitor& v) {
  v.field("workers", workers, "workers of the stage, of each of its shards or channels", config::between(1, 100000));
  v.field("queue", queue, "requests that may wait there, one more is dropped; 0: any number", config::at_least(0));
  v.field("timeout_ms", timeout_ms,
          "after so long in the stage a request goes on with the order that it came with, cut to the quota; in the "
          "first stage it is dropped; 0: never",
          config::at_least(0));
  v.field(
      "shards", shards,
      "parts into which the candidates are split, each with the user's side of the work; 1: as the stage itself says",
      config::between(1, 1000));
  v.choose("dispersion", dispersion, kDispersionNames, "of service times around those of the cost model");
  v.field("cv", cv, "lognormal: standard deviation of a service time over its mean", config::between(0, 10));
}

void ServingParams::fields(config::FieldVisitor& v) {
  v.field("qps", qps, "requests a second at which response times are measured", config::above(0),
          config::Need::required);
  v.field("limit_ms", limit_ms, "a response that takes longer has failed", config::above(0), config::Need::required);
  v.field("seconds", seconds, "simulated time of a run, the first tenth to warm up; at least 10,000 requests",
          config::above(0));
  v.field("runs", runs, "independent runs a replicate", config::between(1, 100));
  v.object("arrivals", arrivals, "how requests come");
  v.object("every", every, "how each stage is served that `stages` does not name");
  v.named_map("stages", stages, "how stages are served, by name");
}

const StageServingParams& ServingParams::of(std::string_view stage) const {
  for (const auto& [name, params] : stages)
    if (name == stage) return params;
  return every;
}

}  // namespace cascade
