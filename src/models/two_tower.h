#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/fields.h"
#include "models/layers/activation.h"
#include "models/learnable.h"

namespace cascade {

/// Vector product ("two-tower"): pre-ranking of the third generation, and recall.
struct TwoTowerParams {
  std::vector<std::string> features = {"user", "item"};
  std::vector<std::string> groups;  ///< where not empty, instead of `features`
  int embedding_dim = 16;
  std::vector<int> hidden;  ///< none: one linear layer a tower; deeper ones overfit at the size of our logs
  int dim = 32;
  Activation activation = Activation::leaky_relu;
  bool normalize = true;
  double scale = 5;
  bool item_bias = true;
  double init = 0.05;  ///< s.d. of the initial embeddings
  void fields(config::FieldVisitor& v);
  const std::vector<std::string>& names() const { return groups.empty() ? features : groups; }
};

/// Logit = scale <u, v> + item bias + bias, u and v the outputs of one network a side, to unit length where
/// `normalize` (Xu et al., "Privileged Features Distillation", KDD 2020, Section 5.1). Its scorer is an
/// InnerProductScorer: item vectors [num_items, dim (+ 1: the item bias)], user vector (scale u, 1). Throws InputError
/// for a group that belongs to neither side.
template <class T>
std::unique_ptr<Learnable<T>> make_two_tower(const TwoTowerParams& params, const FeatureStore& store,
                                             std::uint64_t seed);

}  // namespace cascade
