#pragma once
#include "models/group_selection.h"

namespace cascade {

/// COLD's pre-ranker (generation 4; Wang et al., arXiv 2007.16122, Section 3): a GwEN on user, item and cross groups,
/// usually a selection of them. Its published layers, 1024-512-256-128-64, are scaled down with the world.
struct ColdParams : GwenParams {
  GroupSelectionParams selection;
  ColdParams() {
    embedding_dim = 16;
    hidden = {96, 48};
    interactions = 32;
  }
  void fields(config::FieldVisitor& v) {
    GwenParams::fields(v);
    engineering_fields(v);
    selection.fields(v);
  }
};

}  // namespace cascade
