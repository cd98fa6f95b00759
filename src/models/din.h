#pragma once
#include "models/behaviours.h"
#include "models/gwen.h"

namespace cascade {

/// DIN (Zhou et al., Deep Interest Network, KDD 2018): the fine ranker's network, which also reads the user's latest
/// clicks through an attention that depends on the candidate. Widths are those of deep_mlp.
struct DinParams : GwenParams {
  BehaviourParams sequence;
  DinParams() {
    embedding_dim = 16;
    hidden = {200, 80};
    interactions = 64;
  }
  void fields(config::FieldVisitor& v) {
    GwenParams::fields(v);
    sequence.fields(v);
  }
};

}  // namespace cascade
