#include "models/layers/frozen.h"

#include <algorithm>

namespace cascade {

template <class T>
Matrix<float> frozen_rows(const Matrix<T>& matrix, ColumnRange range) {
  Matrix<float> rows(range.size(), matrix.cols());
  std::transform(matrix.data() + range.begin * matrix.cols(), matrix.data() + range.end * matrix.cols(), rows.data(),
                 [](T value) { return static_cast<float>(value); });
  return rows;
}

template <class T>
std::vector<float> frozen_vector(const std::vector<T>& values) {
  std::vector<float> frozen(values.size());
  std::transform(values.begin(), values.end(), frozen.begin(), [](T value) { return static_cast<float>(value); });
  return frozen;
}

template <class T>
FrozenEmbedding::FrozenEmbedding(const FeatureEmbedding<T>& embedding, Side side, Precision precision) {
  for (std::size_t k = 0; k < embedding.groups().size(); ++k) {
    if (embedding.groups()[k].side != side) continue;
    groups_.push_back(embedding.groups()[k]);
    groups_.back().offset = tables_.size() * embedding.width();
    tables_.push_back(frozen_rows(embedding.table(k), {0, embedding.table(k).rows()}));
    round_to(precision, tables_.back().values());
  }
}

void FrozenEmbedding::gather(const FeatureStore& store, std::span<const std::uint32_t> entities, float* out,
                             std::size_t stride) const {
  for (std::size_t k = 0; k < groups_.size(); ++k) {
    const EmbeddedGroup& group = groups_[k];
    const auto column = store.column(group.group);
    for (std::size_t r = 0; r < entities.size(); ++r)
      pool_rows(tables_[k], column.subspan(entities[r] * group.num_values, group.num_values), group.num_values,
                out + r * stride + group.offset, stride);
  }
}

FrozenProduct::FrozenProduct(const Matrix<float>& weights, std::vector<float> bias, Precision precision)
    : bias_(std::move(bias)), is_half_(precision != Precision::f32) {
  round_to(precision, bias_);
  if (is_half_)
    half_ = HalfMatrix::pack(half_kind(precision), weights.data(), weights.rows(), weights.cols(), weights.cols());
  else
    weights_ = PackedMatrix::pack(weights.data(), weights.rows(), weights.cols(), weights.cols());
}

void FrozenProduct::apply(const float* x, std::size_t rows, std::size_t stride, float* y, std::size_t stride_y,
                          bool relu, bool accumulate) const {
  const Epilogue epilogue{bias_.empty() ? nullptr : bias_.data(), relu, accumulate};
  if (is_half_)
    multiply(x, rows, stride, half_, y, stride_y, epilogue);
  else
    multiply(x, rows, stride, weights_, y, stride_y, epilogue);
}

FrozenLinear::FrozenLinear(const Matrix<float>& weights, std::vector<float> bias, Precision precision)
    : in_(weights.rows()) {
  CASCADE_CHECK(weights.cols() == bias.size(), "weights and bias of different layers");
  if (weights.cols() == 1) {
    column_.assign(weights.data(), weights.data() + weights.size());
    round_to(precision, column_);
    product_ = FrozenProduct(Matrix<float>(0, 1), std::move(bias), precision);
  } else {
    product_ = FrozenProduct(weights, std::move(bias), precision);
  }
}

void FrozenLinear::apply(const float* x, std::size_t rows, std::size_t stride, float* y, std::size_t stride_y,
                         bool relu) const {
  if (column_.empty()) {
    product_.apply(x, rows, stride, y, stride_y, relu, false);
    return;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const float sum = dot(x + r * stride, column_.data(), in_) + product_.bias()[0];
    y[r * stride_y] = relu ? std::max(sum, 0.0f) : sum;
  }
}

template <class T>
FrozenMlp::FrozenMlp(const Mlp<T>& mlp, std::size_t first, Precision precision)
    : activation_(mlp.activation()), precision_(precision) {
  for (std::size_t l = first; l < mlp.layers().size(); ++l) {
    const Linear<T>& layer = mlp.layers()[l];
    layers_.emplace_back(frozen_rows(layer.weights(), {0, layer.in()}), frozen_vector(layer.bias()), precision);
  }
}

void FrozenMlp::apply(const float* x, std::size_t rows, std::size_t stride, float* y, std::size_t stride_y,
                      ForwardScratch& scratch) const {
  Matrix<float>* free = &scratch.one;
  Matrix<float>* taken = &scratch.other;
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    const std::size_t width = layers_[l].out();
    free->resize(rows, width);
    layers_[l].apply(x, rows, stride, free->data(), width, activation_ == Activation::relu);
    if (activation_ != Activation::relu) activate(activation_, free->values());
    round_to(precision_, free->values());
    x = free->data();
    stride = width;
    std::swap(free, taken);
  }
  layers_.back().apply(x, rows, stride, y, stride_y, false);
}

template Matrix<float> frozen_rows(const Matrix<float>&, ColumnRange);
template Matrix<float> frozen_rows(const Matrix<double>&, ColumnRange);
template std::vector<float> frozen_vector(const std::vector<float>&);
template std::vector<float> frozen_vector(const std::vector<double>&);
template FrozenEmbedding::FrozenEmbedding(const FeatureEmbedding<float>&, Side, Precision);
template FrozenEmbedding::FrozenEmbedding(const FeatureEmbedding<double>&, Side, Precision);
template FrozenMlp::FrozenMlp(const Mlp<float>&, std::size_t, Precision);
template FrozenMlp::FrozenMlp(const Mlp<double>&, std::size_t, Precision);

}  // namespace cascade
