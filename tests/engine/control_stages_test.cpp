#include "engine/control_stages.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "base/errors.h"
#include "base/stats.h"
#include "tests/tools/small_store.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const World& clicks_world() {
  static const World world(tiny_scenario().world, 4);
  return world;
}

CandidateList run_one(const Stage& stage, const Request& request, const CandidateBlock* in, std::size_t quota) {
  CandidateBlock out;
  stage.run(std::span(&request, 1), in, quota, out);
  return out[0];
}

}  // namespace

TEST_CASE("the catalogue of stages: names of its own, controls that may stand anywhere") {
  std::set<std::string> names;
  for (const StageEntry& entry : stage_catalog().entries()) {
    CHECK(names.insert(entry.name).second);
    CHECK((entry.maker.place == StagePlace::anywhere) == is_control_stage(entry.name));
  }
  for (const char* name : {"oracle", "random", "noisy_oracle"}) CHECK(names.count(name) == 1);
}

TEST_CASE("the oracle orders by true value, over the catalogue and over candidates") {
  WorldParams params = tiny_scenario().world;
  params.bids = true;
  for (const Value value : {Value::click, Value::conversion, Value::ecpm, Value::gmv}) {
    params.value = value;
    const World world(params, 4);
    const auto oracle = make_arm(Arm::oracle, world, 1);
    const Request request = world.request(5, 3, 1);
    std::vector<ItemId> all(world.features().num_items());
    std::iota(all.begin(), all.end(), 0U);
    std::vector<float> values(all.size());
    world.true_value(request, all, values);
    const CandidateList expected = keep_best({all, values, {}}, values, 15);
    CHECK(run_one(*oracle, request, nullptr, 15).items == expected.items);
    const CandidateBlock in = {{all, values, {}}};
    CHECK(run_one(*oracle, request, &in, 15).items == expected.items);
  }
}

TEST_CASE("chance draws anew for every request and item, and the same each time") {
  const auto random = make_arm(Arm::random, clicks_world(), 1);
  const Request first{0, 7, 1, 0};
  const Request second{1, 7, 1, 0};
  const CandidateList a = run_one(*random, first, nullptr, 50);
  CHECK(a.items == run_one(*random, first, nullptr, 50).items);
  CHECK(a.items != run_one(*random, second, nullptr, 50).items);
  CHECK(a.items != run_one(*make_arm(Arm::random, clicks_world(), 2), first, nullptr, 50).items);
  // Over candidates in another order the same items come first: the draw is the item's.
  const CandidateBlock in = {{{a.items[4], a.items[2], a.items[9]}, {0, 0, 0}, {}}};
  CHECK(run_one(*random, first, &in, 2).items == std::vector<ItemId>{a.items[2], a.items[4]});
  // Uniform: of 300 requests' best 20 of 400, each item is chosen about 15 times.
  std::vector<double> chosen(400, 0.0);
  for (std::uint64_t r = 0; r < 300; ++r)
    for (const ItemId item : run_one(*random, {r, 7, 1, 0}, nullptr, 20).items) ++chosen[item];
  CHECK(mean(chosen) == 15);
  CHECK(variance(chosen) == Approx(300 * 0.05 * 0.95).epsilon(0.25));
}

TEST_CASE("controls cost nothing") {
  for (const Arm arm : {Arm::oracle, Arm::random}) {
    const ScorerWork work = make_arm(arm, clicks_world(), 1)->work();
    CHECK(work.per_request.flops + work.per_candidate.flops + work.index_build.flops == 0);
    CHECK(work.per_request.items + work.per_candidate.items == 0);
  }
}

TEST_CASE("a control stage without a world is a broken promise") {
  const SmallResources resources(clicks_world().features());
  const auto* entry = stage_catalog().find("oracle");
  REQUIRE(entry != nullptr);
  CHECK_THROWS_AS(entry->maker.make(*entry->make_parameters(), resources), InternalError);
}
