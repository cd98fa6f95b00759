// Steps of the optimisers against the formulas of optimizer.h, worked by hand.
#include "train/optimizer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace cascade {
namespace {

TrainParams params_of(OptimizerKind kind, double rate, double l2 = 0) {
  TrainParams params;
  params.optimizer = params.embedding_optimizer = kind;
  params.learning_rate = params.embedding_learning_rate = rate;
  params.l2 = l2;
  return params;
}

/// One dense number under a sequence of gradients.
double after(const TrainParams& params, double value, const std::vector<double>& gradients) {
  double gradient = 0;
  const std::vector<Parameter<double>> parameters = {{"x", 1, {&value, 1}, {&gradient, 1}}};
  Optimizer<double> optimizer(parameters, params);
  for (const double g : gradients) {
    gradient = g;
    optimizer.step(parameters);
  }
  return value;
}

}  // namespace

TEST_CASE("sgd steps by hand") {
  CHECK(after(params_of(OptimizerKind::sgd, 0.1), 1, {2, -1}) == Approx(1 - 0.2 + 0.1));
  // With l2 = .5: 1 - .1 (2 + .5) = .75; .75 - .1 (-1 + .375) = .8125.
  CHECK(after(params_of(OptimizerKind::sgd, 0.1, 0.5), 1, {2, -1}) == Approx(0.8125));
}

TEST_CASE("adagrad steps by hand") {
  // The first step is lr times the sign; then s = 9 + 16 = 25: 1 - .1 - .1 * 4 / 5.
  CHECK(after(params_of(OptimizerKind::adagrad, 0.1), 1, {3}) == Approx(0.9));
  CHECK(after(params_of(OptimizerKind::adagrad, 0.1), 1, {3, 4}) == Approx(0.82));
  CHECK(after(params_of(OptimizerKind::adagrad, 0.1), 1, {0}) == 1);
}

TEST_CASE("adam steps by hand") {
  // Step 1: m / c1 = g, sqrt(v / c2) = |g|: lr times the sign.
  CHECK(after(params_of(OptimizerKind::adam, 0.1), 1, {3}) == Approx(0.9));
  // Step 2 with gradients 3, 1: m = .27 + .1 = .37, c1 = .19; v = .009 * .999 + .001 = .009991, c2 = .001999.
  const double second = 0.1 * (0.37 / 0.19) / (std::sqrt(0.009991 / 0.001999) + 1e-8);
  CHECK(after(params_of(OptimizerKind::adam, 0.1), 1, {3, 1}) == Approx(0.9 - second));
}

TEST_CASE("sparse parameters move in their touched rows only, and Adam's step counter runs for all") {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adagrad, OptimizerKind::adam}) {
    for (const std::size_t width : {std::size_t{1}, std::size_t{3}, std::size_t{8}}) {
      std::vector<double> table(4 * width, 1.0);
      SparseGradient<double> gradient;
      const std::vector<Parameter<double>> parameters = {{"table", width, table, {}, &gradient}};
      Optimizer<double> optimizer(parameters, params_of(kind, 0.1));
      gradient.rows = {2, 0};
      gradient.values.assign(2 * width, 3.0);
      optimizer.step(parameters);
      // First step of every rule by hand: sgd 1 - .3, the others 1 - .1.
      const double first = kind == OptimizerKind::sgd ? 0.7 : 0.9;
      for (std::size_t i = 0; i < width; ++i) {
        CHECK(table[0 * width + i] == Approx(first));
        CHECK(table[1 * width + i] == 1);
        CHECK(table[2 * width + i] == Approx(first));
        CHECK(table[3 * width + i] == 1);
      }
      gradient.rows = {1};
      gradient.values.assign(width, 3.0);
      optimizer.step(parameters);
      for (std::size_t i = 0; i < width; ++i) {
        CHECK(table[0 * width + i] == Approx(first));
        if (kind != OptimizerKind::adam) CHECK(table[1 * width + i] == Approx(first));
        // Lazy Adam at t = 2 with an untouched row: m = .3, v = .009: lr sqrt(c2) / c1 * m / sqrt(v).
        if (kind == OptimizerKind::adam)
          CHECK(table[1 * width + i] == Approx(1 - 0.1 * std::sqrt(0.001999) / 0.19 * 0.3 / std::sqrt(0.009)));
      }
    }
  }
}

}  // namespace cascade
