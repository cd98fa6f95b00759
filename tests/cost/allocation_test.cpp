#include "cost/allocation.h"

#include <catch2/catch.hpp>

#include "base/rng.h"

using namespace cascade;

namespace {

Matrix<double> matrix(std::initializer_list<std::initializer_list<double>> rows) {
  Matrix<double> all(rows.size(), rows.begin()->size());
  std::size_t r = 0;
  for (const auto& row : rows) std::copy(row.begin(), row.end(), all.row(r++).begin());
  return all;
}

/// Gains that rise with the cost, at a pace of their own for each request.
Matrix<double> random_gains(std::uint64_t seed, std::size_t requests, const std::vector<double>& costs) {
  Rng rng(seed, Stream::test);
  Matrix<double> gains(requests, costs.size());
  for (std::size_t i = 0; i < requests; ++i) {
    const double scale = rng.exponential();
    double gain = 0;
    for (std::size_t j = 0; j < costs.size(); ++j) gains(i, j) = gain += scale * rng.uniform() / (1.0 + double(j));
  }
  return gains;
}

const std::vector<double> kCosts = {1, 2, 4};
const Matrix<double> kTwo = matrix({{0, 3, 4}, {0, 1, 1.5}});

}  // namespace

TEST_CASE("the best level at a price, by hand; of equals the cheaper") {
  const std::vector<double> gains = {1, 3, 4};
  CHECK(best_level(gains, kCosts, 0) == 2);
  CHECK(best_level(gains, kCosts, 0.4) == 2);  // 0.6, 2.2, 2.4
  CHECK(best_level(gains, kCosts, 0.5) == 1);  // 0.5, 2, 2
  CHECK(best_level(gains, kCosts, 1.9) == 1);  // -0.9, -0.8, -3.6
  CHECK(best_level(gains, kCosts, 2) == 0);    // -1, -1, -4
}

TEST_CASE("the price that meets a budget, by hand") {
  // The first request's step to level 1 gains 3 a unit of cost, the second's 1: a mean of 1.5 pays for one of them,
  // and at any price from 1 on only the first takes it.
  const PricedChoice choice = solve_lambda(kTwo, kCosts, 1.5);
  CHECK(choice.met);
  CHECK(choice.lambda == Approx(1).epsilon(1e-9));
  CHECK(choice.cost == 1.5);
  CHECK(choice.gain == 1.5);
  // max(0 - 1, 3 - 2, 4 - 4) = 1 and max(0 - 1, 1 - 2, 1.5 - 4) = -1: their mean, and 1 x 1.5.
  CHECK(choice.dual == Approx(1.5));
  const PricedChoice free = solve_lambda(kTwo, kCosts, 4);
  CHECK(free.lambda == 0);
  CHECK(free.gain == 2.75);
  const PricedChoice impossible = solve_lambda(kTwo, kCosts, 0.9);
  CHECK_FALSE(impossible.met);
  CHECK(impossible.cost == 1);
}

TEST_CASE("greedy levels by group, by hand") {
  const std::vector<double> halves = {0.5, 0.5};
  using Levels = std::vector<std::size_t>;
  CHECK(greedy_levels(kTwo, halves, kCosts, 0.5) == Levels{0, 0});
  CHECK(greedy_levels(kTwo, halves, kCosts, 1.5) == Levels{1, 0});
  CHECK(greedy_levels(kTwo, halves, kCosts, 2) == Levels{1, 1});
  CHECK(greedy_levels(kTwo, halves, kCosts, 2.9) == Levels{1, 1});  // a step to level 2 costs 1, and 0.9 is left
  CHECK(greedy_levels(kTwo, halves, kCosts, 3) == Levels{2, 1});    // the first gains 0.5 a unit there, the second 0.25
  CHECK(greedy_levels(kTwo, std::vector<double>{0, 1}, kCosts, 2) == Levels{0, 1});  // nobody pays for an empty group
}

TEST_CASE("the one level for all, by hand") {
  const std::vector<double> gains = {1, 3, 3};
  CHECK(uniform_level(gains, kCosts, 0.5) == 0);
  CHECK(uniform_level(gains, kCosts, 3) == 1);
  CHECK(uniform_level(gains, kCosts, 9) == 1);
}

TEST_CASE("cost never rises with the price, and the dual bounds every choice within the budget") {
  const std::vector<double> costs = {1, 2, 3, 5, 8};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Matrix<double> gains = random_gains(seed, 200, costs);
    double before = 8;
    for (double lambda = 0; lambda < 2; lambda += 0.02) {
      const PricedChoice choice = choose_at(gains, costs, 2.5, lambda);
      CHECK(choice.cost <= before);
      before = choice.cost;
    }
    const PricedChoice choice = solve_lambda(gains, costs, 2.5);
    CHECK(choice.met);
    CHECK(choice.cost > 2.5 - (8.0 - 1.0) / 200);  // one request's step from the cheapest to the dearest is missing
    CHECK(choice.dual >= choice.gain - 1e-12);
    // What others do with the same budget is worth no more than the dual: one level for all, and chance.
    double uniform = 0;
    for (std::size_t i = 0; i < 200; ++i) uniform += gains(i, 1) / 200;
    CHECK(choice.dual >= uniform - 1e-12);
    CHECK(choice.gain >= uniform);
    const std::vector<double> each(200, 1.0 / 200);
    double greedy = 0;
    double spent = 0;
    const std::vector<std::size_t> levels = greedy_levels(gains, each, costs, 2.5);
    for (std::size_t i = 0; i < 200; ++i) {
      greedy += gains(i, levels[i]) / 200;
      spent += costs[levels[i]] / 200;
    }
    CHECK(spent <= 2.5 + 1e-12);
    CHECK(greedy <= choice.dual + 1e-12);
  }
}

TEST_CASE("the dual bounds the best of all choices, found by trying them") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Matrix<double> gains = random_gains(seed, 4, kCosts);
    const PricedChoice choice = solve_lambda(gains, kCosts, 2);
    double best = 0;
    for (int code = 0; code < 81; ++code) {
      double gain = 0;
      double cost = 0;
      int rest = code;
      for (std::size_t i = 0; i < 4; ++i, rest /= 3) {
        gain += gains(i, static_cast<std::size_t>(rest % 3)) / 4;
        cost += kCosts[static_cast<std::size_t>(rest % 3)] / 4;
      }
      if (cost <= 2) best = std::max(best, gain);
    }
    CHECK(best <= choice.dual + 1e-12);
    CHECK(choice.gain <= best + 1e-12);
  }
}

TEST_CASE("where all requests are alike a price gains nothing over one level for all") {
  const std::vector<double> costs = {1, 2, 3, 5, 8};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Matrix<double> one = random_gains(seed, 1, costs);
    Matrix<double> alike(100, costs.size());
    for (std::size_t i = 0; i < 100; ++i) std::copy(one.row(0).begin(), one.row(0).end(), alike.row(i).begin());
    const PricedChoice choice = solve_lambda(alike, costs, 3.5);
    CHECK(choice.gain <= one(0, uniform_level(one.row(0), costs, 3.5)) + 1e-12);
  }
}
