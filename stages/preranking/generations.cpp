#include "stages/preranking/generations.h"

#include "stages/ranking/score.h"

namespace cascade {

namespace {
constexpr const char* kCold = "COLD, arXiv 2007.16122, Fig. 2";
}

StageEntry statistic_stage() {
  return score_stage_of_kind("statistic", "Pre-ranking, generation 1: the item's smoothed click-through rate.", kCold);
}
StageEntry logistic_stage() {
  return score_stage_of_kind("logistic", "Pre-ranking, generation 2: logistic regression.", kCold);
}
StageEntry two_tower_stage() {
  return score_stage_of_kind("two_tower", "Pre-ranking, generation 3: vector product of two towers.", kCold);
}
StageEntry wide_two_tower_stage() {
  return score_stage_of_kind("wide_two_tower",
                             "Pre-ranking, generation 3.2: vector product and a linear part on cross features.", kCold);
}
StageEntry cold_stage() {
  return score_stage_of_kind("cold", "Pre-ranking, generation 4: COLD, a network that also sees cross features.",
                             kCold);
}

}  // namespace cascade
