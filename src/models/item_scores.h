#pragma once
#include <memory>
#include <vector>

#include "models/scorer.h"

namespace cascade {

/// A scorer that knows the item only: logits[i] is that of item i, for every user. Its work is one read a candidate.
std::unique_ptr<Scorer> make_item_scores(std::vector<float> logits);

/// Logit of a rate, kept within [1e-6, 1 - 1e-6].
float rate_logit(double rate);

}  // namespace cascade
