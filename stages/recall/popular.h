#pragma once
#include <vector>

#include "stages/catalog.h"

namespace cascade {

enum class PopularBy { clicks, impressions, rate };

struct PopularParams {
  PopularBy by = PopularBy::clicks;
  double prior_impressions = 100;  ///< by rate: impressions at the mean rate added to every item
  void fields(config::FieldVisitor& v);
};

/// The same list for everybody: the most clicked, most shown or best-rated items of the histories.
class PopularStage final : public Stage {
 public:
  PopularStage(const PopularParams& params, const StageResources& resources);
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;

 private:
  CandidateList ranked_;  ///< the whole catalogue, best first
};

StageEntry popular_stage();

}  // namespace cascade
