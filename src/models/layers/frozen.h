#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/half_product.h"
#include "base/matrix.h"
#include "base/product.h"
#include "models/layers/feature_embedding.h"
#include "models/layers/mlp.h"
#include "models/layers/precision.h"

namespace cascade {

/// Immutable copies of trained layers, in float, for scoring by many threads at once.

/// Rows [range.begin, range.end) of a matrix.
template <class T>
Matrix<float> frozen_rows(const Matrix<T>& matrix, ColumnRange range);

template <class T>
std::vector<float> frozen_vector(const std::vector<T>& values);

/// The pooled, concatenated embeddings of the groups of one side, user or item, from the store.
class FrozenEmbedding {
 public:
  FrozenEmbedding() = default;
  template <class T>
  FrozenEmbedding(const FeatureEmbedding<T>& embedding, Side side, Precision precision = Precision::f32);

  std::size_t cols() const { return groups_.empty() ? 0 : groups_.size() * tables_.front().cols(); }
  /// out [entities, cols], rows `stride` apart.
  void gather(const FeatureStore& store, std::span<const std::uint32_t> entities, float* out, std::size_t stride) const;

 private:
  std::vector<EmbeddedGroup> groups_;
  std::vector<Matrix<float>> tables_;
};

/// Buffers of one thread.
struct ForwardScratch {
  Matrix<float> one;
  Matrix<float> other;
};

/// y = x W (+ b) with weights of a precision; may have no inputs, in which case it is b or nothing.
class FrozenProduct {
 public:
  FrozenProduct() = default;
  /// `bias` [weights.cols()], or empty. Both are rounded here.
  FrozenProduct(const Matrix<float>& weights, std::vector<float> bias, Precision precision = Precision::f32);
  /// y [rows, out], added to what is there where `accumulate`.
  void apply(const float* x, std::size_t rows, std::size_t stride, float* y, std::size_t stride_y, bool relu,
             bool accumulate) const;
  const std::vector<float>& bias() const { return bias_; }

 private:
  PackedMatrix weights_;  ///< of f32
  HalfMatrix half_;       ///< of a half precision
  std::vector<float> bias_;
  bool is_half_ = false;
};

/// One linear layer: y = x W + b, activated where it is a hidden one. Outputs are floats.
class FrozenLinear {
 public:
  FrozenLinear(const Matrix<float>& weights, std::vector<float> bias, Precision precision = Precision::f32);
  std::size_t in() const { return in_; }
  std::size_t out() const { return product_.bias().size(); }
  void apply(const float* x, std::size_t rows, std::size_t stride, float* y, std::size_t stride_y, bool relu) const;

 private:
  std::size_t in_;
  std::vector<float> column_;  ///< of one column: a dot product a row
  FrozenProduct product_;      ///< of more than one column; always has the bias
};

/// The layers of an Mlp from layer `first` on; hidden outputs are rounded to the precision.
class FrozenMlp {
 public:
  FrozenMlp() = default;
  template <class T>
  FrozenMlp(const Mlp<T>& mlp, std::size_t first, Precision precision = Precision::f32);

  bool empty() const { return layers_.empty(); }
  std::size_t out() const { return layers_.back().out(); }
  /// y [rows, out] from x [rows, in]. A row's result depends on that row only.
  void apply(const float* x, std::size_t rows, std::size_t stride, float* y, std::size_t stride_y,
             ForwardScratch& scratch) const;

 private:
  std::vector<FrozenLinear> layers_;
  Activation activation_ = Activation::relu;
  Precision precision_ = Precision::f32;
};

}  // namespace cascade
