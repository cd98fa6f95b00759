#pragma once
#include "stages/catalog.h"

namespace cascade {

/// The stage switched off: keeps the first `quota` candidates in the order given, with their scores; no work.
class PassThroughStage final : public Stage {
 public:
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override { return {}; }
};

StageEntry pass_through_stage();

}  // namespace cascade
