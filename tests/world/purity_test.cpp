#include <catch2/catch.hpp>
#include <string_view>

#include "base/files.h"
#include "base/parallel.h"
#include "tests/world/worlds.h"

using namespace cascade;

namespace {

template <class T>
void add_bytes(std::uint64_t& hash, const std::vector<T>& values) {
  hash = content_hash(std::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)), hash);
}

std::uint64_t hash_table(const LogTable& table, std::uint64_t hash) {
  add_bytes(hash, table.request);
  add_bytes(hash, table.user);
  add_bytes(hash, table.item);
  add_bytes(hash, table.click);
  add_bytes(hash, table.convert);
  add_bytes(hash, table.dwell_s);
  for (const auto& column : table.cross) add_bytes(hash, column);
  for (const auto& column : table.privileged) add_bytes(hash, column);
  return hash;
}

/// Everything that a world shows: features, logs, values.
std::uint64_t hash_world(std::uint64_t seed) {
  const World world(testing::tiny_params(), seed);
  std::uint64_t hash = 1;
  const FeatureStore& store = world.features();
  for (int g = 0; g < store.schema().size(); ++g) {
    const std::span<const std::uint32_t> column = store.column(g);
    add_bytes(hash, std::vector<std::uint32_t>(column.begin(), column.end()));
  }
  for (ItemId i = 0; i < store.num_items(); ++i)
    add_bytes(hash, std::vector<float>{store.item(i).log_price, store.item(i).clicks, store.item(i).impressions});
  const Logs logs = world.simulate_logs(testing::tiny_logs());
  hash = hash_table(logs.all_space, hash_table(logs.next_day, hash_table(logs.train, hash)));
  const std::vector<ItemId> items = testing::all_items(world);
  std::vector<float> values(items.size());
  world.true_value(world.request(0, 3, 1), items, values);
  add_bytes(hash, values);
  std::vector<double> validity{world.validity().click_rate, world.validity().popularity_gini};
  add_bytes(hash, validity);
  return hash;
}

}  // namespace

TEST_CASE("world and logs are the same bits on any number of threads") {
  std::uint64_t first = 0;
  for (const int threads : {1, 2, 3, 7}) {
    const ThreadLimit limit(threads);
    const std::uint64_t hash = hash_world(99);
    if (first == 0) first = hash;
    CHECK(hash == first);
  }
  CHECK(hash_world(100) != first);
}

TEST_CASE("more days and another page leave the draws of what was there alone") {
  const World world(testing::tiny_params(), 40);
  LogsParams params = testing::tiny_logs();
  const LogTable few = world.simulate_logs(params).train;
  params.days = 3;
  const LogTable more = world.simulate_logs(params).train;
  for (std::size_t r = 0; r < few.size(); ++r) {
    REQUIRE(more.item[r] == few.item[r]);
    REQUIRE(more.click[r] == few.click[r]);
  }
  // The same request and item: the same reaction, wherever it is asked for.
  const Request request = world.request(kLogSample, few.request[17], few.day[17]);
  CHECK(world.react(kLogSample, request, few.item[17], 0, 0.0).click == (few.click[17] != 0));
}

TEST_CASE("more users leave the profiles and the items' own draws of a world alone") {
  WorldParams params = testing::tiny_params();
  const World few(params, 41);
  params.users = 200;
  const World more(params, 41);
  for (const char* name : {"segment", "age", "gender"}) {
    const int group = few.features().schema().find(name);
    for (UserId u = 0; u < 120; ++u) REQUIRE(few.features().values(group, u)[0] == more.features().values(group, u)[0]);
  }
  for (ItemId i = 0; i < few.features().num_items(); ++i)
    REQUIRE(few.features().item(i).log_price == more.features().item(i).log_price);
}

TEST_CASE("samples of requests differ") {
  const World world(testing::tiny_params(), 42);
  int same = 0;
  for (std::uint64_t index = 0; index < 1000; ++index)
    same += world.request(0, index, 0).user == world.request(7, index, 0).user;
  CHECK(same < 100);
  CHECK(world.request(7, 5, 2).user == world.request(7, 5, 2).user);
}
