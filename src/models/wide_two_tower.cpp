#include "models/wide_two_tower.h"

#include <algorithm>

#include "models/feature_selection.h"
#include "models/layers/frozen.h"

namespace cascade {
namespace {

/// The weights of one cross group.
struct WideGroup {
  int group = 0;
  Matrix<float> weights;  ///< [cardinality, 1]
};

class WideTwoTowerScorer final : public Scorer {
 public:
  WideTwoTowerScorer(std::unique_ptr<Scorer> towers, std::vector<WideGroup> wide, const Work& wide_work)
      : towers_(std::move(towers)), wide_(std::move(wide)), work_(towers_->work()) {
    work_.per_candidate += wide_work;
  }

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    towers_->score(x, logits);
    for (const WideGroup& group : wide_) {
      const auto values = x.cross(group.group);
      for (std::size_t k = 0; k < logits.size(); ++k) logits[k] += group.weights(values[k], 0);
    }
  }

  ScorerWork work() const override { return work_; }

 private:
  std::unique_ptr<Scorer> towers_;
  std::vector<WideGroup> wide_;
  ScorerWork work_;
};

template <class T>
class WideTwoTower final : public Learnable<T> {
 public:
  WideTwoTower(const WideTwoTowerParams& params, const FeatureStore& store, std::vector<int> wide, std::uint64_t seed,
               Initialiser wide_initialiser)
      : towers_(make_two_tower<T>(params, store, seed)),
        groups_(std::move(wide)),
        wide_("wide", store.schema(), groups_, 1, params.wide_init, wide_initialiser) {}

  void forward(const Batch& batch, std::span<T> logits) override {
    towers_->forward(batch, logits);
    terms_.resize(batch.rows.size(), wide_.cols());
    wide_.forward(batch, terms_.data(), terms_.cols());
    for (std::size_t r = 0; r < terms_.rows(); ++r)
      for (const T term : terms_.row(r)) logits[r] += term;
  }

  void backward(std::span<const T> logit_gradients) override {
    towers_->backward(logit_gradients);
    for (std::size_t r = 0; r < terms_.rows(); ++r)
      std::fill(terms_.row(r).begin(), terms_.row(r).end(), logit_gradients[r]);
    wide_.backward(terms_.data(), terms_.cols());
  }

  std::vector<Parameter<T>> parameters() override {
    std::vector<Parameter<T>> all = towers_->parameters();
    wide_.append_parameters(all);
    return all;
  }

  void clear_gradients() override {
    towers_->clear_gradients();
    wide_.clear_gradients();
  }

  double flops_per_sample() const override {
    return towers_->flops_per_sample() + 3 * (wide_.flops() + static_cast<double>(wide_.cols()));
  }

  std::unique_ptr<Scorer> freeze(const FeatureStore& store) const override {
    std::vector<WideGroup> wide;
    for (std::size_t k = 0; k < wide_.groups().size(); ++k)
      wide.push_back({wide_.groups()[k].group, frozen_rows(wide_.table(k), {0, wide_.table(k).rows()})});
    Work work = feature_work(store.schema(), groups_, Side::cross, 1);
    work.flops += static_cast<double>(wide_.cols());  // one addition a group
    return std::make_unique<WideTwoTowerScorer>(towers_->freeze(store), std::move(wide), work);
  }

 private:
  std::unique_ptr<Learnable<T>> towers_;
  std::vector<int> groups_;
  FeatureEmbedding<T> wide_;  ///< of width 1
  Matrix<T> terms_;           ///< [batch, groups]; their gradients after backward()
};

constexpr std::uint64_t kWideSeed = 0x77696465;  // the linear part draws apart from the towers

}  // namespace

std::vector<std::string> WideTwoTowerParams::names() const {
  std::vector<std::string> all = TwoTowerParams::names();
  all.insert(all.end(), wide.begin(), wide.end());
  return all;
}

template <class T>
std::unique_ptr<Learnable<T>> make_wide_two_tower(const WideTwoTowerParams& params, const FeatureStore& store,
                                                  std::uint64_t seed) {
  const std::vector<int> wide = select_groups(store.schema(), params.wide, "wide_two_tower, wide");
  for (const int g : wide)
    if (const FeatureGroup& group = store.schema()[g]; group.side != Side::cross)
      throw InputError("wide_two_tower, wide: feature group '" + group.name + "' is of side '" +
                       std::string(side_name(group.side)) + "'; the linear part reads cross groups");
  return std::make_unique<WideTwoTower<T>>(params, store, wide, seed, Initialiser(seed ^ kWideSeed));
}

template std::unique_ptr<Learnable<float>> make_wide_two_tower(const WideTwoTowerParams&, const FeatureStore&,
                                                               std::uint64_t);
template std::unique_ptr<Learnable<double>> make_wide_two_tower(const WideTwoTowerParams&, const FeatureStore&,
                                                                std::uint64_t);

}  // namespace cascade
