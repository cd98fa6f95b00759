#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "base/errors.h"
#include "tests/world/worlds.h"

using namespace cascade;

namespace {

void check_table(const LogTable& table, const FeatureSchema& schema) {
  REQUIRE(table.cross.size() == static_cast<std::size_t>(schema.count(Side::cross)));
  REQUIRE(table.privileged.size() == static_cast<std::size_t>(schema.count(Side::privileged)));
  for (int g = 0; g < schema.size(); ++g) {
    const bool cross = schema[g].side == Side::cross;
    if (!cross && schema[g].side != Side::privileged) continue;
    const auto place = static_cast<std::size_t>(schema.place(g));
    const std::vector<std::uint8_t>& column = cross ? table.cross[place] : table.privileged[place];
    REQUIRE(column.size() == table.size());
    for (std::size_t r = 0; r < table.size(); ++r) {
      REQUIRE(column[r] < schema[g].cardinality);
      if (!cross && table.click[r] == 0) REQUIRE(column[r] == 0);
    }
  }
  for (std::size_t r = 0; r < table.size(); ++r) {
    if (table.click[r] == 0) {
      REQUIRE(table.convert[r] == 0);
      REQUIRE(table.dwell_s[r] == 0.0f);
    } else {
      REQUIRE(table.dwell_s[r] > 0.0f);
      REQUIRE(table.privileged[0][r] > 0);
    }
  }
}

}  // namespace

TEST_CASE("logs hold what they promise") {
  const World world(testing::tiny_params(), 30);
  const LogsParams params = testing::tiny_logs();
  const Logs logs = world.simulate_logs(params);
  const FeatureSchema& schema = world.features().schema();
  REQUIRE(logs.train.size() == 2u * 300 * 6);
  REQUIRE(logs.next_day.size() == 300u * 6);
  REQUIRE(logs.all_space.size() == 1000);
  check_table(logs.train, schema);
  check_table(logs.next_day, schema);
  check_table(logs.all_space, schema);
  for (std::size_t r = 0; r < logs.train.size(); ++r) {
    REQUIRE(logs.train.request[r] == r / 6);
    REQUIRE(logs.train.position[r] == r % 6);
    REQUIRE(logs.train.day[r] == r / (300 * 6));
    REQUIRE(logs.train.space[r] == Space::exposed);
    REQUIRE(logs.train.user[r] == world.request(kLogSample, r / 6, 0).user);
  }
  for (std::size_t first = 0; first < logs.train.size(); first += 6) {
    const std::set<ItemId> page(logs.train.item.begin() + static_cast<std::ptrdiff_t>(first),
                                logs.train.item.begin() + static_cast<std::ptrdiff_t>(first + 6));
    REQUIRE(page.size() == 6);
  }
  CHECK(logs.next_day.request.front() == 600);
  CHECK(logs.next_day.day.front() == 2);
  CHECK(logs.all_space.space.front() == Space::random);
  CHECK(std::count(logs.all_space.click.begin(), logs.all_space.click.end(), 1) > 0);
}

TEST_CASE("a page of the whole catalogue has no duplicates either") {
  WorldParams params = testing::tiny_params();
  params.items = 60;
  const World world(params, 30);
  LogsParams logs_params = testing::tiny_logs();
  logs_params.page = 60;
  logs_params.requests_a_day = 5;
  const Logs logs = world.simulate_logs(logs_params);
  for (std::size_t first = 0; first < logs.train.size(); first += 60) {
    const std::set<ItemId> page(logs.train.item.begin() + static_cast<std::ptrdiff_t>(first),
                                logs.train.item.begin() + static_cast<std::ptrdiff_t>(first + 60));
    REQUIRE(page.size() == 60);
  }
  logs_params.page = 61;
  CHECK_THROWS_WITH(world.simulate_logs(logs_params), "logs.page: must be at most world.items = 60, got 61");
}

TEST_CASE("a row appended by hand is the row that the simulation wrote") {
  const World world(testing::tiny_params(), 31);
  LogsParams params = testing::tiny_logs();
  params.position_bias = 0.5;
  const LogTable table = world.simulate_logs(params).train;
  LogTable again;
  for (std::size_t r = 0; r < 600; ++r)
    append_row(again, world, kLogSample, world.request(kLogSample, table.request[r], table.day[r]), table.item[r],
               table.position[r], Space::exposed, 0.0f, 0.5);
  REQUIRE(again.size() == 600);
  for (std::size_t r = 0; r < 600; ++r) {
    REQUIRE(again.click[r] == table.click[r]);
    REQUIRE(again.convert[r] == table.convert[r]);
    REQUIRE(again.dwell_s[r] == table.dwell_s[r]);
    for (std::size_t c = 0; c < table.cross.size(); ++c) REQUIRE(again.cross[c][r] == table.cross[c][r]);
    for (std::size_t c = 0; c < table.privileged.size(); ++c) REQUIRE(again.privileged[c][r] == table.privileged[c][r]);
  }
  append_row(again, world, kLogSample, world.request(kLogSample, 0, 0), table.item[0], 0, Space::ranked, 1.5f, 0.5);
  CHECK(again.score.back() == 1.5f);
  CHECK(again.click.back() == 0);
}

TEST_CASE("the random policy shows every item alike") {
  WorldParams params = testing::tiny_params();
  params.items = 100;
  const World world(params, 32);
  LogsParams logs_params = testing::tiny_logs();
  logs_params.policy.kind = PolicyKind::random;
  logs_params.requests_a_day = 2000;
  const LogTable table = world.simulate_logs(logs_params).train;
  std::vector<double> counts(100, 0);
  for (const ItemId item : table.item) counts[item] += 1;
  const double expected = static_cast<double>(table.size()) / 100;
  double chi = 0;
  for (const double count : counts) chi += (count - expected) * (count - expected) / expected;
  CHECK(chi < 149);  // 99.9 % of chi-square with 99 degrees; pages without duplicates vary less
}
