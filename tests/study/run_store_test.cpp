#include "study/run_store.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/files.h"
#include "tests/tools/python.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

bool same_bits(const Matrix<double>& a, const Matrix<double>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

RunStore::Part some_part() {
  const Scenario scenario = tiny_scenario({"days={served: 1, requests: 20, test_requests: 20}"});
  ReplicateRun run = run_replicate(std::span(&scenario, 1), 5, {});
  return {std::move(run.points[0]), std::move(run.validity)};
}

}  // namespace

TEST_CASE("a part comes back bit by bit, and only for what it depends on") {
  const test::TemporaryFolder folder("run_store");
  const RunStore store(folder.path() / "parts");
  const Scenario scenario = tiny_scenario();
  CHECK(!store.find(scenario, 5));
  const RunStore::Part part = some_part();
  store.keep(scenario, 5, part);

  const auto found = store.find(scenario, 5);
  REQUIRE(found);
  CHECK(found->run.users == part.run.users);
  CHECK(found->run.columns == part.run.columns);
  CHECK(same_bits(found->run.rows, part.run.rows));
  REQUIRE(found->run.arms.size() == part.run.arms.size());
  for (std::size_t a = 0; a < part.run.arms.size(); ++a) {
    CHECK(found->run.arms[a].stage == part.run.arms[a].stage);
    CHECK(found->run.arms[a].arm == part.run.arms[a].arm);
    CHECK(same_bits(found->run.arms[a].rows, part.run.arms[a].rows));
  }
  REQUIRE(found->run.stages.size() == part.run.stages.size());
  for (std::size_t j = 0; j < part.run.stages.size(); ++j) {
    CHECK(found->run.stages[j].model == part.run.stages[j].model);
    CHECK(found->run.stages[j].index_build.flops == part.run.stages[j].index_build.flops);
    CHECK(found->run.stages[j].pooled.size() == part.run.stages[j].pooled.size());
  }
  REQUIRE(found->run.models.size() == part.run.models.size());
  for (std::size_t m = 0; m < part.run.models.size(); ++m)
    CHECK(found->run.models[m].facts == part.run.models[m].facts);
  CHECK(found->validity == part.validity);
  REQUIRE(found->run.days.size() == part.run.days.size());
  CHECK(!part.run.days.empty());
  for (std::size_t d = 0; d < part.run.days.size(); ++d) {
    CHECK(found->run.days[d].first == part.run.days[d].first);
    CHECK(std::memcmp(&found->run.days[d].second, &part.run.days[d].second, sizeof(double)) == 0);
  }

  CHECK(!store.find(scenario, 6));
  CHECK(!store.find(scenario, 0xffffffffffffffff));  // seeds of replicates have all 64 bits
  CHECK(!store.find(tiny_scenario({"funnel.preranking.keep=19"}), 5));
  CHECK(store.find(tiny_scenario({"scenario=other", "seed=9", "evaluate.replicates=4"}), 5));
  // What is not the store's stays.
  write_file_atomically(folder.path() / "parts" / "notes.txt", "mine");
  store.clear();
  CHECK(!store.find(scenario, 5));
  CHECK(read_file(folder.path() / "parts" / "notes.txt") == "mine");
  std::filesystem::remove(folder.path() / "parts" / "notes.txt");
  store.clear();
  CHECK_FALSE(std::filesystem::exists(folder.path() / "parts"));
  store.clear();  // nothing to delete
}

TEST_CASE("a damaged part is as good as none") {
  const test::TemporaryFolder folder("run_store_damaged");
  const RunStore store(folder.path());
  const Scenario scenario = tiny_scenario();
  store.keep(scenario, 5, some_part());
  const auto file = std::filesystem::directory_iterator(folder.path())->path();
  const std::string whole = read_file(file);
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 1}) {
    write_file_atomically(file, whole.substr(0, length));
    CHECK(!store.find(scenario, 5));
  }
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  write_file_atomically(file, flipped);
  CHECK(!store.find(scenario, 5));
  write_file_atomically(file, whole);
  CHECK(store.find(scenario, 5));
}
