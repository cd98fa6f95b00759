// Choice of feature groups: ranking, ties, costs, and the two networks.
#include "models/group_selection.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/errors.h"
#include "models/catalog.h"
#include "models/cold.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::vector<std::string> names(const FeatureStore& store, const std::vector<int>& groups) {
  std::vector<std::string> all;
  for (const int group : groups) all.push_back(store.schema()[group].name);
  return all;
}

ColdParams small_cold() {
  ColdParams params;
  params.embedding_dim = 2;
  params.hidden = {4};
  params.interactions = 3;
  params.selection.select_groups = 1;
  return params;
}

GroupSelector selector_of(const ColdParams& params, const FeatureStore& store) {
  return GroupSelector("cold", params, params.selection, store, 3);
}

}  // namespace

TEST_CASE("the highest values are kept, ties in declared order") {
  const std::vector<double> values = {0.3, 0.5, 0.5, 0.1, 0.5};
  CHECK(highest_positions(values, 0).empty());
  CHECK(highest_positions(values, 2) == std::vector<std::size_t>{1, 2});
  CHECK(highest_positions(values, 4) == std::vector<std::size_t>{0, 1, 2, 4});
  CHECK(highest_positions(values, 9) == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("cost of a group by hand") {
  const FeatureStore store = toy::store(8, 10);
  const FeatureSchema& schema = store.schema();
  // price_gap: 3 to compute and 2 * 2 * 4 in the first layer at 50 a nanosecond, 8 and 4 * 2 bytes at 10.
  CHECK(group_cost(schema, schema.find("price_gap"), 2, 4) == Approx(19.0 / 50 + 16.0 / 10));
  // recent, three values: 2 to compute, 3 * 2 to pool, 16; 4 and 3 * 4 * 2 bytes; shared by 1,000 candidates.
  CHECK(group_cost(schema, schema.find("recent"), 2, 4) == Approx((24.0 / 50 + 28.0 / 10) / 1000));
}

TEST_CASE("groups are chosen among those of select_from, by importance or by importance per cost") {
  const FeatureStore store = toy::store(8, 10);
  ColdParams params = small_cold();
  CHECK(names(store, selector_of(params, store).candidates()) ==
        std::vector<std::string>{"clicks_category", "price_gap"});
  params.selection.select_from = {"price_gap", "item"};
  CHECK(names(store, selector_of(params, store).candidates()) ==
        std::vector<std::string>{"item_id", "category", "tags", "price_gap"});
  // Per cost: tags has two values, (2 + 2 * 2 + 16) / 50 + (4 + 2 * 8) / 10 = 2.44, category (2 + 16) / 50 + 12 / 10 =
  // 1.56: .6 / 2.44 < .45 / 1.56.
  const std::vector<double> importance = {0.1, 0.45, 0.6, 0.2};
  CHECK(names(store, selector_of(params, store).choose(importance)) == std::vector<std::string>{"tags"});
  params.selection.select_by = SelectBy::importance_per_cost;
  CHECK(names(store, selector_of(params, store).choose(importance)) == std::vector<std::string>{"category"});
}

TEST_CASE("the network on the chosen groups has no block, starts alike and costs its groups only") {
  const FeatureStore store = toy::store(8, 10);
  const ColdParams params = small_cold();
  const GroupSelector selector = selector_of(params, store);
  ColdParams by_name = params;
  by_name.groups = {"user", "item", "price_gap"};
  const std::vector<std::vector<int>> choices = {{store.schema().find("price_gap")}, selector.candidates()};
  const std::vector<ColdParams> equal = {by_name, params};
  for (std::size_t c = 0; c < choices.size(); ++c) {
    const auto chosen = selector.network_on(choices[c]);
    const auto named = make_gwen<float>("cold", equal[c], store, 3);
    const auto a = chosen->parameters();
    const auto b = named->parameters();
    REQUIRE(a.size() == b.size());
    for (std::size_t p = 0; p < a.size(); ++p) {
      CHECK(a[p].name == b[p].name);
      REQUIRE(a[p].value.size() == b[p].value.size());
      CHECK(std::equal(a[p].value.begin(), a[p].value.end(), b[p].value.begin()));
    }
    CHECK(chosen->freeze(store)->work().per_candidate.flops == named->freeze(store)->work().per_candidate.flops);
    CHECK(chosen->flops_per_sample() == named->flops_per_sample());
  }
  const auto all = selector.network_on(selector.candidates())->freeze(store)->work();
  const auto one = selector.network_on(choices[0])->freeze(store)->work();
  // clicks_category: 3 to compute, 2 * 2 * 4 in the first layer; 8 and 4 * 2 bytes.
  CHECK(all.per_candidate.flops - one.per_candidate.flops == 19);
  CHECK(all.per_candidate.bytes - one.per_candidate.bytes == 16);
}

TEST_CASE("weighing networks: gradients, and what they share with a network without the block") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  for (const SqueezeForm form : {SqueezeForm::paper, SqueezeForm::talk}) {
    for (const int interactions : {0, 3}) {
      GwenParams params = small_cold();
      params.interactions = interactions;
      const auto network = make_weighing_gwen<double>("cold", params, form, data.store, 2);
      const auto plain = make_gwen<double>("cold", params, data.store, 2);
      const auto with = network->parameters();
      const auto without = plain->parameters();
      REQUIRE(with.size() == without.size() + 2);
      for (std::size_t p = 0; p < without.size(); ++p)
        CHECK(std::equal(without[p].value.begin(), without[p].value.end(), with[p].value.begin()));
      CHECK(network->flops_per_sample() > plain->flops_per_sample());
      CHECK(network->groups().size() == 8);
      testing::check_model_gradients("weighing", *network, data);
      CHECK(network->group_weights().rows() == 32);
      CHECK_THROWS_AS(network->freeze(data.store), InternalError);
    }
  }
}

TEST_CASE("a choice among no groups of the model is a fault of the user") {
  const FeatureStore store = toy::store(8, 10);
  ColdParams params = small_cold();
  params.features = {"user", "item"};
  CHECK_THROWS_WITH(selector_of(params, store),
                    "cold: none of the groups to choose from (select_from: cross) is among the model's groups");
  params.selection.select_from = {"prce_gap"};
  CHECK_THROWS_WITH(selector_of(params, store),
                    Catch::StartsWith("cold, select_from: there is no feature group 'prce_gap'; did you mean"));
}

TEST_CASE("only cold can choose, and only where it is asked to") {
  const FeatureStore store = toy::store(8, 10);
  for (const auto& entry : model_catalog().entries()) {
    INFO(entry.name);
    CHECK(static_cast<bool>(entry.maker.selector) == (entry.name == "cold"));
    if (entry.maker.selector) CHECK(entry.maker.selector(*entry.make_parameters(), store, 1) == nullptr);
  }
}

}  // namespace cascade
