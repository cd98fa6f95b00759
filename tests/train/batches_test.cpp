#include "train/batches.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace cascade;

TEST_CASE("batches of rows are of one size; those of requests split none") {
  // Requests of 2, 3 and 1 rows, the last two of one number on two days.
  LogTable log;
  log.request = {1, 1, 2, 2, 2, 2};
  log.day = {0, 0, 0, 0, 0, 1};
  const std::vector<std::uint32_t> rows = {0, 1, 2, 3, 4, 5};
  const auto sizes = [](const Batches& batches) {
    std::vector<std::size_t> all;
    for (std::size_t b = 0; b < batches.size(); ++b) all.push_back(batches[b].size());
    return all;
  };
  CHECK(sizes(Batches(log, rows, 4, Unit::row)) == std::vector<std::size_t>{4, 2});
  // Two rows a request in the mean: four rows are two requests.
  Batches requests(log, rows, 4, Unit::request);
  CHECK(sizes(requests) == std::vector<std::size_t>{5, 1});
  CHECK(sizes(Batches(log, rows, 1, Unit::request)) == std::vector<std::size_t>{2, 3, 1});
  for (const Unit unit : {Unit::row, Unit::request})
    CHECK(Batches(log, std::span<const std::uint32_t>(), 4, unit).size() == 0);

  for (std::uint64_t turn = 0; turn < 10; ++turn) {
    requests.shuffle(Rng(5, Stream::train_shuffle, turn));
    std::vector<std::uint32_t> order;
    for (std::size_t b = 0; b < requests.size(); ++b) order.insert(order.end(), requests[b].begin(), requests[b].end());
    const auto at = static_cast<std::size_t>(std::find(order.begin(), order.end(), 2U) - order.begin());
    REQUIRE(at + 2 < order.size());
    CHECK(order[at + 1] == 3);
    CHECK(order[at + 2] == 4);
    std::sort(order.begin(), order.end());
    CHECK(order == rows);
  }
}
