#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/rng.h"

namespace cascade {
namespace {

using Block = std::pair<std::size_t, std::size_t>;

std::vector<Block> blocks_of(std::size_t n, std::size_t block) {
  std::mutex mutex;
  std::vector<Block> blocks;
  for_each_block(n, block, [&](std::size_t begin, std::size_t end) {
    const std::lock_guard lock(mutex);
    blocks.emplace_back(begin, end);
  });
  std::sort(blocks.begin(), blocks.end());
  return blocks;
}

TEST_CASE("blocks are fixed by n and the block size") {
  for (const int num_threads : {1, 2, 0}) {
    const ThreadLimit limit(num_threads);
    CHECK(blocks_of(10, 4) == std::vector<Block>{{0, 4}, {4, 8}, {8, 10}});
    CHECK(blocks_of(8, 4) == std::vector<Block>{{0, 4}, {4, 8}});
    CHECK(blocks_of(3, 64) == std::vector<Block>{{0, 3}});
    CHECK(blocks_of(0, 64).empty());
  }
  CHECK_THROWS_AS(blocks_of(1, 0), InternalError);
}

TEST_CASE("every task runs once") {
  std::vector<std::atomic<int>> runs(1000);
  for_each_task(runs.size(), [&](std::size_t task) { ++runs[task]; });
  CHECK(std::all_of(runs.begin(), runs.end(), [](const std::atomic<int>& r) { return r == 1; }));
}

TEST_CASE("the limit of threads holds") {
  const ThreadLimit limit(1);
  CHECK(limit.num_threads() == 1);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for_each_task(200, [&](std::size_t) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  CHECK(threads == std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("limits are of all cores by default and never negative") {
  CHECK(ThreadLimit(0).num_threads() >= 1);
  CHECK(ThreadLimit(1 << 20).num_threads() == ThreadLimit(0).num_threads());
  CHECK_THROWS_AS(ThreadLimit(-1), InternalError);
}

TEST_CASE("an exception of a body reaches the caller") {
  CHECK_THROWS_WITH(for_each_task(100,
                                  [](std::size_t task) {
                                    if (task == 57) throw std::runtime_error("task 57");
                                  }),
                    "task 57");
}

TEST_CASE("loops may nest, and an inner wait starts no outer task on the same thread") {
  std::atomic<int> inner_runs = 0;
  std::atomic<bool> entered_twice = false;
  for_each_task(64, [&](std::size_t) {
    thread_local bool inside = false;
    if (inside) entered_twice = true;
    inside = true;
    for_each_block(256, 4, [&](std::size_t begin, std::size_t end) { inner_runs += static_cast<int>(end - begin); });
    inside = false;
  });
  CHECK(inner_runs == 64 * 256);
  CHECK_FALSE(entered_twice);
}

TEST_CASE("sums over fixed blocks have the same bits whatever the threads") {
  std::vector<double> values(100003);
  Rng rng(1, Stream::test);
  for (double& v : values) v = std::ldexp(rng.normal(), static_cast<int>(rng.below(60)));
  const auto total = [&] {
    std::vector<double> partial((values.size() + 63) / 64);
    for_each_block(values.size(), 64, [&](std::size_t begin, std::size_t end) {
      partial[begin / 64] = ordered_sum(&values[begin], end - begin);
    });
    return ordered_sum(partial.data(), partial.size());
  };
  std::set<double> totals;
  for (int run = 0; run < 5; ++run)
    for (const int num_threads : {1, 2, 0}) {
      const ThreadLimit limit(num_threads);
      totals.insert(total());
    }
  CHECK(totals.size() == 1);
}

TEST_CASE("ordered_sum errs little") {
  CHECK(ordered_sum(nullptr, 0) == 0);
  std::vector<double> tenths(1000000, 0.1);
  // one after the other: 100000.00000133288; pairwise errs by a few units in the last place
  CHECK(std::fabs(ordered_sum(tenths.data(), tenths.size()) - 100000.0) < 1e-9);
  std::vector<double> whole(1000);
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<double>(i);
  CHECK(ordered_sum(whole.data(), whole.size()) == 499500);
}

}  // namespace
}  // namespace cascade
