#pragma once
#include "models/gwen.h"

namespace cascade {

/// Fine ranker: a wider GwEN on every servable group, with user-item interactions.
struct DeepMlpParams : GwenParams {
  DeepMlpParams() {
    embedding_dim = 16;
    hidden = {200, 80};
    interactions = 64;
  }
  void fields(config::FieldVisitor& v) {
    GwenParams::fields(v);
    engineering_fields(v);
  }
};

}  // namespace cascade
