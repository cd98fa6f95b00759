#include "models/two_tower.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/product.h"
#include "models/feature_selection.h"
#include "models/layers/frozen.h"
#include "models/layers/inner_product.h"
#include "models/layers/normalise.h"

namespace cascade {
namespace {

constexpr std::size_t kItemBlock = 256;

/// One side: embeddings, network and, where asked, unit length.
template <class T>
struct Tower {
  Tower(const std::string& name, std::vector<int> selected, const TwoTowerParams& params, const FeatureSchema& schema,
        Initialiser& initialiser)
      : groups(std::move(selected)),
        normalize(params.normalize),
        embedding(name + ".embedding", schema, groups, static_cast<std::size_t>(params.embedding_dim), params.init,
                  initialiser) {
    std::vector<std::size_t> widths(params.hidden.begin(), params.hidden.end());
    widths.push_back(static_cast<std::size_t>(params.dim));
    mlp = Mlp<T>(name, embedding.cols(), widths, params.activation, initialiser);
  }

  void forward(const Batch& batch) {
    input.resize(batch.rows.size(), embedding.cols());
    embedding.forward(batch, input.data(), input.cols());
    vectors = mlp.forward(input);
    if (normalize) unit.forward(vectors);
  }

  void backward() {
    if (normalize) unit.backward(vectors, gradient);
    mlp.backward(input, gradient, input_gradient);
    embedding.backward(input_gradient.data(), input_gradient.cols());
  }

  void append_parameters(std::vector<Parameter<T>>& all) {
    embedding.append_parameters(all);
    mlp.append_parameters(all);
  }

  void clear_gradients() {
    embedding.clear_gradients();
    mlp.clear_gradients();
  }

  double dense_flops() const { return mlp.flops() + (normalize ? 3.0 * static_cast<double>(mlp.out()) : 0.0); }

  double weights() const {
    double count = 0;
    for (const Linear<T>& layer : mlp.layers())
      count += static_cast<double>(layer.weights().size() + layer.bias().size());
    return count;
  }

  std::vector<int> groups;
  bool normalize;
  FeatureEmbedding<T> embedding;
  Mlp<T> mlp;
  L2Normalise<T> unit;
  Matrix<T> input;           ///< [batch, embedding.cols()]
  Matrix<T> vectors;         ///< [batch, dim]
  Matrix<T> gradient;        ///< [batch, dim]
  Matrix<T> input_gradient;  ///< [batch, embedding.cols()]
};

/// A tower for scoring.
class FrozenTower {
 public:
  template <class T>
  FrozenTower(const Tower<T>& tower, Side side)
      : embedding_(tower.embedding, side), mlp_(tower.mlp, 0), normalize_(tower.normalize) {}

  std::size_t dim() const { return mlp_.out(); }

  /// out [entities, dim], rows `stride` apart.
  void vectors(const FeatureStore& store, std::span<const std::uint32_t> entities, float* out,
               std::size_t stride) const {
    std::vector<float> input(entities.size() * embedding_.cols());
    embedding_.gather(store, entities, input.data(), embedding_.cols());
    ForwardScratch scratch;
    mlp_.apply(input.data(), entities.size(), embedding_.cols(), out, stride, scratch);
    if (normalize_)
      for (std::size_t r = 0; r < entities.size(); ++r) normalise_row(out + r * stride, dim());
  }

 private:
  FrozenEmbedding embedding_;
  FrozenMlp mlp_;
  bool normalize_;
};

class TwoTowerScorer final : public InnerProductScorer {
 public:
  /// item_bias [num_items], or empty.
  TwoTowerScorer(FrozenTower user, const FrozenTower& item, std::span<const float> item_bias, float scale, float bias,
                 const FeatureStore& store, const ScorerWork& work)
      : user_(std::move(user)),
        has_item_bias_(!item_bias.empty()),
        items_(store.num_items(), user_.dim() + (has_item_bias_ ? 1 : 0)),
        scale_(scale),
        bias_(bias),
        work_(work) {
    for_each_block(store.num_items(), kItemBlock, [&](std::size_t begin, std::size_t end) {
      std::vector<ItemId> block(end - begin);
      for (std::size_t i = begin; i < end; ++i) block[i - begin] = static_cast<ItemId>(i);
      item.vectors(store, block, items_.row(begin).data(), items_.cols());
      if (has_item_bias_)
        for (std::size_t i = begin; i < end; ++i) items_(i, items_.cols() - 1) = item_bias[i];
    });
  }

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    std::vector<float> user(items_.cols());
    user_vector(x.store(), x.user(), user);
    for (std::size_t k = 0; k < logits.size(); ++k)
      logits[k] = dot(user.data(), items_.row(x.items()[k]).data(), user.size()) + bias_;
  }

  ScorerWork work() const override { return work_; }
  int dim() const override { return static_cast<int>(items_.cols()); }
  const Matrix<float>& item_vectors() const override { return items_; }
  float bias() const override { return bias_; }

  void user_vector(const FeatureStore& store, UserId user, std::span<float> out) const override {
    CASCADE_CHECK(out.size() == items_.cols(), "user vector of another width");
    user_.vectors(store, {&user, 1}, out.data(), out.size());
    for (std::size_t i = 0; i < user_.dim(); ++i) out[i] *= scale_;
    if (has_item_bias_) out.back() = 1;
  }

 private:
  FrozenTower user_;
  bool has_item_bias_;
  Matrix<float> items_;  ///< [num_items, dim (+ 1)]
  float scale_;
  float bias_;
  ScorerWork work_;
};

template <class T>
class TwoTower final : public Learnable<T> {
 public:
  TwoTower(const TwoTowerParams& params, const FeatureStore& store, const std::vector<int>& groups,
           Initialiser initialiser)
      : user_("user", groups_of(store.schema(), groups, Side::user), params, store.schema(), initialiser),
        item_("item", groups_of(store.schema(), groups, Side::item), params, store.schema(), initialiser),
        scale_(static_cast<T>(params.scale)),
        has_item_bias_(params.item_bias),
        item_bias_("item_bias", has_item_bias_ ? store.num_items() : 0, 1, 0.0, initialiser),
        bias_(static_cast<T>(base_logit(store))) {}

  void forward(const Batch& batch, std::span<T> logits) override {
    user_.forward(batch);
    item_.forward(batch);
    inner_product(user_.vectors, item_.vectors, scale_, logits);
    for (T& value : logits) value += bias_;
    if (!has_item_bias_) return;
    items_.resize(batch.rows.size());
    for (std::size_t r = 0; r < items_.size(); ++r) {
      items_[r] = batch.table->item[batch.rows[r]];
      logits[r] += item_bias_.table()(items_[r], 0);
    }
  }

  void backward(std::span<const T> logit_gradients) override {
    for (const T g : logit_gradients) bias_gradient_ += g;
    if (has_item_bias_) item_bias_.backward(items_, 1, logit_gradients.data(), 1);
    inner_product_backward(user_.vectors, item_.vectors, scale_, logit_gradients, user_.gradient, item_.gradient);
    user_.backward();
    item_.backward();
  }

  std::vector<Parameter<T>> parameters() override {
    std::vector<Parameter<T>> all;
    user_.append_parameters(all);
    item_.append_parameters(all);
    if (has_item_bias_) all.push_back(item_bias_.parameter());
    all.push_back({"bias", 1, {&bias_, 1}, {&bias_gradient_, 1}});
    return all;
  }

  void clear_gradients() override {
    user_.clear_gradients();
    item_.clear_gradients();
    item_bias_.clear_gradients();
    bias_gradient_ = 0;
  }

  double flops_per_sample() const override {
    return 3 * (user_.embedding.flops() + user_.dense_flops() + item_.embedding.flops() + item_.dense_flops() +
                2.0 * static_cast<double>(user_.mlp.out()));
  }

  double lookups_per_sample() const override {
    return user_.embedding.lookups() + item_.embedding.lookups() + (has_item_bias_ ? 1 : 0);
  }

  std::vector<FeatureEmbedding<T>*> embeddings() override { return {&user_.embedding, &item_.embedding}; }

  std::unique_ptr<Scorer> freeze(const FeatureStore& store) const override {
    const Matrix<float> item_bias = frozen_rows(item_bias_.table(), {0, item_bias_.table().rows()});
    return std::make_unique<TwoTowerScorer>(FrozenTower(user_, Side::user), FrozenTower(item_, Side::item),
                                            item_bias.values(), static_cast<float>(scale_), static_cast<float>(bias_),
                                            store, counted_work(store));
  }

 private:
  ScorerWork counted_work(const FeatureStore& store) const {
    const std::size_t width = user_.embedding.width();
    const double dim = static_cast<double>(user_.mlp.out() + (has_item_bias_ ? 1 : 0));
    ScorerWork work;
    work.per_request = feature_work(store.schema(), user_.groups, Side::user, width);
    work.per_request.flops += user_.dense_flops();
    work.per_request.bytes += float_bytes(user_.weights());
    work.per_candidate = {1, 2 * dim, float_bytes(dim)};
    Work one_item = feature_work(store.schema(), item_.groups, Side::item, width);
    one_item.items = 1;
    one_item.flops += item_.dense_flops();
    work.index_build = static_cast<double>(store.num_items()) * one_item;
    work.index_build.bytes += float_bytes(item_.weights());
    return work;
  }

  Tower<T> user_;
  Tower<T> item_;
  T scale_;
  bool has_item_bias_;
  Embedding<T> item_bias_;  ///< [num_items, 1], or no rows
  std::vector<ItemId> items_;
  T bias_;
  T bias_gradient_ = 0;
};

}  // namespace

void TwoTowerParams::fields(config::FieldVisitor& v) {
  v.field("features", features, "user and item feature groups, or sides that stand for all their groups");
  v.field("groups", groups, "feature groups to use instead of `features`, where given");
  v.field("embedding_dim", embedding_dim, "embedding width of a feature group", config::between(1, 1024));
  v.field("hidden", hidden, "widths of the hidden layers of both towers", config::between(1, 8192));
  v.field("dim", dim, "width of the vectors of both towers", config::between(1, 1024));
  v.choose("activation", activation, activation_names(), "activation of the hidden layers");
  v.field("normalize", normalize, "vectors to unit length");
  v.field("scale", scale, "factor on the inner product", config::above(0));
  v.field("item_bias", item_bias, "a bias an item, kept as one more column of the vectors");
  v.field("init", init, "standard deviation of the initial embeddings", config::between(0, 1));
}

template <class T>
std::unique_ptr<Learnable<T>> make_two_tower(const TwoTowerParams& params, const FeatureStore& store,
                                             std::uint64_t seed) {
  const auto groups = select_groups(store.schema(), params.names(), "two_tower");
  for (const int g : groups) {
    const FeatureGroup& group = store.schema()[g];
    if (group.side != Side::user && group.side != Side::item)
      throw InputError("two_tower: feature group '" + group.name + "' is of side '" +
                       std::string(side_name(group.side)) +
                       "'; a tower reads groups of its own side only (user or item)");
  }
  for (const Side side : {Side::user, Side::item})
    if (groups_of(store.schema(), groups, side).empty())
      throw InputError("two_tower: no feature group of side '" + std::string(side_name(side)) + "' is selected");
  return std::make_unique<TwoTower<T>>(params, store, groups, Initialiser(seed));
}

template std::unique_ptr<Learnable<float>> make_two_tower(const TwoTowerParams&, const FeatureStore&, std::uint64_t);
template std::unique_ptr<Learnable<double>> make_two_tower(const TwoTowerParams&, const FeatureStore&, std::uint64_t);

}  // namespace cascade
