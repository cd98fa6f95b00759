#include "engine/versions.h"

#include <catch2/catch.hpp>

#include "models/item_scores.h"
#include "tests/tools/small_store.h"

using namespace cascade;

namespace {

/// User u's vector is (factor, u); item vectors as given.
class FixedVectors final : public InnerProductScorer {
 public:
  FixedVectors(float factor, float bias, std::vector<std::vector<float>> items)
      : factor_(factor), bias_(bias), items_(items.size(), 2) {
    for (std::size_t i = 0; i < items.size(); ++i) std::copy(items[i].begin(), items[i].end(), items_.row(i).begin());
  }
  void score(const CandidateFeatures&, std::span<float>) const override {}
  ScorerWork work() const override { return {}; }
  int dim() const override { return 2; }
  const Matrix<float>& item_vectors() const override { return items_; }
  void user_vector(const FeatureStore&, UserId user, std::span<float> out) const override {
    out[0] = factor_;
    out[1] = static_cast<float>(user);
  }
  float bias() const override { return bias_; }

 private:
  float factor_;
  float bias_;
  Matrix<float> items_;
};

}  // namespace

TEST_CASE("the version of an hour is the newest that was live then") {
  Versions versions;
  const auto scorer = [] { return std::shared_ptr<const Scorer>(make_item_scores({0})); };
  const auto a = scorer();
  const auto b = scorer();
  const auto c = scorer();
  versions.publish(-24, a, -1);
  versions.publish(0, b, 0);
  versions.publish(6, c, 1);
  CHECK(versions.at(-30).scorer == a);  // before the first: the first
  CHECK(versions.at(-24).scorer == a);
  CHECK(versions.at(-1).updates == -1);
  CHECK(versions.at(0).scorer == b);
  CHECK(versions.at(5).updates == 0);
  CHECK(versions.at(6).hour == 6);
  CHECK(versions.at(100).scorer == c);
  versions.publish(6, b, 1);
  CHECK(versions.at(7).scorer == b);
  versions.forget_before(3);
  CHECK(versions.at(-24).scorer == b);
  CHECK(versions.at(-24).hour == 0);
}

TEST_CASE("late item vectors: users of the newer version, items of the older, the mean for who has none") {
  const FeatureStore store =
      testing::small_store(std::vector<FeatureStore::User>(2), std::vector<FeatureStore::Item>(3));
  const auto newer =
      std::make_shared<FixedVectors>(2.0f, 0.5f, std::vector<std::vector<float>>{{9, 9}, {9, 9}, {9, 9}});
  const auto older =
      std::make_shared<FixedVectors>(7.0f, 0.1f, std::vector<std::vector<float>>{{1, 0}, {3, 4}, {5, 5}});
  const std::vector<ItemId> unknown = {2};
  const auto mixed = late_item_vectors(newer, older, unknown);
  const std::vector<ItemId> items = {0, 1, 2};
  std::vector<float> logits(3);
  mixed->score(CandidateFeatures(store, UserId{1}, items), logits);
  // User 1 is (2, 1), bias .5. Items: (1, 0), (3, 4), and the mean of these, (2, 2), for the one that is not known.
  CHECK(logits == std::vector<float>{2.5f, 10.5f, 6.5f});
  CHECK(mixed->item_vectors()(2, 0) == 2.0f);
  CHECK(mixed->bias() == 0.5f);
}
