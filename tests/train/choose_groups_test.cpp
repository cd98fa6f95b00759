#include "train/choose_groups.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "models/cold.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

/// The toy log with clicks that one cross group alone decides.
toy::Data decided_by_counter() {
  toy::Data data = toy::data(40, 60, 400, 8);
  for (std::size_t row = 0; row < data.log.size(); ++row)
    data.log.click[row] = data.log.space[row] == Space::exposed && data.log.cross[0][row] > 1 ? 1 : 0;
  return data;
}

ColdParams cold(SqueezeForm form, int groups) {
  ColdParams params;
  params.embedding_dim = 4;
  params.hidden = {8};
  params.interactions = 0;
  params.selection.select_groups = groups;
  params.selection.se = form;
  return params;
}

GroupChoice choose(const toy::Data& data, const ColdParams& params, const TrainParams& train_params) {
  const GroupSelector selector("cold", params, params.selection, data.store, 3);
  return choose_groups(selector, weigh_groups(selector, data.log, train_params, 5));
}

}  // namespace

TEST_CASE("mean weights of groups over rows, in batches") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  const ColdParams params = cold(SqueezeForm::talk, 1);
  const auto network = make_weighing_gwen<float>("cold", params, SqueezeForm::talk, data.store, 3);
  const auto rows = exposed_rows(data.log);
  std::vector<float> logits(rows.size());
  network->forward({&data.store, &data.log, rows}, logits);
  std::vector<double> expected(8, 0.0);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t g = 0; g < 8; ++g)
      expected[g] += static_cast<double>(network->group_weights()(r, g)) / static_cast<double>(rows.size());
  const auto means = mean_group_weights(*network, data.store, data.log, rows, 7);
  for (std::size_t g = 0; g < 8; ++g) CHECK(means[g] == Approx(expected[g]).epsilon(1e-6));
}

TEST_CASE("the group that decides the clicks is kept, and the facts say so") {
  const toy::Data data = decided_by_counter();
  TrainParams train_params;
  train_params.batch = 64;
  train_params.epochs = 4;
  for (const SqueezeForm form : {SqueezeForm::paper, SqueezeForm::talk}) {
    const GroupChoice choice = choose(data, cold(form, 1), train_params);
    const std::map<std::string, double> facts(choice.facts.begin(), choice.facts.end());
    REQUIRE(choice.facts.size() == 5);
    CHECK(facts.at("importance.clicks_category") > facts.at("importance.price_gap"));
    CHECK(facts.at("kept.clicks_category") == 1);
    CHECK(facts.at("kept.price_gap") == 0);
    CHECK(facts.at("importance.price_gap") > 0);
    CHECK(facts.at("importance.clicks_category") < 1);
    CHECK(facts.at("selection_flops") > 0);
    std::vector<std::string> cross;
    for (const auto& parameter : choice.network->parameters())
      if (parameter.name == "embedding.clicks_category" || parameter.name == "embedding.price_gap" ||
          parameter.name.starts_with("squeeze"))
        cross.push_back(parameter.name);
    CHECK(cross == std::vector<std::string>{"embedding.clicks_category"});
  }
}

TEST_CASE("the same data and seed choose alike; all groups chosen are no choice") {
  const toy::Data data = toy::data();
  TrainParams train_params;
  train_params.batch = 64;
  const GroupChoice one = choose(data, cold(SqueezeForm::paper, 9), train_params);
  const GroupChoice again = choose(data, cold(SqueezeForm::paper, 9), train_params);
  CHECK(one.facts == again.facts);
  const auto plain = make_gwen<float>("cold", cold(SqueezeForm::paper, 0), data.store, 3);
  train(*plain, data.store, data.log, train_params, 5);
  train(*one.network, data.store, data.log, train_params, 5);
  const auto a = one.network->parameters();
  const auto b = plain->parameters();
  REQUIRE(a.size() == b.size());
  for (std::size_t p = 0; p < a.size(); ++p)
    CHECK(std::equal(a[p].value.begin(), a[p].value.end(), b[p].value.begin()));
}

}  // namespace cascade
