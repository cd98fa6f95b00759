// Structured pruning: scales, masks, and the smaller network that serves.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/cold.h"
#include "models/deep_mlp.h"
#include "models/layers/mlp.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

ColdParams pruned_cold(double share) {
  ColdParams params;
  params.embedding_dim = 3;
  params.hidden = {10, 6};
  params.interactions = 4;
  params.prune.share = share;
  params.prune.rounds = 2;
  return params;
}

}  // namespace

TEST_CASE("scales by hand: outputs, gradients, the penalty's pull and the mask") {
  NeuronScale<double> scale("s", 3, 0.5);
  scale.parameter().value[0] = 2;
  scale.parameter().value[1] = -1;
  scale.parameter().value[2] = 0.25;
  Matrix<double> x(1, 3);
  x(0, 0) = 3;
  x(0, 1) = 4;
  x(0, 2) = 5;
  Matrix<double> y;
  scale.forward(x, y);
  CHECK(y(0, 0) == 6);
  CHECK(y(0, 1) == -4);
  CHECK(y(0, 2) == 1.25);
  Matrix<double> gradient(1, 3, 10.0);
  scale.backward(x, gradient);
  // Of the scales: 10 x, and half a point towards zero. Of x: 10 gamma.
  CHECK(scale.parameter().gradient[0] == 30.5);
  CHECK(scale.parameter().gradient[1] == 39.5);
  CHECK(scale.parameter().gradient[2] == 50.5);
  CHECK(gradient(0, 0) == 20);
  CHECK(gradient(0, 1) == -10);
  CHECK(gradient(0, 2) == 2.5);
  scale.keep_largest(2);
  CHECK(scale.kept() == std::vector<std::uint32_t>{0, 1});
  scale.keep_largest(3);  // what is gone stays gone
  CHECK(scale.kept() == std::vector<std::uint32_t>{0, 1});
  scale.forward(x, y);
  CHECK(y(0, 2) == 0);
  scale.clear_gradients();
  scale.stop_penalty();
  gradient = Matrix<double>(1, 3, 10.0);
  scale.backward(x, gradient);
  CHECK(scale.parameter().gradient[0] == 30);
  CHECK(scale.parameter().gradient[2] == 0);
  CHECK(gradient(0, 2) == 0);
}

TEST_CASE("a network of two neurons loses one, by hand") {
  // y = 3 * 2 max(0, x + 1) + 5 * 0.5 max(0, -x); the second neuron has the smaller scale.
  Initialiser initialiser(1);
  Mlp<double> mlp("layer", 1, {2, 1}, Activation::relu, initialiser);
  mlp.add_scales(0);
  std::vector<Parameter<double>> all;
  mlp.append_parameters(all);
  const auto set = [&](std::size_t p, std::vector<double> values) {
    std::copy(values.begin(), values.end(), all[p].value.begin());
  };
  REQUIRE(all.size() == 5);
  CHECK(all[4].name == "layer.0.scale");
  set(0, {1, -1});
  set(1, {1, 0});
  set(2, {3, 5});
  set(3, {0});
  set(4, {2, 0.5});
  Matrix<double> x(2, 1);
  x(0, 0) = -4;
  x(1, 0) = 2;
  CHECK(mlp.forward(x)(0, 0) == 10);
  CHECK(mlp.forward(x)(1, 0) == 18);
  mlp.scales()[0].keep_largest(1);
  CHECK(mlp.forward(x)(0, 0) == 0);
  CHECK(mlp.forward(x)(1, 0) == 18);
  Mlp<double> small = mlp.compact();
  REQUIRE(small.layers()[0].out() == 1);
  REQUIRE(small.layers()[1].in() == 1);
  CHECK(small.layers()[0].weights()(0, 0) == 1);
  CHECK(small.layers()[1].weights()(0, 0) == 6);  // the scale is in it
  CHECK(small.forward(x)(0, 0) == 0);
  CHECK(small.forward(x)(1, 0) == 18);
  CHECK(small.flops() == 2 + 1 + 2 + 1);
}

TEST_CASE("gradients with scales, before, between and after the rounds") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  ColdParams params = pruned_cold(0.5);
  params.prune.penalty = 0;
  for (const double share : {0.0, 0.4, 1.0}) {
    const auto model = make_gwen<double>("cold", params, data.store, 1);
    model->advance(share);
    CHECK(model->settled() == (share == 1.0));
    testing::check_model_gradients("pruned", *model, data);
  }
}

TEST_CASE("the pruned network that serves is the masked one, with fewer operations and weights") {
  const toy::Data data = toy::data();
  const auto rows = testing::first_rows(data.log.size());
  const Batch batch{&data.store, &data.log, rows};
  const auto model = make_gwen<float>("cold", pruned_cold(0.5), data.store, 3);
  testing::perturb(*model, 7);
  model->advance(1);
  std::vector<float> logits(rows.size());
  model->forward(batch, logits);
  const auto scorer = model->freeze(data.store);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::vector<ItemId> item = {data.log.item[row]};
    std::vector<float> alone(1);
    scorer->score(CandidateFeatures(data.store, data.log.user[row], item), alone);
    REQUIRE(alone[0] == Approx(logits[row]).margin(2e-5));
  }
  // 10 and 6 neurons are 5 and 3: the work of a network that had so many from the start.
  ColdParams small = pruned_cold(0);
  small.hidden = {5, 3};
  const ScorerWork work = scorer->work();
  const ScorerWork expected = make_gwen<float>("cold", small, data.store, 3)->freeze(data.store)->work();
  CHECK(work.per_candidate.flops == expected.per_candidate.flops);
  CHECK(work.per_request.flops == expected.per_request.flops);
  CHECK(work.per_request.bytes == expected.per_request.bytes);
}

TEST_CASE("rounds come evenly, and a layer keeps a neuron") {
  const FeatureStore store = toy::store(8, 10);
  ColdParams params = pruned_cold(0.5);
  const auto width_at = [&](double share) {
    const auto model = make_gwen<float>("cold", params, store, 1);
    for (double at = 0; at <= share; at += 0.01) model->advance(at);
    ColdParams plain = pruned_cold(0);
    for (int width = 1; width <= 10; ++width)
      for (int next = 1; next <= 6; ++next) {
        plain.hidden = {width, next};
        if (make_gwen<float>("cold", plain, store, 1)->freeze(store)->work().per_candidate.flops ==
            model->freeze(store)->work().per_candidate.flops)
          return std::vector<int>{width, next};
      }
    return std::vector<int>();
  };
  CHECK(width_at(0.3) == std::vector<int>{10, 6});
  CHECK(width_at(0.5) == std::vector<int>{8, 5});  // 7.5 and 4.5, rounded up
  CHECK(width_at(0.7) == std::vector<int>{5, 3});
  params.prune.share = 0.99;
  CHECK(width_at(0.7) == std::vector<int>{1, 1});
}

TEST_CASE("a network without hidden layers cannot be pruned") {
  const FeatureStore store = toy::store(8, 10);
  ColdParams params = pruned_cold(0.5);
  params.hidden = {};
  CHECK_THROWS_WITH(make_gwen<float>("deep_mlp", params, store, 1),
                    "deep_mlp: a network without hidden layers has no neurons to prune");
}

}  // namespace cascade
