#include "models/gwen_scorer.h"

#include <algorithm>
#include <cmath>

#include "base/half.h"
#include "base/parallel.h"
#include "base/product.h"
#include "models/feature_selection.h"
#include "models/frozen_behaviours.h"
#include "models/layers/frozen.h"
#include "models/layers/linear_log.h"
#include "models/layers/sum_rows.h"
#include "models/layers/widths.h"

namespace cascade {
namespace {

constexpr std::size_t kItemBlock = 256;
constexpr std::size_t kRowsAhead = 4;            // of the items' part, which come from far away
constexpr std::size_t kChunkFloats = 32 * 1024;  // of the widest layer: stays in the core's own cache
constexpr float kOverflowed = -65504.0f;

/// Rows of floats, kept in a precision and read at random.
class StoredRows {
 public:
  StoredRows() = default;
  StoredRows(std::size_t rows, std::size_t cols, Precision precision) : precision_(precision), cols_(cols) {
    if (precision == Precision::f32)
      floats_ = Matrix<float>(rows, cols);
    else
      halves_ = Matrix<std::uint16_t>(rows, cols);
    empty_ = rows == 0 || cols == 0;
  }

  bool empty() const { return empty_; }
  /// Stores rows [first, first + count) from `from` [count, cols].
  void store(std::size_t first, std::size_t count, const float* from) {
    if (precision_ == Precision::f32)
      std::copy_n(from, count * cols_, floats_.data() + first * cols_);
    else
      to_half(half_kind(precision_), from, count * cols_, halves_.data() + first * cols_);
  }
  void prefetch_row(std::size_t row) const {
    if (precision_ == Precision::f32)
      prefetch(floats_.data() + row * cols_, cols_);
    else
      prefetch(halves_.data() + row * cols_, cols_);
  }
  /// The row: its own memory, or `buffer` [cols] with what was stored.
  const float* row(std::size_t row, float* buffer) const {
    if (precision_ == Precision::f32) return floats_.data() + row * cols_;
    from_half(half_kind(precision_), halves_.data() + row * cols_, cols_, buffer);
    return buffer;
  }
  /// out [rows.size(), cols].
  void gather(std::span<const std::uint32_t> rows, float* out) const {
    if (precision_ == Precision::f32) {
      gather_rows(floats_, rows, out, cols_);
      return;
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (r + kPrefetchRows < rows.size()) prefetch_row(rows[r + kPrefetchRows]);
      row(rows[r], out + r * cols_);
    }
  }

 private:
  Precision precision_ = Precision::f32;
  std::size_t cols_ = 0;
  bool empty_ = true;
  Matrix<float> floats_;
  Matrix<std::uint16_t> halves_;
};

struct Buffers {
  std::vector<float> item_row;
  std::vector<float> user_input;
  std::vector<float> user_hidden;
  std::vector<float> user_latent;
  std::vector<float> folded;
  PackedMatrix packed;
  Matrix<float> item_input;
  Matrix<float> latent;
  Matrix<float> hidden;
  std::vector<const float*> parts;
  FrozenBehaviours::Buffers behaviours;
  ForwardScratch scratch;
};

class GwenScorer final : public Scorer {
 public:
  template <class T>
  GwenScorer(const GwenParts<T>& parts, const FeatureStore& store, double item_part_budget)
      : precision_(parts.precision),
        squash_(parts.squash),
        user_(parts.embedding, Side::user, table_precision()),
        item_(parts.embedding, Side::item, table_precision()),
        width_(parts.mlp.layers().front().out()),
        interactions_(parts.interactions),
        activation_(parts.mlp.activation()),
        chunk_(chunk_rows(widest(parts.mlp), precision_)),
        tail_(parts.mlp, 1, precision_),
        work_(counted_work(parts, store)) {
    const Linear<T>& first = parts.mlp.layers().front();
    const FeatureEmbedding<T>& embedding = parts.embedding;
    bias_ = frozen_vector(first.bias());
    round_to(precision_, bias_);
    const auto part = [&](ColumnRange columns, std::vector<float> bias) {
      return FrozenProduct(frozen_rows(first.weights(), columns), std::move(bias), precision_);
    };
    if (user_.cols() > 0) user_part_ = part(embedding.columns(Side::user), bias_);
    if (item_.cols() > 0) item_part_ = part(embedding.columns(Side::item), {});
    for (std::size_t k = 0; k < embedding.groups().size(); ++k) {
      const EmbeddedGroup& group = embedding.groups()[k];
      if (group.side != Side::cross) continue;
      Matrix<float> table = frozen_rows(embedding.table(k), {0, embedding.table(k).rows()});
      round_to(table_precision(), table.values());
      prepare_input(table.data(), table.rows(), table.cols());
      cross_.push_back({group.group, Matrix<float>(table.rows(), width_)});
      part({group.offset, group.offset + embedding.width()}, {})
          .apply(table.data(), table.rows(), table.cols(), cross_.back().rows.data(), width_, false, false);
    }
    if (interactions_ > 0) {
      product_weights_ = frozen_rows(first.weights(), {embedding.cols(), embedding.cols() + interactions_});
      round_to(precision_, product_weights_.values());
      user_latent_ = frozen_projection(parts.user_latent);
      item_latent_ = frozen_projection(parts.item_latent);
    }
    if (parts.behaviours != nullptr) {
      behaviours_ = FrozenBehaviours(*parts.behaviours, embedding, store);
      const std::size_t column = embedding.cols() + interactions_;
      attended_part_ = part({column, column + behaviours_.cols()}, {});
    }
    precompute_items(store, item_part_budget);
  }

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    thread_local Buffers buffers;
    prepare_user(x, buffers);
    if (!behaviours_.empty()) behaviours_.prepare(x.store(), x.user(), buffers.behaviours);
    std::vector<const std::uint32_t*> values;
    values.reserve(cross_.size());
    for (const CrossTable& table : cross_) values.push_back(x.cross(table.group).data());
    const auto items = x.items();
    for (std::size_t begin = 0; begin < items.size(); begin += chunk_) {
      const std::size_t rows = std::min(chunk_, items.size() - begin);
      first_layer(x.store(), items.subspan(begin, rows), values, begin, buffers);
      if (tail_.empty())
        std::copy_n(buffers.hidden.data(), rows, logits.data() + begin);
      else
        tail_.apply(buffers.hidden.data(), rows, width_, logits.data() + begin, 1, buffers.scratch);
    }
    if (precision_ == Precision::f32) return;
    for (float& logit : logits)
      if (!std::isfinite(logit)) logit = kOverflowed;
  }

  ScorerWork work() const override { return work_; }

 private:
  struct CrossTable {
    int group;
    Matrix<float> rows;  ///< [cardinality, width_]: each value's part of the first layer
  };

  template <class T>
  FrozenProduct frozen_projection(const Linear<T>& layer) const {
    return FrozenProduct(frozen_rows(layer.weights(), {0, layer.in()}), frozen_vector(layer.bias()), precision_);
  }

  /// Of the embeddings: what is to be squashed may be too large for a half.
  Precision table_precision() const { return squash_ ? Precision::f32 : precision_; }

  /// What the first layer reads of pooled embeddings x [rows, cols]: squashed, in the precision.
  void prepare_input(float* x, std::size_t rows, std::size_t cols) const {
    if (squash_) linear_log(x, rows, cols, cols);
    round_to(precision_, x, rows * cols);
  }

  /// In half precision a panel of weights is widened for a whole block, which pays for many rows only.
  static std::size_t chunk_rows(std::size_t width, Precision precision) {
    return precision == Precision::f32 ? std::clamp<std::size_t>(kChunkFloats / width, 16, 256) : 256;
  }

  template <class T>
  static std::size_t widest(const Mlp<T>& mlp) {
    std::size_t width = 1;
    for (const Linear<T>& layer : mlp.layers()) width = std::max(width, layer.out());
    return width;
  }

  template <class T>
  static ScorerWork counted_work(const GwenParts<T>& parts, const FeatureStore& store) {
    const FeatureSchema& schema = store.schema();
    const std::size_t embedding_width = parts.embedding.width();
    const auto& layers = parts.mlp.layers();
    const double width = static_cast<double>(layers.front().out());
    const auto first_layer = [&](Side side) {
      return 2 * width * static_cast<double>(parts.embedding.columns(side).size());
    };
    double weights = 0;
    ScorerWork work;
    work.per_request = feature_work(schema, parts.groups, Side::user, embedding_width);
    work.per_request.flops += first_layer(Side::user) + width;
    work.per_candidate = feature_work(schema, parts.groups, Side::item, embedding_width) +
                         feature_work(schema, parts.groups, Side::cross, embedding_width);
    work.per_candidate.items = 1;
    work.per_candidate.flops += first_layer(Side::item) + first_layer(Side::cross) + width;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      if (l > 0) work.per_candidate.flops += layers[l].flops();
      weights += static_cast<double>(layers[l].weights().size() + layers[l].out());
    }
    if (parts.interactions > 0) {
      const double products = static_cast<double>(parts.interactions);
      work.per_request.flops += parts.user_latent.flops();
      work.per_candidate.flops += parts.item_latent.flops() + products + 2 * products * width;
      for (const Linear<T>* layer : {&parts.user_latent, &parts.item_latent})
        weights += static_cast<double>(layer->weights().size() + layer->out());
    }
    if (parts.behaviours != nullptr) {
      const ScorerWork attention = behaviours_work(*parts.behaviours);
      work.per_request += attention.per_request;
      work.per_candidate += attention.per_candidate;
      work.per_candidate.flops += 2 * width * static_cast<double>(parts.behaviours->cols());
    }
    work.per_request.bytes += float_bytes(weights);
    if (parts.squash) {
      work.per_request.flops += kLinearLogFlops * static_cast<double>(parts.embedding.columns(Side::user).size());
      work.per_candidate.flops += kLinearLogFlops * static_cast<double>(parts.embedding.columns(Side::item).size() +
                                                                        parts.embedding.columns(Side::cross).size());
    }
    if (parts.precision != Precision::f32) {
      const auto features = [&](Side side) { return feature_work(schema, parts.groups, side, 0); };
      const auto in_floats = [&](Side side) {
        return feature_work(schema, parts.groups, side, parts.squash ? embedding_width : 0).bytes;
      };
      halve(work.per_request, features(Side::user).flops, in_floats(Side::user));
      halve(work.per_candidate, features(Side::item).flops + features(Side::cross).flops,
            in_floats(Side::item) + in_floats(Side::cross));
    }
    return work;
  }

  /// All but the features' own computation is done in half precision; embeddings to be squashed stay floats.
  static void halve(Work& work, double feature_flops, double float_bytes_read) {
    work.bytes = float_bytes_read + (work.bytes - float_bytes_read) / 2;
    work.half_flops = work.flops - feature_flops;
  }

  void precompute_items(const FeatureStore& store, double budget) {
    const double numbers = static_cast<double>(store.num_items()) * static_cast<double>(width_ + interactions_);
    if (item_.cols() == 0 || float_bytes(numbers) > budget) return;
    item_rows_ = StoredRows(store.num_items(), width_, precision_);
    item_latents_ = StoredRows(store.num_items(), interactions_, precision_);
    for_each_block(store.num_items(), kItemBlock, [&](std::size_t begin, std::size_t end) {
      std::vector<ItemId> block(end - begin);
      for (std::size_t i = begin; i < end; ++i) block[i - begin] = static_cast<ItemId>(i);
      std::vector<float> input(block.size() * item_.cols());
      item_.gather(store, block, input.data(), item_.cols());
      prepare_input(input.data(), block.size(), item_.cols());
      std::vector<float> rows(block.size() * std::max(width_, interactions_));
      item_part_.apply(input.data(), block.size(), item_.cols(), rows.data(), width_, false, false);
      item_rows_.store(begin, block.size(), rows.data());
      if (interactions_ == 0) return;
      item_latent_.apply(input.data(), block.size(), item_.cols(), rows.data(), interactions_, false, false);
      item_latents_.store(begin, block.size(), rows.data());
    });
    item_ = FrozenEmbedding();
  }

  void prepare_user(const CandidateFeatures& x, Buffers& b) const {
    const UserId user = x.user();
    b.user_input.resize(user_.cols());
    b.user_hidden = bias_;
    if (user_.cols() == 0) return;
    user_.gather(x.store(), {&user, 1}, b.user_input.data(), user_.cols());
    prepare_input(b.user_input.data(), 1, user_.cols());
    user_part_.apply(b.user_input.data(), 1, user_.cols(), b.user_hidden.data(), width_, false, false);
    if (interactions_ == 0) return;
    b.user_latent.resize(interactions_);
    user_latent_.apply(b.user_input.data(), 1, user_.cols(), b.user_latent.data(), interactions_, false, false);
    round_to(precision_, b.user_latent);
    b.folded.resize(product_weights_.size());
    for (std::size_t k = 0; k < interactions_; ++k)
      for (std::size_t j = 0; j < width_; ++j) b.folded[k * width_ + j] = b.user_latent[k] * product_weights_(k, j);
    round_to(precision_, b.folded);
    b.packed.repack(b.folded.data(), interactions_, width_, width_);
  }

  /// hidden [rows, width_]: activated outputs of the first layer for items, whose cross values start at
  /// values[c][begin].
  void first_layer(const FeatureStore& store, std::span<const ItemId> items,
                   std::span<const std::uint32_t* const> values, std::size_t begin, Buffers& b) const {
    const std::size_t rows = items.size();
    const bool precomputed = !item_rows_.empty();
    const bool from_embeddings = !precomputed && item_.cols() > 0;
    const bool relu = !tail_.empty() && activation_ == Activation::relu;
    const bool attends = !behaviours_.empty();
    const bool relu_in_sum = relu && !from_embeddings && interactions_ == 0 && !attends;
    const bool relu_in_product = relu && interactions_ > 0 && !attends;
    b.hidden.resize(rows, width_);
    b.latent.resize(rows, interactions_);
    b.parts.resize(1 + (precomputed ? 1 : 0) + cross_.size());
    const float** parts = b.parts.data();
    const float** cross_parts = parts + (b.parts.size() - cross_.size());
    parts[0] = b.user_hidden.data();
    b.item_row.resize(width_);
    for (std::size_t r = 0; r < rows; ++r) {
      if (precomputed) {
        if (r + kRowsAhead < rows) item_rows_.prefetch_row(items[r + kRowsAhead]);
        parts[1] = item_rows_.row(items[r], b.item_row.data());
      }
      for (std::size_t c = 0; c < cross_.size(); ++c)
        cross_parts[c] = cross_[c].rows.data() + values[c][begin + r] * width_;
      sum_rows(parts, b.parts.size(), width_, relu_in_sum, b.hidden.data() + r * width_);
    }
    if (from_embeddings) {
      b.item_input.resize(rows, item_.cols());
      item_.gather(store, items, b.item_input.data(), item_.cols());
      prepare_input(b.item_input.data(), rows, item_.cols());
      item_part_.apply(b.item_input.data(), rows, item_.cols(), b.hidden.data(), width_, false, true);
    }
    if (interactions_ > 0) {
      if (from_embeddings)
        item_latent_.apply(b.item_input.data(), rows, item_.cols(), b.latent.data(), interactions_, false, false);
      else
        item_latents_.gather(items, b.latent.data());
      if (from_embeddings) round_to(precision_, b.latent.values());
      multiply(b.latent.data(), rows, interactions_, b.packed, b.hidden.data(), width_,
               {nullptr, relu_in_product, true});
    }
    if (attends) {
      behaviours_.attend(items, b.behaviours);
      attended_part_.apply(b.behaviours.attended.data(), rows, behaviours_.cols(), b.hidden.data(), width_, false,
                           true);
    }
    if (tail_.empty()) return;
    if (!relu_in_sum && !relu_in_product) activate(activation_, b.hidden.values());
    round_to(precision_, b.hidden.values());
  }

  Precision precision_;
  bool squash_;
  FrozenEmbedding user_;
  FrozenEmbedding item_;  ///< empty once the items' part is precomputed
  std::size_t width_;     ///< of the first layer
  std::size_t interactions_;
  Activation activation_;
  std::size_t chunk_;  ///< candidates a block; a constant of the model
  std::vector<float> bias_;
  FrozenProduct user_part_;
  FrozenProduct item_part_;
  std::vector<CrossTable> cross_;
  FrozenProduct user_latent_;
  FrozenProduct item_latent_;
  Matrix<float> product_weights_;  ///< [interactions, width_]
  FrozenBehaviours behaviours_;
  FrozenProduct attended_part_;
  StoredRows item_rows_;     ///< [num_items, width_], or empty
  StoredRows item_latents_;  ///< [num_items, interactions]
  FrozenMlp tail_;
  ScorerWork work_;
};

}  // namespace

template <class T>
std::unique_ptr<Scorer> freeze_gwen(const GwenParts<T>& parts, const FeatureStore& store, double item_part_budget) {
  return std::make_unique<GwenScorer>(parts, store, item_part_budget);
}

template std::unique_ptr<Scorer> freeze_gwen(const GwenParts<float>&, const FeatureStore&, double);
template std::unique_ptr<Scorer> freeze_gwen(const GwenParts<double>&, const FeatureStore&, double);

}  // namespace cascade
