#pragma once
#include <memory>
#include <vector>

#include "models/behaviours.h"
#include "models/layers/feature_embedding.h"
#include "models/layers/mlp.h"
#include "models/layers/precision.h"
#include "models/scorer.h"

namespace cascade {

/// The trained parts of a group-wise embedding network (gwen.h).
template <class T>
struct GwenParts {
  const std::vector<int>& groups;
  const FeatureEmbedding<T>& embedding;
  const Linear<T>& user_latent;  ///< used where interactions > 0
  const Linear<T>& item_latent;
  std::size_t interactions = 0;
  Mlp<T> mlp;                                         ///< on [embedding.cols() + interactions + behaviours->cols()]
  const BehaviourAttention<T>* behaviours = nullptr;  ///< null: none
  Precision precision = Precision::f32;               ///< of all but the behaviours
  bool squash = false;                                ///< linear_log on the embeddings
};

/// The first layer is a sum over groups, so: the user's part is computed once a request, the items' part once a model
/// version while it fits kItemPartBudgetBytes, a cross group is a table [cardinality, width of the layer], and the
/// interactions fold into one matrix a request. The other layers are one product a block of candidates.
///
/// In half precision, weights, embeddings, activations and the products' factors hold 16 bits. So are stored the
/// layers' weights and the items' part, which candidates read at random; what is read once a request, and the small
/// tables of the cross groups, hold rounded numbers or sums of rounded products in floats. Embeddings that
/// are to be squashed are rounded after that. The logit is a float, of a candidate whose numbers overflowed the lowest
/// that f16 has.
inline constexpr double kItemPartBudgetBytes = 256.0 * 1024 * 1024;

/// `item_part_budget` is for tests.
template <class T>
std::unique_ptr<Scorer> freeze_gwen(const GwenParts<T>& parts, const FeatureStore& store,
                                    double item_part_budget = kItemPartBudgetBytes);

}  // namespace cascade
