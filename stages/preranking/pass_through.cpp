#include "stages/preranking/pass_through.h"

#include <algorithm>

namespace cascade {

namespace {
struct NoParams {
  void fields(config::FieldVisitor&) {}
};
}  // namespace

void PassThroughStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                           CandidateBlock& out) const {
  CASCADE_CHECK(in != nullptr && in->size() == requests.size(), "pass_through needs candidates");
  out = *in;
  for (CandidateList& list : out) {
    const std::size_t n = std::min(quota, list.size());
    list.items.resize(n);
    list.scores.resize(n);
    if (!list.channel.empty()) list.channel.resize(n);
  }
}

StageEntry pass_through_stage() {
  StageEntry entry;
  entry.name = "pass_through";
  entry.summary = "The stage switched off: keeps the first candidates in the order given.";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<NoParams>>(); };
  entry.maker.place = StagePlace::candidates;
  entry.maker.make = [](const config::Parameters&, const StageResources&) -> std::unique_ptr<Stage> {
    return std::make_unique<PassThroughStage>();
  };
  entry.maker.models = [](const config::Parameters&) { return std::vector<ModelUse>{}; };
  return entry;
}

}  // namespace cascade
