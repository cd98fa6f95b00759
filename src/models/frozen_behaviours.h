#pragma once
#include <span>
#include <vector>

#include "base/product.h"
#include "cost/work.h"
#include "models/behaviours.h"
#include "models/layers/frozen.h"

namespace cascade {

/// Trained attention over a user's clicks, for scoring by many threads at once. The first layer of the attention is
/// linear in [e, v, e - v, e * v], so that of a click e there is one matrix and one bias a request, applied to all
/// candidates v.
class FrozenBehaviours {
 public:
  struct Buffers {
    std::vector<float> clicks;           ///< [count, cols]
    std::vector<float> bias;             ///< [count, first layer]
    std::vector<float> folded;           ///< [cols, first layer]
    std::vector<PackedMatrix> matrices;  ///< [count at least]
    std::size_t count = 0;
    Matrix<float> candidates;  ///< [rows, cols]
    Matrix<float> hidden;      ///< [rows, first layer]
    Matrix<float> attended;    ///< [rows, cols]
    std::vector<float> weights;
    ForwardScratch scratch;
  };

  FrozenBehaviours() = default;
  template <class T>
  FrozenBehaviours(const BehaviourAttention<T>& behaviours, const FeatureEmbedding<T>& embedding,
                   const FeatureStore& store);

  bool empty() const { return cols_ == 0; }
  std::size_t cols() const { return cols_; }
  /// Makes the matrices of the user's clicks: once a request.
  void prepare(const FeatureStore& store, UserId user, Buffers& b) const;
  /// b.attended [items, cols] for the user prepared.
  void attend(std::span<const ItemId> items, Buffers& b) const;

 private:
  std::size_t cols_ = 0;
  std::size_t most_ = 0;
  std::size_t width_ = 0;  ///< of the first layer
  Activation activation_ = Activation::relu;
  Matrix<float> of_click_;      ///< [cols, width]: what e and e - v share
  Matrix<float> of_candidate_;  ///< [cols, width]
  Matrix<float> of_product_;    ///< [cols, width]
  std::vector<float> bias_;
  FrozenMlp tail_;
  Matrix<float> items_;  ///< [num_items, cols]: every item as a click or a candidate
};

/// Counted work of that attention: clicks are read, and their matrices made, once a request.
template <class T>
ScorerWork behaviours_work(const BehaviourAttention<T>& behaviours);

}  // namespace cascade
