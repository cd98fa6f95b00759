// DIN: one logit by hand, counted work, settings, and what its parameters may not ask for.
#include "models/din.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

template <class T>
std::span<T> values(Learnable<T>& model, const std::string& name) {
  for (auto& parameter : model.parameters())
    if (parameter.name == name) return parameter.value;
  FAIL("no parameter " << name);
  return {};
}

template <class T>
void set(Learnable<T>& model, const std::string& name, const std::vector<T>& numbers) {
  const auto to = values(model, name);
  REQUIRE(to.size() == numbers.size());
  std::copy(numbers.begin(), numbers.end(), to.begin());
}

DinParams small_din() {
  DinParams params;
  params.groups = {"segment", "item_id", "category"};
  params.embedding_dim = 1;
  params.hidden = {};
  params.interactions = 0;
  params.sequence.behaviours = 2;
  params.sequence.behaviour_groups = {"category"};
  params.sequence.attention_hidden = {2};
  return params;
}

}  // namespace

TEST_CASE("din: one logit by hand, in training and in serving, and counted work") {
  const toy::Data data = toy::data(8, 10, 40, 4);
  const FeatureStore& store = data.store;
  const DinParams params = small_din();
  const auto model = make_din<float>("din", params, params.sequence, store, 1);
  for (const std::string name : {"segment", "item_id", "category"}) {
    const auto table = values(*model, "embedding." + name);
    for (std::size_t v = 0; v < table.size(); ++v) table[v] = static_cast<float>(v);
  }
  set<float>(*model, "attention.0.weight", {1, 0, 0, 1, 2, 0, 0, 1});  // [4, 2]: of e, v, e - v, e * v
  set<float>(*model, "attention.0.bias", {0, -3});
  set<float>(*model, "attention.1.weight", {1, 10});
  set<float>(*model, "attention.1.bias", {0.5});
  set<float>(*model, "layer.0.weight", {1, 100, 1000, 10});  // of segment, item, category, what was attended to
  set<float>(*model, "layer.0.bias", {-7});
  // User 7 (segment 3) clicked on items 1, 8, 5 (21 + 7 j modulo 10), the latest two being 1 and 8, of categories 1 and
  // 3. Candidate 4 is of category 4. Hidden units relu(e + 2 (e - 4)) and relu(4 + 4 e - 3):
  //   e = 1: 0, 5, so a = 50 + .5;  e = 3: 1, 13, so a = 1 + 130 + .5. Attended: 50.5 + 131.5 * 3 = 445.
  // Logit: 3 + 400 + 4000 + 4450 - 7.
  REQUIRE(store.user(7).recent_clicks == std::vector<ItemId>{1, 8, 5});
  const auto scorer = model->freeze(store);
  const std::vector<ItemId> items = {9, 4};
  std::vector<float> logits(2);
  scorer->score(CandidateFeatures(store, 7, items), logits);
  CHECK(logits[1] == Approx(8846));
  LogTable log;
  log.user = {7};
  log.item = {4};
  const std::vector<std::uint32_t> rows = {0};
  model->forward({&store, &log, rows}, std::span(logits).first(1));
  CHECK(logits[0] == Approx(8846));
  // User 4 has no clicks: 0 + 400 + 4000 - 7.
  scorer->score(CandidateFeatures(store, 4, items), logits);
  CHECK(logits[1] == Approx(4393));

  // Request: segment 2 to compute, 2 for its weight, 1 for the bias; of 2 clicks 2 * 1 * 2 for the bias and as many for
  // the matrix. Weights: 4, 1; attention 8, 2, 2, 1. Clicks: an id and a number each.
  const ScorerWork work = scorer->work();
  CHECK(work.per_request.flops == 2 + 2 + 1 + 2 * (4 + 4));
  CHECK(work.per_request.bytes == 4 + 4 + 4 * (5 + 13) + 2 * 4 * 2);
  // Candidate: 2 + 2 to compute, 2 * 2 in the first layer, 1 to add the user's part; of 2 clicks 2 * 1 * 2 + 2 in the
  // attention's first layer, 2 * 2 + 1 in its second, 2 in the sum; 2 for the weight of the sum.
  CHECK(work.per_candidate.flops == 4 + 4 + 1 + 2 * (6 + 5 + 2) + 2);
  CHECK(work.per_candidate.bytes == 2 * (4 + 4));
  // In training: 2 clicks of 2 + 2 * 4 * 2 + 2 + 2 * 2 + 1 + 2, and 2 * 4 + 1.
  CHECK(model->flops_per_sample() == 3 * (2 * 27 + 9));
}

TEST_CASE("din: gradients, and the scorer's agreement, of settings other than the defaults") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  for (const Activation activation : {Activation::relu, Activation::leaky_relu})
    for (const std::vector<int>& hidden : {std::vector<int>{}, {5}, {4, 3}}) {
      DinParams params;
      params.embedding_dim = 3;
      params.hidden = {6, 4};
      params.activation = activation;
      params.interactions = hidden.empty() ? 0 : 4;
      params.sequence.behaviour_groups = {"item_id", "category", "tags"};
      params.sequence.attention_hidden = hidden;
      params.sequence.behaviours = hidden.size() == 1 ? 2 : 50;
      testing::check_model_gradients("din", *make_din<double>("din", params, params.sequence, data.store, 1), data);
      const auto model = make_din<float>("din", params, params.sequence, data.store, 1);
      testing::perturb(*model, 7);
      const auto rows = testing::first_rows(data.log.size());
      std::vector<float> logits(rows.size());
      model->forward({&data.store, &data.log, rows}, logits);
      const auto scorer = model->freeze(data.store);
      for (const std::uint32_t row : rows) {
        float logit = 0;
        scorer->score(CandidateFeatures(data.store, data.log.user[row], {&data.log.item[row], 1}), {&logit, 1});
        REQUIRE(logit == Approx(logits[row]).margin(2e-5));
      }
    }
}

TEST_CASE("din: behaviour groups that the model does not read are faults of the user") {
  const FeatureStore store = toy::store(8, 10);
  DinParams params = small_din();
  params.sequence.behaviour_groups = {"category", "tags"};
  CHECK_THROWS_WITH(make_din<float>("din", params, params.sequence, store, 1),
                    "din: behaviour_groups: 'tags' is not among the item groups that the model reads (item_id, "
                    "category)");
  params.sequence.behaviour_groups = {};
  CHECK_THROWS_WITH(make_din<float>("din", params, params.sequence, store, 1),
                    "din: behaviour_groups: no item groups are given");
}

}  // namespace cascade
