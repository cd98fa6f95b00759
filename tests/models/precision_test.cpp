// Half precision of frozen networks, and the squashing that keeps counts in its range.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numeric>

#include "models/cold.h"
#include "models/layers/linear_log.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::vector<float> scores(const Scorer& scorer, const FeatureStore& store, UserId user) {
  std::vector<ItemId> items(store.num_items());
  std::iota(items.begin(), items.end(), 0u);
  std::vector<float> logits(items.size());
  scorer.score(CandidateFeatures(store, user, items), logits);
  return logits;
}

std::unique_ptr<Scorer> frozen(const ColdParams& params, const FeatureStore& store) {
  const auto model = make_gwen<float>("cold", params, store, 3);
  testing::perturb(*model, 7);
  return model->freeze(store);
}

/// A network of one input, an item's count, and one weight: the logit is 0.001 x count, or of its squashed value.
std::unique_ptr<Scorer> counter(const FeatureStore& store, const std::vector<float>& counts, Precision precision,
                                bool squash) {
  ColdParams params;
  params.groups = {"item_id"};
  params.embedding_dim = 1;
  params.hidden = {1};
  params.interactions = 0;
  params.precision = precision;
  params.squash = squash;
  const auto model = make_gwen<float>("cold", params, store, 3);
  for (auto& parameter : model->parameters()) {
    if (parameter.name == "embedding.item_id") std::copy(counts.begin(), counts.end(), parameter.value.begin());
    if (parameter.name == "layer.0.weight") parameter.value[0] = 0.001f;
    if (parameter.name == "layer.1.weight") parameter.value[0] = 1;
    if (parameter.name == "layer.0.bias" || parameter.name == "layer.1.bias") parameter.value[0] = 0;
  }
  return model->freeze(store);
}

}  // namespace

TEST_CASE("linear_log by hand, and its derivative") {
  std::vector<double> x = {-100, -1, -0.5, 0, 0.75, 1, 2, 1e6};
  std::vector<double> y = x;
  linear_log(y.data(), 1, y.size(), y.size());
  CHECK(y[0] == Approx(-1 - std::log(100.0)));
  for (const std::size_t k : {1, 2, 3, 4, 5}) CHECK(y[k] == x[k]);
  CHECK(y[6] == Approx(1 + std::log(2.0)));
  CHECK(y[7] == Approx(1 + std::log(1e6)));
  std::vector<double> gradient(x.size(), 3.0);
  linear_log_backward(y.data(), 1, y.size(), y.size(), gradient.data(), gradient.size());
  CHECK(gradient[0] == Approx(0.03));
  CHECK(gradient[2] == 3);
  CHECK(gradient[6] == Approx(1.5));
}

TEST_CASE("a squashed network: gradients past the bend, and the frozen scorer agrees") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  ColdParams params;
  params.embedding_dim = 3;
  params.hidden = {6};
  params.interactions = 2;
  params.init = 1;  // many embeddings are beyond 1
  params.squash = true;
  testing::check_model_gradients("squashed", *make_gwen<double>("cold", params, data.store, 1), data);
  const auto model = make_gwen<float>("cold", params, data.store, 1);
  const auto rows = testing::first_rows(data.log.size());
  std::vector<float> logits(rows.size());
  model->forward({&data.store, &data.log, rows}, logits);
  const auto scorer = model->freeze(data.store);
  for (std::size_t row = 0; row < rows.size(); ++row)
    REQUIRE(scores(*scorer, data.store, data.log.user[row])[data.log.item[row]] == Approx(logits[row]).margin(2e-5));
}

TEST_CASE("half precision moves the logits by about its own error, and not by nothing") {
  const FeatureStore store = toy::store(40, 900);
  ColdParams params;
  const auto single = scores(*frozen(params, store), store, 7);
  double size = 0;
  for (const float logit : single) size = std::max(size, static_cast<double>(std::abs(logit)));
  const auto worst = [&](Precision precision) {
    params.precision = precision;
    const auto half = scores(*frozen(params, store), store, 7);
    double gap = 0;
    for (std::size_t k = 0; k < half.size(); ++k)
      gap = std::max(gap, static_cast<double>(std::abs(half[k] - single[k])));
    return gap / size;
  };
  const double f16 = worst(Precision::f16);
  const double bf16 = worst(Precision::bf16);
  CHECK(f16 > 1e-6);
  CHECK(f16 < 0.004);  // 11 bits: about .0005 a rounding
  CHECK(bf16 > 3 * f16);
  CHECK(bf16 < 0.032);
}

TEST_CASE("half precision: a candidate's score is its own, wherever it stands") {
  const FeatureStore store = toy::store(40, 900);
  for (const Precision precision : {Precision::f16, Precision::bf16}) {
    ColdParams params;
    params.precision = precision;
    const auto scorer = frozen(params, store);
    const auto all = scores(*scorer, store, 3);
    const std::vector<ItemId> some = {899, 4, 300};
    std::vector<float> logits(some.size());
    scorer->score(CandidateFeatures(store, 3, some), logits);
    for (std::size_t k = 0; k < some.size(); ++k) CHECK(std::memcmp(&logits[k], &all[some[k]], sizeof(float)) == 0);
  }
}

TEST_CASE("counts overflow half precision, lose their order, or are squashed") {
  const FeatureStore store = toy::store(8, 6);
  const std::vector<float> counts = {10, 20000, 20005, 90200, 300000, 0.5f};
  const auto of = [&](Precision precision, bool squash) {
    return scores(*counter(store, counts, precision, squash), store, 0);
  };
  const auto f32 = of(Precision::f32, false);
  CHECK(f32[1] < f32[2]);
  CHECK(f32[2] < f32[3]);
  CHECK(f32[3] < f32[4]);
  // Beyond 65504 f16 has only infinity: the most popular items come last, and both alike.
  const auto f16 = of(Precision::f16, false);
  CHECK(f16[3] == -65504.0f);
  CHECK(f16[4] == -65504.0f);
  CHECK(f16[1] == f16[2]);  // 16 apart there
  // bf16 has the range, and 8 bits: 90200 is 90112.
  const auto bf16 = of(Precision::bf16, false);
  CHECK(bf16[3] < bf16[4]);
  CHECK(bf16[1] == bf16[2]);
  CHECK(std::abs(bf16[3] / f32[3] - 1) > 0.001f);
  // Squashed, the largest is 13.6: all of them are in range and in order.
  for (const Precision precision : {Precision::f16, Precision::bf16}) {
    const auto squashed = of(precision, true);
    const auto exact = of(Precision::f32, true);
    CHECK(squashed[0] < squashed[1]);
    CHECK(squashed[1] < squashed[3]);
    CHECK(squashed[3] < squashed[4]);
    for (std::size_t k = 0; k < counts.size(); ++k) CHECK(squashed[k] == Approx(exact[k]).epsilon(0.02));
  }
}

TEST_CASE("half precision reads half of the network's bytes and does its operations in half") {
  const FeatureStore store = toy::store(20, 60);
  ColdParams params;
  const ScorerWork single = frozen(params, store)->work();
  params.precision = Precision::f16;
  const ScorerWork half = frozen(params, store)->work();
  CHECK(half.per_candidate.flops == single.per_candidate.flops);
  CHECK(half.per_request.flops == single.per_request.flops);
  // Three item groups of 4 bytes and two cross groups of 8 are read as they are; computing them takes 2 and 3 FLOPs.
  CHECK(half.per_candidate.bytes - 28 == (single.per_candidate.bytes - 28) / 2);
  CHECK(half.per_request.bytes - 12 == (single.per_request.bytes - 12) / 2);
  CHECK(half.per_candidate.half_flops == half.per_candidate.flops - (3 * 2 + 2 * 3));
  CHECK(single.per_candidate.half_flops == 0);
}

}  // namespace cascade
