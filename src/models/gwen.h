#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/fields.h"
#include "models/behaviours.h"
#include "models/layers/activation.h"
#include "models/layers/precision.h"
#include "models/layers/squeeze_excitation.h"
#include "models/learnable.h"

namespace cascade {

/// Structured pruning (the talk of COLD's authors, 2021): scales of the neurons under a penalty, masked in rounds while
/// the network trains, so that a smaller one serves. The talk gives neither the penalty nor the schedule: ours.
struct PruneParams {
  double share = 0;       ///< of every hidden layer's neurons that are gone in the end; 0: no scales, no pruning
  double penalty = 1e-4;  ///< at 1e-3 every scale is pulled towards 0 while it learns (docs/theory/models.md)
  int rounds = 3;
  void fields(config::FieldVisitor& v);
};

/// Parameters of a group-wise embedding network.
struct GwenParams {
  std::vector<std::string> features = {"user", "item", "cross"};
  std::vector<std::string> groups;  ///< where not empty, instead of `features`
  int embedding_dim = 8;
  std::vector<int> hidden = {64, 32};
  Activation activation = Activation::relu;
  int interactions = 0;
  double init = 0.05;  ///< s.d. of the initial embeddings
  PruneParams prune;
  Precision precision = Precision::f32;  ///< of the frozen scorer
  bool squash = false;                   ///< linear_log (layers/linear_log.h) on the embeddings, in training too
  void fields(config::FieldVisitor& v);
  /// `prune`, `precision` and `squash`, which not every kind offers.
  void engineering_fields(config::FieldVisitor& v);
  const std::vector<std::string>& names() const { return groups.empty() ? features : groups; }
};

/// GwEN: embeddings of the groups, mean-pooled and concatenated, through fully connected layers to one logit (Zhou et
/// al., DIN, KDD 2018, Section 4.1; Wang et al., COLD, arXiv 2007.16122, Section 3). With `interactions` = d > 0, and
/// groups of both sides selected, the first layer also sees d products a_k b_k, a = A e_user, b = B e_item: what a
/// dot-product term of the truth needs and concatenation represents badly (ours; cf. product-based networks, Qu et al.,
/// ICDM 2016). With `prune`, round r of R comes after r / (R + 1) of the training and leaves 1 - share r / R of every
/// hidden layer; the penalty ends with the last one. `kind` is for texts.
template <class T>
std::unique_ptr<Learnable<T>> make_gwen(const std::string& kind, const GwenParams& params, const FeatureStore& store,
                                        std::uint64_t seed);

/// The same with an attention over the user's latest clicks, whose result the first layer sees besides.
template <class T>
std::unique_ptr<Learnable<T>> make_din(const std::string& kind, const GwenParams& params,
                                       const BehaviourParams& behaviours, const FeatureStore& store,
                                       std::uint64_t seed);

/// A network that weighs its feature groups while it learns: what groups are chosen by, and nothing that serves
/// (freeze() is a broken promise).
template <class T>
class WeighingNetwork : public Learnable<T> {
 public:
  virtual std::vector<int> groups() const = 0;         ///< numbers in the schema, in the order of the weights' columns
  virtual const Matrix<T>& group_weights() const = 0;  ///< [batch, groups] of the last forward(), each in (0, 1)
};

/// The GwEN of `params` with a squeeze-excitation block between embeddings and layers. All that is not of the block
/// starts from the values that make_gwen() draws.
template <class T>
std::unique_ptr<WeighingNetwork<T>> make_weighing_gwen(const std::string& kind, const GwenParams& params,
                                                       SqueezeForm form, const FeatureStore& store, std::uint64_t seed);

}  // namespace cascade
