#include "cost/shards.h"

#include <catch2/catch.hpp>

namespace cascade {

TEST_CASE("candidates are split evenly, the first shards taking the rest") {
  CHECK(shard_candidates(10, 0, 4) == 3);
  CHECK(shard_candidates(10, 1, 4) == 3);
  CHECK(shard_candidates(10, 2, 4) == 2);
  CHECK(shard_candidates(10, 3, 4) == 2);
  CHECK(shard_candidates(2, 2, 4) == 0);
  CHECK(busy_shards(2, 4) == 2);
  CHECK(busy_shards(0, 4) == 1);  // the user's side is done even for nobody
}

TEST_CASE("shards by hand: the request waits less, the workers do more") {
  HardwareParams core;  // 1 GFLOP/s is a thousand FLOPs a microsecond
  core.gflops = 1;
  core.gbytes_per_s = 1000;
  core.fixed_us = 5;
  core.network_us = 100;
  const ScorerWork work{{0, 40000, 8}, {1, 10000, 4}, {}};
  // Whole: 5 + (40,000 + 10 x 10,000) / 1000 = 145 us. Four shards of 3, 3, 2 and 2 candidates, each with the user's
  // 40,000 and its own dispatch: 75 + 75 + 65 + 65 us, of which the request waits for 75.
  const Price whole = split_price(work, 10, 1, core);
  CHECK(whole.compute_us == Approx(145));
  CHECK(whole.latency_us == Approx(245));
  const Price four = split_price(work, 10, 4, core);
  CHECK(four.compute_us == Approx(280));
  CHECK(four.latency_us == Approx(175));
  CHECK(split_work(work, 10, 4).flops == 4 * 40000 + 10 * 10000);
  CHECK(split_work(work, 10, 4).bytes == 4 * 8 + 10 * 4);
  CHECK(split_work(work, 10, 4).items == 10);
  // A shard without a candidate is not asked.
  CHECK(split_work(work, 2, 4).flops == 2 * 40000 + 2 * 10000);
  CHECK(split_price(work, 2, 4, core).compute_us == Approx(2 * 55));
  // Nothing to do costs nothing, split or not.
  CHECK(split_price({}, 10, 4, core).compute_us == 0);
  // 170 us buy 12.5 - 4 candidates whole, and over two shards 2 x 45 for the users and 8 for the rest.
  CHECK(affordable(work, 100, BudgetUnit::us, 170, core) == 12);
  CHECK(affordable(work, 100, BudgetUnit::us, 170, core, 2) == 8);
}

TEST_CASE("half precision: its own rate of arithmetic, by hand") {
  HardwareParams core;
  core.gflops = 1;
  core.gbytes_per_s = 1000;
  core.fixed_us = 0;
  core.network_us = 0;
  const Work work{1, 9000, 4, 6000};
  CHECK(price(work, core).compute_us == Approx(9));
  core.half_speedup = 2;  // 3000 as floats, 6000 twice as fast
  CHECK(price(work, core).compute_us == Approx(6));
  CHECK((3 * work).half_flops == 18000);
  CHECK((work + work).half_flops == 12000);
}

}  // namespace cascade
