#include "metrics/attribution.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "base/rng.h"

using namespace cascade;

TEST_CASE("Shapley values of a game worked out by hand") {
  // Players 0 and 1 are worth 10 and 20 alone, 50 together; player 2 adds nothing to anybody.
  const std::vector<double> worth = {0, 10, 20, 50, 0, 10, 20, 50};
  const std::vector<double> value = shapley(worth);
  CHECK(value[0] == Approx(20));  // ((10 - 0) + (50 - 20)) / 2
  CHECK(value[1] == Approx(30));  // ((20 - 0) + (50 - 10)) / 2
  CHECK(value[2] == Approx(0).margin(1e-12));
}

TEST_CASE("Shapley values add up, and are the mean over all orders") {
  Rng rng(5, Stream::test);
  for (std::size_t n = 1; n <= 6; ++n) {
    std::vector<double> worth(std::size_t{1} << n);
    for (double& w : worth) w = rng.uniform();
    const std::vector<double> value = shapley(worth);
    CHECK(std::accumulate(value.begin(), value.end(), 0.0) == Approx(worth.back() - worth[0]));
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<double> sum(n, 0.0);
    double orders = 0;
    do {
      std::size_t coalition = 0;
      for (const std::size_t j : order) {
        sum[j] += worth[coalition | (std::size_t{1} << j)] - worth[coalition];
        coalition |= std::size_t{1} << j;
      }
      ++orders;
    } while (std::next_permutation(order.begin(), order.end()));
    for (std::size_t j = 0; j < n; ++j) CHECK(value[j] == Approx(sum[j] / orders));
  }
}
