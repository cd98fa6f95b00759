#include "models/frozen_behaviours.h"

#include <algorithm>

#include "models/feature_selection.h"

namespace cascade {

template <class T>
FrozenBehaviours::FrozenBehaviours(const BehaviourAttention<T>& behaviours, const FeatureEmbedding<T>& embedding,
                                   const FeatureStore& store)
    : cols_(behaviours.cols()),
      most_(behaviours.most()),
      activation_(behaviours.attention().network().activation()),
      tail_(behaviours.attention().network(), 1),
      items_(store.num_items(), behaviours.cols()) {
  const Linear<T>& first = behaviours.attention().network().layers().front();
  width_ = first.out();
  of_click_ = frozen_rows(first.weights(), {0, cols_});
  of_candidate_ = frozen_rows(first.weights(), {cols_, 2 * cols_});
  of_product_ = frozen_rows(first.weights(), {3 * cols_, 4 * cols_});
  const Matrix<float> of_difference = frozen_rows(first.weights(), {2 * cols_, 3 * cols_});
  for (std::size_t i = 0; i < of_difference.size(); ++i) {
    of_click_.data()[i] += of_difference.data()[i];
    of_candidate_.data()[i] -= of_difference.data()[i];
  }
  bias_ = frozen_vector(first.bias());
  for (std::size_t g = 0; g < behaviours.places().size(); ++g) {
    const std::size_t place = behaviours.places()[g];
    const Matrix<float> table = frozen_rows(embedding.table(place), {0, embedding.table(place).rows()});
    const EmbeddedGroup& group = embedding.groups()[place];
    pool_rows(table, store.column(group.group), group.num_values, items_.data() + g * embedding.width(), items_.cols());
  }
}

void FrozenBehaviours::prepare(const FeatureStore& store, UserId user, Buffers& b) const {
  const std::vector<ItemId>& clicks = store.user(user).recent_clicks;
  b.count = std::min(most_, clicks.size());
  b.clicks.resize(b.count * cols_);
  b.bias.resize(b.count * width_);
  b.folded.resize(cols_ * width_);
  if (b.matrices.size() < b.count) b.matrices.resize(b.count);
  for (std::size_t j = 0; j < b.count; ++j) {
    const auto click = items_.row(clicks[j]);
    std::copy(click.begin(), click.end(), b.clicks.begin() + static_cast<std::ptrdiff_t>(j * cols_));
    float* bias = b.bias.data() + j * width_;
    std::copy(bias_.begin(), bias_.end(), bias);
    for (std::size_t i = 0; i < cols_; ++i)
      for (std::size_t k = 0; k < width_; ++k) {
        bias[k] += click[i] * of_click_(i, k);
        b.folded[i * width_ + k] = of_candidate_(i, k) + click[i] * of_product_(i, k);
      }
    b.matrices[j].repack(b.folded.data(), cols_, width_, width_);
  }
}

void FrozenBehaviours::attend(std::span<const ItemId> items, Buffers& b) const {
  const std::size_t rows = items.size();
  b.candidates.resize(rows, cols_);
  b.attended.resize(rows, cols_);
  b.hidden.resize(rows, width_);
  b.weights.resize(rows);
  gather_rows(items_, items, b.candidates.data(), cols_);
  std::fill(b.attended.values().begin(), b.attended.values().end(), 0.0f);
  const bool relu = !tail_.empty() && activation_ == Activation::relu;
  for (std::size_t j = 0; j < b.count; ++j) {
    multiply(b.candidates.data(), rows, cols_, b.matrices[j], b.hidden.data(), width_,
             {b.bias.data() + j * width_, relu, false});
    if (tail_.empty()) {
      std::copy_n(b.hidden.data(), rows, b.weights.data());
    } else {
      if (!relu) activate(activation_, b.hidden.values());
      tail_.apply(b.hidden.data(), rows, width_, b.weights.data(), 1, b.scratch);
    }
    const float* click = b.clicks.data() + j * cols_;
    for (std::size_t r = 0; r < rows; ++r) {
      float* to = b.attended.data() + r * cols_;
      for (std::size_t i = 0; i < cols_; ++i) to[i] += b.weights[r] * click[i];
    }
  }
}

template <class T>
ScorerWork behaviours_work(const BehaviourAttention<T>& behaviours) {
  const auto clicks = static_cast<double>(behaviours.most());
  const auto cols = static_cast<double>(behaviours.cols());
  const auto& layers = behaviours.attention().network().layers();
  const auto width = static_cast<double>(layers.front().out());
  ScorerWork work;
  // A bias and a matrix a click, from two products with its numbers; its id and its numbers are read.
  work.per_request.flops = clicks * (2 * cols * width + 2 * cols * width);
  work.per_request.bytes = clicks * float_bytes(1 + cols);
  work.per_candidate.flops = clicks * (2 * cols * width + width + 2 * cols);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (l > 0) work.per_candidate.flops += clicks * layers[l].flops();
    work.per_request.bytes += float_bytes(static_cast<double>(layers[l].weights().size() + layers[l].out()));
  }
  return work;
}

template FrozenBehaviours::FrozenBehaviours(const BehaviourAttention<float>&, const FeatureEmbedding<float>&,
                                            const FeatureStore&);
template FrozenBehaviours::FrozenBehaviours(const BehaviourAttention<double>&, const FeatureEmbedding<double>&,
                                            const FeatureStore&);
template ScorerWork behaviours_work(const BehaviourAttention<float>&);
template ScorerWork behaviours_work(const BehaviourAttention<double>&);

}  // namespace cascade
