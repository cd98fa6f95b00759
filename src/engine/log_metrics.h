#pragma once
#include <vector>

#include "data/logs.h"
#include "engine/replicate.h"
#include "funnel/stage.h"

namespace cascade {

/// Logits (values by Objective::value) that a scoring stage gives to the rows of a log, in order. Runs on all threads.
std::vector<float> score_log(const ScoringStage& stage, const LogTable& log);

/// auc, gauc and pcoc.EX on the held-out day's exposures; auc_all, gauc_all and pcoc.RND on clicks drawn all over the
/// catalogue. Pcoc does not apply by Objective::value. Of a stage that estimates conversions also auc_cvr, gauc_cvr and
/// pcoc_cvr on the conversions of the held-out day's clicks; by Objective::after_click only these.
NamedValues log_metrics(const ScoringStage& stage, const Logs& logs);

}  // namespace cascade
