#pragma once
#include "models/gwen.h"

namespace cascade {

/// COLD's pre-ranker (generation 4; Wang et al., arXiv 2007.16122, Section 3): a GwEN on user, item and cross groups,
/// usually a selection of them. Its published layers, 1024-512-256-128-64, are scaled down with the world.
struct ColdParams : GwenParams {
  ColdParams() {
    embedding_dim = 16;
    hidden = {96, 48};
    interactions = 32;
  }
};

}  // namespace cascade
