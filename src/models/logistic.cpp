#include "models/logistic.h"

#include <algorithm>

#include "models/feature_selection.h"
#include "models/layers/frozen.h"

namespace cascade {
namespace {

class LogisticScorer final : public Scorer {
 public:
  template <class T>
  LogisticScorer(const FeatureEmbedding<T>& weights, T bias, const FeatureStore& store, ScorerWork work)
      : user_(weights, Side::user), bias_(static_cast<float>(bias)), item_(store.num_items()), work_(work) {
    const FrozenEmbedding item(weights, Side::item);
    std::vector<float> terms(item.cols());
    for (ItemId i = 0; i < store.num_items(); ++i) {
      item.gather(store, {&i, 1}, terms.data(), terms.size());
      for (const float term : terms) item_[i] += term;
    }
    for (std::size_t k = 0; k < weights.groups().size(); ++k)
      if (weights.groups()[k].side == Side::cross)
        cross_.push_back({weights.groups()[k].group, frozen_rows(weights.table(k), {0, weights.table(k).rows()})});
  }

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    const UserId user = x.user();
    std::vector<float> terms(user_.cols());
    user_.gather(x.store(), {&user, 1}, terms.data(), terms.size());
    float start = bias_;
    for (const float term : terms) start += term;
    for (std::size_t k = 0; k < logits.size(); ++k) logits[k] = start + item_[x.items()[k]];
    for (const CrossWeights& cross : cross_) {
      const auto values = x.cross(cross.group);
      for (std::size_t k = 0; k < logits.size(); ++k) logits[k] += cross.weights(values[k], 0);
    }
  }

  ScorerWork work() const override { return work_; }

 private:
  struct CrossWeights {
    int group;
    Matrix<float> weights;  ///< [cardinality, 1]
  };
  FrozenEmbedding user_;
  float bias_;
  std::vector<float> item_;  ///< [num_items], summed over the item groups
  std::vector<CrossWeights> cross_;
  ScorerWork work_;
};

template <class T>
class Logistic final : public Learnable<T> {
 public:
  Logistic(std::vector<int> groups, double init, const FeatureStore& store, Initialiser initialiser)
      : selected_(std::move(groups)), weights_("weight", store.schema(), selected_, 1, init, initialiser) {
    bias_ = static_cast<T>(base_logit(store));
  }

  void forward(const Batch& batch, std::span<T> logits) override {
    terms_.resize(batch.rows.size(), weights_.cols());
    weights_.forward(batch, terms_.data(), terms_.cols());
    for (std::size_t r = 0; r < terms_.rows(); ++r) {
      T sum = bias_;
      for (const T term : terms_.row(r)) sum += term;
      logits[r] = sum;
    }
  }

  void backward(std::span<const T> logit_gradients) override {
    CASCADE_CHECK(logit_gradients.size() == terms_.rows(), "gradient of another batch");
    for (std::size_t r = 0; r < terms_.rows(); ++r) {
      bias_gradient_ += logit_gradients[r];
      std::fill(terms_.row(r).begin(), terms_.row(r).end(), logit_gradients[r]);
    }
    weights_.backward(terms_.data(), terms_.cols());
  }

  std::vector<Parameter<T>> parameters() override {
    std::vector<Parameter<T>> all;
    weights_.append_parameters(all);
    all.push_back({"bias", 1, {&bias_, 1}, {&bias_gradient_, 1}});
    return all;
  }

  void clear_gradients() override {
    weights_.clear_gradients();
    bias_gradient_ = 0;
  }

  double flops_per_sample() const override { return 3 * (weights_.flops() + static_cast<double>(weights_.cols())); }

  double lookups_per_sample() const override { return weights_.lookups(); }

  std::vector<FeatureEmbedding<T>*> embeddings() override { return {&weights_}; }

  std::unique_ptr<Scorer> freeze(const FeatureStore& store) const override {
    require_servable(store.schema(), selected_, "logistic");
    ScorerWork work;
    work.per_request = side_work(store.schema(), Side::user);
    work.per_candidate = side_work(store.schema(), Side::item) + side_work(store.schema(), Side::cross);
    work.per_candidate.items = 1;
    return std::make_unique<LogisticScorer>(weights_, bias_, store, work);
  }

 private:
  Work side_work(const FeatureSchema& schema, Side side) const {
    Work work = feature_work(schema, selected_, side, 1);
    work.flops += static_cast<double>(weights_.columns(side).size());  // one addition a group
    return work;
  }

  std::vector<int> selected_;
  FeatureEmbedding<T> weights_;  ///< of width 1
  T bias_ = 0;
  T bias_gradient_ = 0;
  Matrix<T> terms_;  ///< [batch, groups]; their gradients after backward()
};

}  // namespace

void LogisticParams::fields(config::FieldVisitor& v) {
  v.field("features", features, "feature groups, or sides that stand for all their groups");
  v.field("groups", groups, "feature groups to use instead of `features`, where given");
  v.field("init", init, "standard deviation of the initial weights", config::between(0, 1));
}

template <class T>
std::unique_ptr<Learnable<T>> make_logistic(const LogisticParams& params, const FeatureStore& store,
                                            std::uint64_t seed) {
  return std::make_unique<Logistic<T>>(select_groups(store.schema(), params.names(), "logistic"), params.init, store,
                                       Initialiser(seed));
}

template std::unique_ptr<Learnable<float>> make_logistic(const LogisticParams&, const FeatureStore&, std::uint64_t);
template std::unique_ptr<Learnable<double>> make_logistic(const LogisticParams&, const FeatureStore&, std::uint64_t);

}  // namespace cascade
