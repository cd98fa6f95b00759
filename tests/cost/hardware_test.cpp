#include "cost/hardware.h"

#include <catch2/catch.hpp>

#include "base/rng.h"

using namespace cascade;

namespace {

/// 2 GFLOP/s are 2000 FLOPs a microsecond, 4 GB/s 4000 bytes a microsecond.
HardwareParams plain_hardware() {
  HardwareParams h;
  h.gflops = 2;
  h.gbytes_per_s = 4;
  h.fixed_us = 5;
  h.network_us = 100;
  return h;
}

}  // namespace

TEST_CASE("the slower of arithmetic and reads is what a stage takes, and the fixed part besides") {
  const HardwareParams h = plain_hardware();
  // 6000 FLOPs take 3 us, 4000 bytes 1 us: 5 + 3 busy, and the network on top of what the request waits.
  const Price arithmetic = price({10, 6000, 4000}, h);
  CHECK(arithmetic.compute_us == 8);
  CHECK(arithmetic.latency_us == 108);
  // 2000 FLOPs take 1 us, 20000 bytes 5 us.
  const Price memory = price({10, 2000, 20000}, h);
  CHECK(memory.compute_us == 10);
  CHECK(memory.latency_us == 110);
}

TEST_CASE("gathers and candidates cost what the profile tells apart, and nothing more where it does not") {
  HardwareParams h = plain_hardware();
  // 10 candidates of 400 bytes beside 4000 bytes of weights, 6000 FLOPs.
  const ScorerWork work{{0, 0, 4000}, {1, 600, 400}, {}};
  // max(3, 8000 / 4000) = 3 us, as of any reads.
  CHECK(price(work, 10, h).compute_us == 8);
  CHECK(price(Work{10, 6000, 8000}, h).compute_us == 8);
  // 1 GB/s is 1000 bytes a microsecond: 4 us of gathers, which overlap with nothing; 10 x 200 ns = 2 us.
  h.gather_gbytes_per_s = 1;
  CHECK(price(work, 10, h).compute_us == 12);
  h.candidate_ns = 200;
  CHECK(price(work, 10, h).compute_us == 14);
  CHECK(price(work, 10, h).latency_us == 114);
  // What is not gathered, a scan, is as before.
  CHECK(price(Work{10, 6000, 8000}, h).compute_us == 8);
  CHECK(price(ScorerWork{}, 0, h).compute_us == 0);
  CHECK(used(work, 10, BudgetUnit::us, h) == 14);
  CHECK(used(work, 10, BudgetUnit::flops, h) == 6000);
  // 5 + max(0.3 n, 1) + 0.4 n + 0.2 n <= 14: n = 10.
  CHECK(affordable(work, 100, BudgetUnit::us, 14, h) == 10);
}

TEST_CASE("no work costs nothing, the least work its dispatch") {
  const HardwareParams h = plain_hardware();
  CHECK(price({}, h).compute_us == 0);
  CHECK(price({}, h).latency_us == 0);
  CHECK(price({1, 0, 0}, h).compute_us == 5);
  CHECK(price({1, 0, 0}, h).latency_us == 105);
}

TEST_CASE("profiles of other prices have another text, and a label is no price") {
  HardwareParams h = plain_hardware();
  const std::string text = price_text(h);
  h.label = "another";
  CHECK(price_text(h) == text);
  for (double HardwareParams::*figure :
       {&HardwareParams::gflops, &HardwareParams::half_speedup, &HardwareParams::gbytes_per_s,
        &HardwareParams::fixed_us, &HardwareParams::network_us, &HardwareParams::gather_gbytes_per_s,
        &HardwareParams::candidate_ns}) {
    HardwareParams other = h;
    other.*figure += 1;
    CHECK(price_text(other) != text);
  }
}

TEST_CASE("work adds up and scales") {
  const Work sum = Work{1, 2, 3} + 4 * Work{10, 20, 30};
  CHECK(sum.items == 41);
  CHECK(sum.flops == 82);
  CHECK(sum.bytes == 123);
}

TEST_CASE("a budget is in the unit it is given in") {
  BudgetParams budget;
  CHECK_FALSE(budget.given());
  budget.flops = 7;
  CHECK(budget.given());
  CHECK(budget.unit() == BudgetUnit::flops);
  CHECK(budget.limit() == 7);
  budget.flops = 0;
  budget.us = 9;
  CHECK(budget.unit() == BudgetUnit::us);
  CHECK(budget.limit() == 9);
  const HardwareParams h = plain_hardware();
  const ScorerWork work{{0, 0, 0}, {1, 6000, 0}, {}};
  CHECK(used(work, 1, BudgetUnit::flops, h) == 6000);
  CHECK(used(work, 1, BudgetUnit::us, h) == 8);
}

TEST_CASE("how many candidates fit, by hand") {
  const HardwareParams h = plain_hardware();
  const ScorerWork work{{0, 1000, 0}, {1, 200, 0}, {}};
  // 1000 + 200 n <= 2500: n = 7.
  CHECK(affordable(work, 100, BudgetUnit::flops, 2500, h) == 7);
  CHECK(affordable(work, 5, BudgetUnit::flops, 2500, h) == 5);
  CHECK(affordable(work, 100, BudgetUnit::flops, 2600, h) == 8);  // the limit itself still fits
  CHECK(affordable(work, 100, BudgetUnit::flops, 1000, h) == 0);
  CHECK(affordable(work, 100, BudgetUnit::flops, 999, h) == 0);  // not even the user side
  // 5 us to dispatch and (1000 + 200 n) / 2000 us of arithmetic within 8 us: 1000 + 200 n <= 6000, n = 25.
  CHECK(affordable(work, 100, BudgetUnit::us, 8, h) == 25);
  CHECK(affordable(work, 100, BudgetUnit::us, 5.4, h) == 0);
  // What costs nothing always fits.
  CHECK(affordable({}, 100, BudgetUnit::us, 0, h) == 100);
}

TEST_CASE("price and what fits are monotone") {
  Rng rng(1, Stream::test);
  for (int round = 0; round < 2000; ++round) {
    HardwareParams h;
    h.gflops = rng.uniform(0.1, 5000);
    h.gbytes_per_s = rng.uniform(0.1, 1000);
    h.fixed_us = rng.bernoulli(0.2) ? 0 : rng.uniform(0, 500);
    h.network_us = rng.bernoulli(0.2) ? 0 : rng.uniform(0, 500);
    h.gather_gbytes_per_s = rng.bernoulli(0.5) ? 0 : rng.uniform(0.1, 100);
    h.candidate_ns = rng.bernoulli(0.5) ? 0 : rng.uniform(0, 100);
    const auto amount = [&] { return rng.bernoulli(0.3) ? 0 : rng.uniform(0, 1e8); };
    const Work less{amount(), amount(), amount()};
    const Work more = less + Work{amount(), amount(), amount()};
    CHECK(price(less, h).compute_us <= price(more, h).compute_us);
    CHECK(price(less, h).latency_us <= price(more, h).latency_us);

    const ScorerWork work{{0, amount(), amount()}, {1, amount() / 1000, amount() / 1000}, {}};
    const std::size_t n = rng.below(3000);
    for (const BudgetUnit unit : {BudgetUnit::flops, BudgetUnit::us}) {
      const double limit = unit == BudgetUnit::flops ? rng.uniform(0, 3e8) : rng.uniform(0, 1e5);
      const std::size_t fits = affordable(work, n, unit, limit, h);
      REQUIRE(fits <= n);
      CHECK(fits <= affordable(work, n, unit, 1.5 * limit, h));
      CHECK(fits <= affordable(work, n + 10, unit, limit, h));
      // The largest: one more does not fit.
      const auto spent = [&](std::size_t k) { return used(work, static_cast<double>(k), unit, h); };
      if (fits > 0) CHECK(spent(fits) <= limit);
      if (fits < n && spent(0) <= limit) CHECK(spent(fits + 1) > limit);
    }
  }
}
