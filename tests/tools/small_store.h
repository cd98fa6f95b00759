#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stages/catalog.h"

namespace cascade::testing {

/// A store without feature groups: what recall by counts and scores by bids need, written by hand.
inline FeatureStore small_store(std::vector<FeatureStore::User> users, std::vector<FeatureStore::Item> items) {
  return FeatureStore(FeatureSchema{}, std::move(users), std::move(items), {});
}

/// A model whose logits stand in a table: [user, item].
class TableScorer final : public Scorer {
 public:
  explicit TableScorer(std::vector<std::vector<float>> logits) : logits_(std::move(logits)) {}
  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    for (std::size_t k = 0; k < x.items().size(); ++k) logits[k] = logits_[x.user()][x.items()[k]];
  }
  ScorerWork work() const override { return {{0, 10, 20}, {1, 3, 4}, {}}; }

 private:
  std::vector<std::vector<float>> logits_;
};

/// An inner-product model whose vectors stand in tables.
class VectorScorer final : public InnerProductScorer {
 public:
  VectorScorer(Matrix<float> users, Matrix<float> items, float bias)
      : users_(std::move(users)), items_(std::move(items)), bias_(bias) {}
  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    for (std::size_t k = 0; k < x.items().size(); ++k) {
      logits[k] = bias_;
      for (std::size_t d = 0; d < users_.cols(); ++d) logits[k] += users_(x.user(), d) * items_(x.items()[k], d);
    }
  }
  ScorerWork work() const override { return {{0, 100, 200}, {1, 2, 3}, {7, 8, 9}}; }
  int dim() const override { return static_cast<int>(items_.cols()); }
  const Matrix<float>& item_vectors() const override { return items_; }
  void user_vector(const FeatureStore&, UserId user, std::span<float> out) const override {
    const auto row = users_.row(user);
    std::copy(row.begin(), row.end(), out.begin());
  }
  float bias() const override { return bias_; }

 private:
  Matrix<float> users_;
  Matrix<float> items_;
  float bias_;
};

/// Hands a stage its models by name.
class SmallResources final : public StageResources {
 public:
  using StageResources::StageResources;
  void add(const std::string& name, std::unique_ptr<Scorer> scorer) { scorers_[name] = std::move(scorer); }
  const Scorer& model(const std::string& name) const override { return *scorers_.at(name); }

 private:
  std::map<std::string, std::unique_ptr<Scorer>> scorers_;
};

/// Requests of these users, numbered from 0.
inline std::vector<Request> requests_of(std::initializer_list<UserId> users) {
  std::vector<Request> requests;
  for (const UserId user : users) requests.push_back({requests.size(), user, 0, 0});
  return requests;
}

}  // namespace cascade::testing
