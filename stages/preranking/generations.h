#pragma once
#include "stages/catalog.h"

namespace cascade {

/// The generations of pre-ranking (COLD, arXiv 2007.16122, Fig. 2), each a score stage that insists on its kind of
/// model, so that a scenario says which generation it runs and a slip is a fault.
StageEntry statistic_stage();       ///< generation 1: smoothed item statistic
StageEntry logistic_stage();        ///< generation 2: logistic regression
StageEntry two_tower_stage();       ///< generation 3: vector product
StageEntry wide_two_tower_stage();  ///< generation 3.2: vector product and a linear part on cross features
StageEntry cold_stage();            ///< generation 4: one network over user, item and cross features

}  // namespace cascade
