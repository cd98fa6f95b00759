#include "stages/recall/exact_inner_product.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/errors.h"
#include "base/rng.h"
#include "base/top_k.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Small whole numbers: every product is exact in floats, and equal scores abound.
Matrix<float> whole_numbers(std::size_t rows, std::size_t cols, std::uint32_t seed) {
  Rng rng(seed, Stream::test);
  Matrix<float> m(rows, cols);
  for (float& x : m.values()) x = static_cast<float>(rng.below(5)) - 2;
  return m;
}

FeatureStore store_of(std::size_t users, std::size_t items) {
  return small_store(std::vector<FeatureStore::User>(users), std::vector<FeatureStore::Item>(items));
}

ExactInnerProductParams params_of(const std::string& model) {
  ExactInnerProductParams params;
  params.model = model;
  return params;
}

}  // namespace

TEST_CASE("exact_inner_product against every product sorted") {
  constexpr std::size_t kItems = 1300;
  const Matrix<float> users = whole_numbers(5, 6, 1);
  const Matrix<float> items = whole_numbers(kItems, 6, 2);
  const FeatureStore store = store_of(5, kItems);
  SmallResources resources(store);
  resources.add("m", std::make_unique<VectorScorer>(users, items, 0.0F));
  const ExactInnerProductStage stage(params_of("m"), resources);
  CandidateBlock out;
  for (const std::size_t quota : {std::size_t{1}, std::size_t{70}, kItems, 2 * kItems}) {
    stage.run(requests_of({4, 0, 2, 2}), nullptr, quota, out);
    REQUIRE(out.size() == 4);
    const std::vector<UserId> asked = {4, 0, 2, 2};
    for (std::size_t r = 0; r < asked.size(); ++r) {
      std::vector<ScoredItem> all;
      for (ItemId i = 0; i < kItems; ++i) {
        float sum = 0;
        for (std::size_t d = 0; d < 6; ++d) sum += users(asked[r], d) * items(i, d);
        all.push_back({sum, i});
      }
      std::sort(all.begin(), all.end(), ranks_before);
      all.resize(std::min(quota, kItems));
      REQUIRE(out[r].size() == all.size());
      for (std::size_t k = 0; k < all.size(); ++k) {
        CHECK(out[r].items[k] == all[k].item);
        CHECK(out[r].scores[k] == all[k].score);
      }
    }
  }
}

TEST_CASE("exact_inner_product: a large bias does not blur the order") {
  // 2^24 + 1/4, + 1/2 and + 3/4 are one and the same float.
  Matrix<float> users(1, 1, 1.0F);
  Matrix<float> items(3, 1);
  items(0, 0) = 0.25F;
  items(1, 0) = 0.75F;
  items(2, 0) = 0.5F;
  const FeatureStore store = store_of(1, 3);
  SmallResources resources(store);
  resources.add("m", std::make_unique<VectorScorer>(users, items, 16777216.0F));
  const ExactInnerProductStage stage(params_of("m"), resources);
  CandidateBlock out;
  stage.run(requests_of({0}), nullptr, 2, out);
  REQUIRE(out[0].items == std::vector<ItemId>{1, 2});
  CHECK(out[0].scores[0] > out[0].scores[1]);
}

TEST_CASE(
    "exact_inner_product: a scan of 10 items of width 4 reads and multiplies 40 numbers besides the user's side") {
  const FeatureStore store = store_of(1, 10);
  SmallResources resources(store);
  resources.add("m", std::make_unique<VectorScorer>(Matrix<float>(1, 4), Matrix<float>(10, 4), 0.0F));
  const ScorerWork work = ExactInnerProductStage(params_of("m"), resources).work();
  CHECK(work.per_request.items == 10);
  CHECK(work.per_request.flops == 100 + 80);
  CHECK(work.per_request.bytes == 200 + 160);
  CHECK(work.per_candidate.flops == 0);
  CHECK(work.index_build.flops == 8);
}

TEST_CASE("exact_inner_product: another kind of model is a broken promise") {
  const FeatureStore store = store_of(1, 1);
  SmallResources resources(store);
  resources.add("m", std::make_unique<TableScorer>(std::vector<std::vector<float>>{{1}}));
  CHECK_THROWS_AS(ExactInnerProductStage(params_of("m"), resources), InternalError);
}
