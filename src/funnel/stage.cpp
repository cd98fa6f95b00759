#include "funnel/stage.h"

#include <limits>

#include "base/errors.h"
#include "base/real.h"
#include "base/top_k.h"

namespace cascade {

const std::vector<std::string> kObjectiveNames = {"click", "ecpm"};
const std::vector<std::string> kValueObjectiveNames = {"click", "ecpm", "conversion", "gmv", "after_click"};

void ScoringStage::scores(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  logits(request, items, out);
  to_scores(items, out);
}

void ScoringStage::to_scores(std::span<const ItemId> items, std::span<float> logits) const {
  CASCADE_CHECK(objective_ != Objective::conversion && objective_ != Objective::gmv, "conversions are not in logits");
  if (objective_ != Objective::ecpm) return;
  for (std::size_t k = 0; k < items.size(); ++k)
    logits[k] = static_cast<float>(static_cast<double>(store_.item(items[k]).bid) * sigmoid(logits[k]));
}

double ScoringStage::click_probability(ItemId item, float score) const {
  switch (objective_) {
    case Objective::click:
      return sigmoid(score);
    case Objective::ecpm:
      return static_cast<double>(score) / static_cast<double>(store_.item(item).bid);
    case Objective::conversion:
    case Objective::gmv:
    case Objective::after_click:
    case Objective::value:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double ScoringStage::expected_value(float score) const {
  const bool logit = objective_ == Objective::click || objective_ == Objective::after_click;
  return logit ? sigmoid(score) : static_cast<double>(score);
}

void ScoringStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                       CandidateBlock& out) const {
  CASCADE_CHECK(in != nullptr && in->size() == requests.size(), "a scoring stage needs candidates");
  out.resize(requests.size());
  std::vector<float> by;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    const CandidateList& list = (*in)[r];
    by.resize(list.size());
    scores(requests[r], list.items, by);
    out[r] = keep_best(list, by, quota);
  }
}

CandidateList keep_best(const CandidateList& list, std::span<const float> scores, std::size_t quota) {
  std::vector<std::uint32_t> positions;
  top_positions(scores, list.items, quota, positions);
  CandidateList kept;
  kept.items.reserve(positions.size());
  kept.scores.reserve(positions.size());
  for (const std::uint32_t p : positions) {
    kept.items.push_back(list.items[p]);
    kept.scores.push_back(scores[p]);
    if (!list.channel.empty()) kept.channel.push_back(list.channel[p]);
  }
  return kept;
}

}  // namespace cascade
