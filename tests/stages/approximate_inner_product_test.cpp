#include "stages/recall/approximate_inner_product.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/errors.h"
#include "base/rng.h"
#include "stages/recall/exact_inner_product.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

Matrix<float> normals(std::size_t rows, std::size_t cols, std::uint32_t seed) {
  Rng rng(seed, Stream::test);
  Matrix<float> m(rows, cols);
  for (float& x : m.values()) x = static_cast<float>(rng.normal());
  return m;
}

struct Catalogue {
  Catalogue(std::size_t users, std::size_t items, std::size_t dim)
      : store(small_store(std::vector<FeatureStore::User>(users), std::vector<FeatureStore::Item>(items))),
        resources(store) {
    resources.add("m", std::make_unique<VectorScorer>(normals(users, dim, 1), normals(items, dim, 2), 0.0F));
  }
  FeatureStore store;
  SmallResources resources;
};

ApproximateInnerProductParams wide(int width) {
  ApproximateInnerProductParams params;
  params.model = "m";
  params.search_width = width;
  return params;
}

std::vector<ItemId> exact(const Catalogue& catalogue, UserId user, std::size_t quota) {
  ExactInnerProductParams params;
  params.model = "m";
  CandidateBlock out;
  ExactInnerProductStage(params, catalogue.resources).run(requests_of({user}), nullptr, quota, out);
  return out[0].items;
}

}  // namespace

TEST_CASE("approximate_inner_product: what it reports is the share of the exact scan's items that it gives") {
  const Catalogue catalogue(7, 2000, 6);
  for (const int width : {20, 60, 1000}) {
    const ApproximateInnerProductStage stage(wide(width), catalogue.resources);
    CandidateBlock out;
    stage.run(requests_of({0, 1, 2, 3, 4, 5, 6}), nullptr, 50, out);
    double found = 0;
    for (UserId user = 0; user < 7; ++user) {
      CHECK(out[user].size() == std::min<std::size_t>(50, static_cast<std::size_t>(width)));
      for (const ItemId item : exact(catalogue, user, 50))
        found += static_cast<double>(std::count(out[user].items.begin(), out[user].items.end(), item));
    }
    const auto facts = stage.facts(50);
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].first == "exact_recall");
    CHECK(facts[0].second == Approx(found / 350));
    if (width == 20) CHECK(facts[0].second <= 0.4);  // 20 of 50
    if (width == 1000) CHECK(facts[0].second > 0.95);
  }
}

TEST_CASE("approximate_inner_product: a search as wide as the catalogue finds everything in the exact order") {
  const Catalogue catalogue(3, 40, 4);
  const ApproximateInnerProductStage stage(wide(40), catalogue.resources);
  CandidateBlock out;
  stage.run(requests_of({2}), nullptr, 40, out);
  CHECK(out[0].items == exact(catalogue, 2, 40));
  CHECK(stage.facts(40)[0].second == 1);
  // Every vector is looked at once at least, those of upper layers again: 2 * 4 FLOPs each beside the user's 100.
  const ScorerWork work = stage.work();
  CHECK(work.per_request.items >= 40);
  CHECK(work.per_request.items < 60);
  CHECK(work.per_request.flops == Approx(100 + 8 * work.per_request.items));
  CHECK(work.per_request.bytes == Approx(200 + 16 * work.per_request.items));
  CHECK(work.index_build.flops > 8);
}

TEST_CASE("approximate_inner_product: the same vectors give the same graph; narrower searches compute less") {
  const Catalogue catalogue(5, 3000, 8);
  const ApproximateInnerProductStage one(wide(50), catalogue.resources);
  const ApproximateInnerProductStage two(wide(50), catalogue.resources);
  CandidateBlock a;
  CandidateBlock b;
  one.run(requests_of({0, 1, 2, 3, 4}), nullptr, 50, a);
  two.run(requests_of({0, 1, 2, 3, 4}), nullptr, 50, b);
  for (std::size_t r = 0; r < a.size(); ++r) {
    CHECK(a[r].items == b[r].items);
    CHECK(a[r].scores == b[r].scores);
  }
  CHECK(one.work().per_request.items == two.work().per_request.items);
  const ApproximateInnerProductStage far(wide(400), catalogue.resources);
  CHECK(one.work().per_request.items < far.work().per_request.items);
  CHECK(far.work().per_request.items < 3000);
  CHECK(one.facts(50)[0].second < far.facts(50)[0].second);
}

TEST_CASE("approximate_inner_product: items that are all the same come by their ids, and count as a scan") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), std::vector<FeatureStore::Item>(9));
  SmallResources resources(store);
  resources.add("m", std::make_unique<VectorScorer>(Matrix<float>(1, 2, 1.0F), Matrix<float>(9, 2, 3.0F), 0.0F));
  const ApproximateInnerProductStage stage(wide(5), resources);
  CandidateBlock out;
  stage.run(requests_of({0}), nullptr, 8, out);
  CHECK(out[0].items == std::vector<ItemId>{0, 1, 2, 3, 4});
  CHECK(out[0].scores == std::vector<float>(5, 6.0F));
  CHECK(stage.work().per_request.items == 9);
  CHECK(stage.facts(5)[0].second == 1);
}

TEST_CASE("approximate_inner_product: another kind of model is a broken promise") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), std::vector<FeatureStore::Item>(1));
  SmallResources resources(store);
  resources.add("m", std::make_unique<TableScorer>(std::vector<std::vector<float>>{{1}}));
  CHECK_THROWS_AS(ApproximateInnerProductStage(wide(1), resources), InternalError);
}
