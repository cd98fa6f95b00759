#include "models/gwen.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/feature_selection.h"
#include "models/gwen_scorer.h"
#include "models/layers/feature_embedding.h"
#include "models/layers/interactions.h"
#include "models/layers/linear_log.h"
#include "models/layers/mlp.h"

namespace cascade {
namespace {

template <class T>
class Gwen final : public WeighingNetwork<T> {
 public:
  Gwen(std::string kind, const GwenParams& params, const FeatureStore& store, std::uint64_t seed,
       std::optional<SqueezeForm> weighing = {}, const BehaviourParams* behaviours = nullptr)
      : Gwen(kind, params, store, select_groups(store.schema(), params.names(), kind), Initialiser(seed), weighing,
             behaviours) {}

  Gwen(const std::string& kind, const GwenParams& params, const FeatureStore& store, std::vector<int> groups,
       Initialiser initialiser, std::optional<SqueezeForm> weighing, const BehaviourParams* behaviours)
      : kind_(kind),
        selected_(std::move(groups)),
        embedding_("embedding", store.schema(), selected_, static_cast<std::size_t>(params.embedding_dim), params.init,
                   initialiser),
        interactions_(static_cast<std::size_t>(params.interactions), embedding_.columns(Side::user),
                      embedding_.columns(Side::item), initialiser),
        prune_(params.prune),
        precision_(params.precision),
        squash_(params.squash) {
    if (weighing) prune_.share = 0;  // it weighs groups and does not serve
    if (prune_.share > 0 && params.hidden.empty())
      throw InputError(kind + ": a network without hidden layers has no neurons to prune");
    if (behaviours != nullptr)
      behaviours_.emplace(kind, *behaviours, params.activation, store.schema(), embedding_, initialiser);
    std::vector<std::size_t> widths(params.hidden.begin(), params.hidden.end());
    widths.push_back(1);
    mlp_ = Mlp<T>("layer", input_cols(), widths, params.activation, initialiser);
    mlp_.last().set_bias(0, static_cast<T>(base_logit(store)));
    if (prune_.share > 0) mlp_.add_scales(prune_.penalty);
    if (weighing)
      block_ = SqueezeExcitation<T>("squeeze", *weighing, embedding_.groups().size(), embedding_.width(), initialiser);
  }

  void forward(const Batch& batch, std::span<T> logits) override {
    const std::size_t rows = batch.rows.size();
    input_.resize(rows, input_cols());
    if (block_) {
      raw_.resize(rows, embedding_.cols());
      embedding_.forward(batch, raw_.data(), raw_.cols());
      block_->forward(raw_, input_.data(), input_.cols());
    } else {
      embedding_.forward(batch, input_.data(), input_.cols());
    }
    if (squash_) linear_log(input_.data(), rows, embedding_.cols(), input_.cols());
    interactions_.forward(input_, embedding_.cols());
    if (behaviours_) behaviours_->forward(batch, embedding_, input_, behaviours_column());
    const Matrix<T>& out = mlp_.forward(input_);
    std::copy(out.values().begin(), out.values().end(), logits.begin());
  }

  void backward(std::span<const T> logit_gradients) override {
    CASCADE_CHECK(logit_gradients.size() == input_.rows(), "gradient of another batch");
    logit_gradient_.resize(input_.rows(), 1);
    std::copy(logit_gradients.begin(), logit_gradients.end(), logit_gradient_.data());
    mlp_.backward(input_, logit_gradient_, input_gradient_);
    interactions_.backward(input_, input_gradient_, embedding_.cols());
    if (behaviours_) behaviours_->backward(embedding_, input_gradient_, behaviours_column());
    if (squash_)
      linear_log_backward(static_cast<const Matrix<T>&>(input_).data(), input_.rows(), embedding_.cols(), input_.cols(),
                          input_gradient_.data(), input_gradient_.cols());
    if (block_) {
      block_->backward(raw_, input_gradient_.data(), input_gradient_.cols(), raw_gradient_);
      embedding_.backward(raw_gradient_.data(), raw_gradient_.cols());
    } else {
      embedding_.backward(input_gradient_.data(), input_gradient_.cols());
    }
  }

  std::vector<Parameter<T>> parameters() override {
    std::vector<Parameter<T>> all;
    embedding_.append_parameters(all);
    interactions_.append_parameters(all);
    if (behaviours_) behaviours_->append_parameters(all);
    mlp_.append_parameters(all);
    if (block_) block_->append_parameters(all);
    return all;
  }

  void clear_gradients() override {
    embedding_.clear_gradients();
    interactions_.clear_gradients();
    if (behaviours_) behaviours_->clear_gradients();
    mlp_.clear_gradients();
    if (block_) block_->clear_gradients();
  }

  void advance(double share) override {
    if (settled() || share * (prune_.rounds + 1) < rounds_done_ + 1) return;
    rounds_done_ = std::min(prune_.rounds, static_cast<int>(share * (prune_.rounds + 1)));
    const double kept = 1 - prune_.share * rounds_done_ / prune_.rounds;
    for (NeuronScale<T>& scale : mlp_.scales()) {
      const double width = static_cast<double>(scale.scale().size());
      scale.keep_largest(static_cast<std::size_t>(std::max(1.0, std::round(kept * width))));
      if (settled()) scale.stop_penalty();
    }
  }

  bool settled() const override { return !(prune_.share > 0) || rounds_done_ == prune_.rounds; }

  /// Rounds of pruning, and the neurons kept of every hidden layer after their number.
  std::vector<std::uint32_t> shape() const override {
    if (!(prune_.share > 0)) return {};
    std::vector<std::uint32_t> numbers = {static_cast<std::uint32_t>(rounds_done_)};
    for (const NeuronScale<T>& scale : mlp_.scales()) {
      numbers.push_back(static_cast<std::uint32_t>(scale.kept().size()));
      numbers.insert(numbers.end(), scale.kept().begin(), scale.kept().end());
    }
    return numbers;
  }

  void set_shape(std::span<const std::uint32_t> shape) override {
    if (!(prune_.share > 0)) return Learnable<T>::set_shape(shape);
    const auto next = [&](std::size_t count) {
      CASCADE_CHECK(count <= shape.size(), "a shape of another network");
      const std::vector<std::uint32_t> numbers(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(count));
      shape = shape.subspan(count);
      return numbers;
    };
    rounds_done_ = static_cast<int>(next(1)[0]);
    for (NeuronScale<T>& scale : mlp_.scales()) {
      scale.keep(next(next(1)[0]));
      if (settled()) scale.stop_penalty();
    }
  }

  double flops_per_sample() const override {
    double forward = embedding_.flops() + interactions_.flops() + mlp_.flops();
    if (squash_) forward += kLinearLogFlops * static_cast<double>(embedding_.cols());
    if (behaviours_) forward += behaviours_->flops();
    if (block_) forward += block_->flops();
    return 3 * forward;
  }

  double lookups_per_sample() const override {
    const double clicks = behaviours_ ? static_cast<double>(behaviours_->most() * behaviours_->cols()) : 0.0;
    return embedding_.lookups() + clicks;
  }

  std::vector<FeatureEmbedding<T>*> embeddings() override { return {&embedding_}; }

  std::unique_ptr<Scorer> freeze(const FeatureStore& store) const override {
    CASCADE_CHECK(!block_, "a network with squeeze-excitation chooses groups and does not serve");
    require_servable(store.schema(), selected_, kind_);
    return freeze_gwen(GwenParts<T>{selected_, embedding_, interactions_.user_side(), interactions_.item_side(),
                                    interactions_.products(), mlp_.compact(), behaviours_ ? &*behaviours_ : nullptr,
                                    precision_, squash_},
                       store);
  }

  std::vector<int> groups() const override {
    std::vector<int> numbers;
    for (const EmbeddedGroup& group : embedding_.groups()) numbers.push_back(group.group);
    return numbers;
  }

  const Matrix<T>& group_weights() const override {
    CASCADE_CHECK(block_, "this network weighs no groups");
    return block_->weights();
  }

 private:
  std::size_t behaviours_column() const { return embedding_.cols() + interactions_.products(); }
  std::size_t input_cols() const { return behaviours_column() + (behaviours_ ? behaviours_->cols() : 0); }

  std::string kind_;
  std::vector<int> selected_;
  FeatureEmbedding<T> embedding_;
  Interactions<T> interactions_;
  PruneParams prune_;
  int rounds_done_ = 0;  ///< of pruning
  Precision precision_;
  bool squash_;
  std::optional<BehaviourAttention<T>> behaviours_;
  Mlp<T> mlp_;
  std::optional<SqueezeExcitation<T>> block_;
  Matrix<T> raw_;             ///< [batch, embedding_.cols()]: the embeddings before the block
  Matrix<T> raw_gradient_;    ///< [batch, embedding_.cols()]
  Matrix<T> input_;           ///< [batch, input_cols()]
  Matrix<T> logit_gradient_;  ///< [batch, 1]
  Matrix<T> input_gradient_;
};

}  // namespace

void PruneParams::fields(config::FieldVisitor& v) {
  v.field("share", share, "share of every hidden layer's neurons to remove; 0: none",
          config::Bounds{0, 1, false, true});
  v.field("penalty", penalty, "on the absolute scale of every neuron, a step, until the last are masked",
          config::at_least(0));
  v.field("rounds", rounds, "rounds in which neurons are masked, evenly over the training", config::between(1, 1000));
}

void GwenParams::engineering_fields(config::FieldVisitor& v) {
  v.object("prune", prune, "structured pruning: neurons are masked in training, and gone when it serves");
  v.choose("precision", precision, precision_names(),
           "of weights, embeddings and activations when it serves; sums are floats");
  v.field("squash", squash, "linear-log squashing of the embeddings before the first layer");
}

void GwenParams::fields(config::FieldVisitor& v) {
  v.field("features", features, "feature groups, or sides that stand for all their groups");
  v.field("groups", groups, "feature groups to use instead of `features`, where given");
  v.field("embedding_dim", embedding_dim, "embedding width of a feature group", config::between(1, 1024));
  v.field("hidden", hidden, "widths of the hidden layers", config::between(1, 8192));
  v.choose("activation", activation, activation_names(), "activation of the hidden layers");
  v.field("interactions", interactions,
          "products of user and item projections that the first layer sees besides (where both sides are selected)",
          config::between(0, 1024));
  v.field("init", init, "standard deviation of the initial embeddings", config::between(0, 1));
}

template <class T>
std::unique_ptr<Learnable<T>> make_gwen(const std::string& kind, const GwenParams& params, const FeatureStore& store,
                                        std::uint64_t seed) {
  return std::make_unique<Gwen<T>>(kind, params, store, seed);
}

template <class T>
std::unique_ptr<Learnable<T>> make_din(const std::string& kind, const GwenParams& params,
                                       const BehaviourParams& behaviours, const FeatureStore& store,
                                       std::uint64_t seed) {
  return std::make_unique<Gwen<T>>(kind, params, store, seed, std::nullopt, &behaviours);
}

template <class T>
std::unique_ptr<WeighingNetwork<T>> make_weighing_gwen(const std::string& kind, const GwenParams& params,
                                                       SqueezeForm form, const FeatureStore& store,
                                                       std::uint64_t seed) {
  return std::make_unique<Gwen<T>>(kind, params, store, seed, form);
}

template std::unique_ptr<Learnable<float>> make_gwen(const std::string&, const GwenParams&, const FeatureStore&,
                                                     std::uint64_t);
template std::unique_ptr<Learnable<double>> make_gwen(const std::string&, const GwenParams&, const FeatureStore&,
                                                      std::uint64_t);
template std::unique_ptr<Learnable<float>> make_din(const std::string&, const GwenParams&, const BehaviourParams&,
                                                    const FeatureStore&, std::uint64_t);
template std::unique_ptr<Learnable<double>> make_din(const std::string&, const GwenParams&, const BehaviourParams&,
                                                     const FeatureStore&, std::uint64_t);
template std::unique_ptr<WeighingNetwork<float>> make_weighing_gwen(const std::string&, const GwenParams&, SqueezeForm,
                                                                    const FeatureStore&, std::uint64_t);
template std::unique_ptr<WeighingNetwork<double>> make_weighing_gwen(const std::string&, const GwenParams&, SqueezeForm,
                                                                     const FeatureStore&, std::uint64_t);

}  // namespace cascade
