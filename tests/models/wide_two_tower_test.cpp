#include "models/wide_two_tower.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/errors.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::vector<float> scores(const Scorer& scorer, const FeatureStore& store, UserId user,
                          const std::vector<ItemId>& items) {
  std::vector<float> logits(items.size());
  scorer.score(CandidateFeatures(store, user, items), logits);
  return logits;
}

std::string error_of(const WideTwoTowerParams& params, const FeatureStore& store) {
  try {
    make_wide_two_tower<float>(params, store, 1);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("wide_two_tower: the two-tower's logit and a weight a cross value, by hand") {
  const FeatureStore store = toy::store(20, 60);
  const WideTwoTowerParams params;
  const auto model = make_wide_two_tower<float>(params, store, 3);
  const auto towers = make_two_tower<float>(params, store, 3)->freeze(store);
  const std::vector<ItemId> items = {0, 7, 33, 59};
  for (auto& parameter : model->parameters()) {
    if (parameter.name == "wide.clicks_category")
      for (std::size_t v = 0; v < parameter.value.size(); ++v) parameter.value[v] = 0.5f * static_cast<float>(v);
    if (parameter.name == "wide.price_gap") std::fill(parameter.value.begin(), parameter.value.end(), 0.25f);
  }
  const auto wide = scores(*model->freeze(store), store, 9, items);
  const auto plain = scores(*towers, store, 9, items);
  std::vector<std::uint32_t> clicks(items.size());
  store.cross(9, items, store.schema().find("clicks_category"), clicks);
  for (std::size_t k = 0; k < items.size(); ++k)
    CHECK(wide[k] == Approx(plain[k] + 0.5f * static_cast<float>(clicks[k]) + 0.25f));
}

TEST_CASE("wide_two_tower: without weights it is the two-tower, bit for bit") {
  const FeatureStore store = toy::store(20, 60);
  WideTwoTowerParams params;
  params.wide_init = 0;
  const auto wide = make_wide_two_tower<float>(params, store, 3)->freeze(store);
  const auto towers = make_two_tower<float>(params, store, 3)->freeze(store);
  const std::vector<ItemId> items = {0, 7, 33, 59};
  const auto a = scores(*wide, store, 9, items);
  const auto b = scores(*towers, store, 9, items);
  CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

TEST_CASE("wide_two_tower: its work is the towers' and the linear part's, for every candidate") {
  const FeatureStore store = toy::store(20, 60);
  const WideTwoTowerParams params;
  const ScorerWork wide = make_wide_two_tower<float>(params, store, 3)->freeze(store)->work();
  const ScorerWork towers = make_two_tower<float>(params, store, 3)->freeze(store)->work();
  // Two groups: each takes 3 FLOPs to compute and one to add, 8 bytes and a float.
  CHECK(wide.per_candidate.flops == towers.per_candidate.flops + 2 * (3 + 1));
  CHECK(wide.per_candidate.bytes == towers.per_candidate.bytes + 2 * (8 + 4));
  CHECK(wide.per_candidate.items == 1);
  CHECK(wide.per_request.flops == towers.per_request.flops);
  CHECK(wide.index_build.flops == towers.index_build.flops);
}

TEST_CASE("wide_two_tower: gradients of deep towers with one cross group") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  WideTwoTowerParams params;
  params.hidden = {5};
  params.dim = 3;
  params.wide = {"price_gap"};
  testing::check_model_gradients("wide_two_tower", *make_wide_two_tower<double>(params, data.store, 1), data);
}

TEST_CASE("wide_two_tower: the linear part reads cross groups only") {
  const FeatureStore store = toy::store(8, 10);
  WideTwoTowerParams params;
  params.wide = {"segment"};
  CHECK(error_of(params, store) ==
        "wide_two_tower, wide: feature group 'segment' is of side 'user'; the linear part reads cross groups");
  params.wide = {"price_gab"};
  CHECK(error_of(params, store).find("did you mean 'price_gap'?") != std::string::npos);
}

}  // namespace cascade
