#include "models/multi_task_scorer.h"

#include <algorithm>
#include <optional>

#include "models/feature_selection.h"
#include "models/layers/frozen.h"

namespace cascade {
namespace {

constexpr std::size_t kChunk = 64;  // candidates a block: their input and every layer stay in the core's cache

template <class T>
FrozenLinear frozen_linear(const Linear<T>& layer) {
  return {frozen_rows(layer.weights(), {0, layer.in()}), frozen_vector(layer.bias())};
}

struct Buffers {
  Matrix<float> input;                 ///< [chunk, in]
  Matrix<float> user;                  ///< [1, products]
  Matrix<float> item;                  ///< [chunk, products]
  Matrix<float> shares;                ///< [chunk, experts]
  Matrix<float> mixed;                 ///< [chunk, out]
  std::vector<Matrix<float>> outputs;  ///< [experts][chunk, out]
  ForwardScratch scratch;
};

class TasksScorer final : public MultiTaskScorer {
 public:
  template <class T>
  TasksScorer(const MultiTaskParts<T>& parts, const FeatureStore& store)
      : user_(parts.embedding, Side::user),
        item_(parts.embedding, Side::item),
        item_columns_(parts.embedding.columns(Side::item)),
        width_(parts.embedding.width()),
        columns_(parts.embedding.cols()),
        products_(parts.interactions.products()),
        activation_(parts.experts.activation()),
        work_(counted_work(parts, store)) {
    for (std::size_t k = 0; k < parts.embedding.groups().size(); ++k) {
      const EmbeddedGroup& group = parts.embedding.groups()[k];
      if (group.side != Side::cross) continue;
      const Matrix<T>& table = parts.embedding.table(k);
      cross_.push_back({group.group, group.offset, frozen_rows(table, {0, table.rows()})});
    }
    if (products_ > 0) {
      user_side_.emplace(frozen_linear(parts.interactions.user_side()));
      item_side_.emplace(frozen_linear(parts.interactions.item_side()));
    }
    for (const Mlp<T>& expert : parts.experts.networks()) experts_.emplace_back(expert, 0);
    for (std::size_t t = 0; t < parts.heads.size(); ++t) {
      if (parts.heads[t].is_group()) continue;
      std::optional<Head>& head = parts.heads[t].name == "click" ? click_ : conversion_;
      head.emplace(Head{FrozenMlp(parts.towers[t], 0), {}});
      if (!parts.experts.gates().empty()) head->gate.push_back(frozen_linear(parts.experts.gates()[t]));
    }
    first_is_click_ = parts.heads.front().name == "click";
  }

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    score_tasks(x, first_is_click_ ? logits : std::span<float>(), first_is_click_ ? std::span<float>() : logits);
  }

  void score_tasks(const CandidateFeatures& x, std::span<float> click, std::span<float> conversion) const override {
    CASCADE_CHECK((click.empty() || click_) && (conversion.empty() || conversion_), "a task that was not learned");
    thread_local Buffers buffers;
    const auto items = x.items();
    if (items.empty()) return;
    prepare(x, buffers);
    std::vector<const std::uint32_t*> values;
    values.reserve(cross_.size());
    for (const CrossTable& table : cross_) values.push_back(x.cross(table.group).data());
    for (std::size_t begin = 0; begin < items.size(); begin += kChunk) {
      const std::size_t rows = std::min(kChunk, items.size() - begin);
      fill_items(x.store(), items.subspan(begin, rows), values, begin, buffers);
      for (std::size_t k = 0; k < experts_.size(); ++k) {
        buffers.outputs[k].resize(rows, experts_[k].out());
        experts_[k].apply(buffers.input.data(), rows, buffers.input.cols(), buffers.outputs[k].data(),
                          experts_[k].out(), buffers.scratch);
        activate(activation_, buffers.outputs[k].values());
      }
      if (!click.empty()) head(*click_, rows, click.data() + begin, buffers);
      if (!conversion.empty()) head(*conversion_, rows, conversion.data() + begin, buffers);
    }
  }

  ScorerWork work() const override { return work_; }

 private:
  struct CrossTable {
    int group;
    std::size_t offset;  ///< of its columns in the input
    Matrix<float> rows;  ///< [cardinality, width_]
  };
  struct Head {
    FrozenMlp tower;
    std::vector<FrozenLinear> gate;  ///< one, or none with a single expert
  };

  /// The user's columns of every row of the chunk, and A e_user.
  void prepare(const CandidateFeatures& x, Buffers& b) const {
    b.input.resize(kChunk, columns_ + products_);
    b.outputs.resize(experts_.size());
    if (user_.cols() == 0) return;
    const UserId user = x.user();
    user_.gather(x.store(), {&user, 1}, b.input.data(), b.input.cols());
    for (std::size_t r = 1; r < kChunk; ++r) std::copy_n(b.input.data(), user_.cols(), b.input.row(r).data());
    if (products_ == 0) return;
    b.user.resize(1, products_);
    user_side_->apply(b.input.data(), 1, b.input.cols(), b.user.data(), products_, false);
  }

  void fill_items(const FeatureStore& store, std::span<const ItemId> items,
                  std::span<const std::uint32_t* const> values, std::size_t begin, Buffers& b) const {
    const std::size_t rows = items.size();
    if (item_.cols() > 0) item_.gather(store, items, b.input.data() + item_columns_.begin, b.input.cols());
    for (std::size_t c = 0; c < cross_.size(); ++c)
      for (std::size_t r = 0; r < rows; ++r)
        std::copy_n(cross_[c].rows.row(values[c][begin + r]).data(), width_, b.input.row(r).data() + cross_[c].offset);
    if (products_ == 0) return;
    b.item.resize(rows, products_);
    item_side_->apply(b.input.data() + item_columns_.begin, rows, b.input.cols(), b.item.data(), products_, false);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t k = 0; k < products_; ++k) b.input(r, columns_ + k) = b.user(0, k) * b.item(r, k);
  }

  void head(const Head& one, std::size_t rows, float* logits, Buffers& b) const {
    if (one.gate.empty()) {
      one.tower.apply(b.outputs[0].data(), rows, b.outputs[0].cols(), logits, 1, b.scratch);
      return;
    }
    b.shares.resize(rows, experts_.size());
    one.gate[0].apply(b.input.data(), rows, b.input.cols(), b.shares.data(), experts_.size(), false);
    softmax_rows(b.shares);
    const std::size_t width = b.outputs[0].cols();
    b.mixed.resize(rows, width);
    for (std::size_t r = 0; r < rows; ++r) {
      float* h = b.mixed.row(r).data();
      std::fill_n(h, width, 0.0f);
      for (std::size_t k = 0; k < experts_.size(); ++k) {
        const float share = b.shares(r, k);
        const float* e = b.outputs[k].row(r).data();
        for (std::size_t i = 0; i < width; ++i) h[i] += share * e[i];
      }
    }
    one.tower.apply(b.mixed.data(), rows, width, logits, 1, b.scratch);
  }

  /// The user's columns of first layers and gates are paid once a request.
  template <class T>
  static ScorerWork counted_work(const MultiTaskParts<T>& parts, const FeatureStore& store) {
    const FeatureSchema& schema = store.schema();
    const auto user_columns = static_cast<double>(parts.embedding.columns(Side::user).size());
    double weights = 0;
    double flops = 0;
    double once = 0;
    const auto count = [&](const Linear<T>& layer, bool on_input) {
      weights += static_cast<double>(layer.weights().size() + layer.out());
      const double users_part = on_input ? 2 * user_columns * static_cast<double>(layer.out()) : 0.0;
      once += users_part;
      flops += layer.flops() - users_part;
    };
    for (const Mlp<T>& expert : parts.experts.networks())
      for (std::size_t l = 0; l < expert.layers().size(); ++l) count(expert.layers()[l], l == 0);
    for (std::size_t t = 0; t < parts.heads.size(); ++t) {
      if (parts.heads[t].is_group()) continue;
      for (const Linear<T>& layer : parts.towers[t].layers()) count(layer, false);
      if (parts.experts.gates().empty()) continue;
      count(parts.experts.gates()[t], true);
      flops += 2 * static_cast<double>(parts.experts.networks().size() * (1 + parts.experts.out()));
    }
    if (parts.interactions.products() > 0) {
      once += parts.interactions.user_side().flops();
      flops += parts.interactions.item_side().flops() + static_cast<double>(parts.interactions.products());
      for (const Linear<T>* layer : {&parts.interactions.user_side(), &parts.interactions.item_side()})
        weights += static_cast<double>(layer->weights().size() + layer->out());
    }
    ScorerWork work;
    work.per_request = feature_work(schema, parts.groups, Side::user, parts.embedding.width());
    work.per_request.flops += once;
    work.per_request.bytes += float_bytes(weights);
    work.per_candidate = feature_work(schema, parts.groups, Side::item, parts.embedding.width()) +
                         feature_work(schema, parts.groups, Side::cross, parts.embedding.width());
    work.per_candidate.items = 1;
    work.per_candidate.flops += flops;
    return work;
  }

  FrozenEmbedding user_;
  FrozenEmbedding item_;
  ColumnRange item_columns_;
  std::size_t width_;    ///< of an embedding
  std::size_t columns_;  ///< of all embeddings
  std::size_t products_;
  Activation activation_;
  std::vector<CrossTable> cross_;
  std::optional<FrozenLinear> user_side_;
  std::optional<FrozenLinear> item_side_;
  std::vector<FrozenMlp> experts_;
  std::optional<Head> click_;
  std::optional<Head> conversion_;
  bool first_is_click_ = true;
  ScorerWork work_;
};

}  // namespace

template <class T>
std::unique_ptr<Scorer> freeze_multi_task(const MultiTaskParts<T>& parts, const FeatureStore& store) {
  return std::make_unique<TasksScorer>(parts, store);
}

template std::unique_ptr<Scorer> freeze_multi_task(const MultiTaskParts<float>&, const FeatureStore&);
template std::unique_ptr<Scorer> freeze_multi_task(const MultiTaskParts<double>&, const FeatureStore&);

}  // namespace cascade
