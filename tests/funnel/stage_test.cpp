#include "funnel/stage.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/errors.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// The logit of an item is its id, less 2.
class IdStage final : public ScoringStage {
 public:
  using ScoringStage::ScoringStage;
  void logits(const Request&, std::span<const ItemId> items, std::span<float> out) const override {
    for (std::size_t k = 0; k < items.size(); ++k) out[k] = static_cast<float>(items[k]) - 2;
  }
  ScorerWork work() const override { return {}; }
};

std::vector<FeatureStore::Item> items_with_bids(std::initializer_list<float> bids) {
  std::vector<FeatureStore::Item> items;
  for (const float bid : bids) {
    items.emplace_back();
    items.back().bid = bid;
  }
  return items;
}

}  // namespace

TEST_CASE("the best are kept, ties by lower id, each with its channel") {
  const CandidateList list{{5, 9, 2, 7}, {0, 0, 0, 0}, {1, 2, 3, 4}};
  const CandidateList kept = keep_best(list, std::vector<float>{1, 3, 3, 2}, 3);
  CHECK(kept.items == std::vector<ItemId>{2, 9, 7});
  CHECK(kept.scores == std::vector<float>{3, 3, 2});
  CHECK(kept.channel == std::vector<std::uint8_t>{3, 2, 4});
}

TEST_CASE("a quota of nothing and one beyond the list") {
  const CandidateList list{{5, 9}, {0, 0}, {}};
  CHECK(keep_best(list, std::vector<float>{1, 2}, 0).size() == 0);
  const CandidateList all = keep_best(list, std::vector<float>{1, 2}, 100);
  CHECK(all.items == std::vector<ItemId>{9, 5});
  CHECK(all.channel.empty());
}

TEST_CASE("by click a list is ordered by the logit itself") {
  const FeatureStore store = small_store({}, items_with_bids({1, 1, 1}));
  const IdStage stage(store, Objective::click);
  std::vector<float> scores = {-2, 0.5, 3};
  stage.to_scores(std::vector<ItemId>{0, 1, 2}, scores);
  CHECK(scores == std::vector<float>{-2, 0.5, 3});
  CHECK(stage.click_probability(0, 0) == 0.5);
  CHECK(stage.expected_value(0) == 0.5);
}

TEST_CASE("by eCPM a list is ordered by bid x pCTR") {
  // Logits -2, -1, 0 give pCTR .1192, .2689, .5; bids 6, 1, 1: eCPM .7152, .2689, .5.
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), items_with_bids({6, 1, 1}));
  const IdStage stage(store, Objective::ecpm);
  const CandidateBlock in = {{{0, 1, 2}, {0, 0, 0}, {}}};
  CandidateBlock out;
  stage.run(requests_of({0}), &in, 2, out);
  REQUIRE(out.size() == 1);
  CHECK(out[0].items == std::vector<ItemId>{0, 2});
  CHECK(out[0].scores[0] == Approx(6 / (1 + std::exp(2.0))));
  CHECK(out[0].scores[1] == Approx(0.5));
  // From the score back to the probability behind it.
  CHECK(stage.click_probability(0, out[0].scores[0]) == Approx(1 / (1 + std::exp(2.0))));
  CHECK(stage.expected_value(out[0].scores[0]) == Approx(6 / (1 + std::exp(2.0))));
}

TEST_CASE("by value the score is what an item is worth, and says nothing of clicks") {
  const FeatureStore store = small_store({}, items_with_bids({6, 1}));
  const IdStage stage(store, Objective::value);
  std::vector<float> scores = {-2, 7};
  stage.to_scores(std::vector<ItemId>{0, 1}, scores);
  CHECK(scores == std::vector<float>{-2, 7});
  CHECK(stage.expected_value(7) == 7);
  CHECK(std::isnan(stage.click_probability(0, 7)));
}

TEST_CASE("a scoring stage without candidates is a broken promise") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), items_with_bids({1}));
  const IdStage stage(store, Objective::click);
  CandidateBlock out;
  CHECK_THROWS_AS(stage.run(requests_of({0}), nullptr, 2, out), InternalError);
}
