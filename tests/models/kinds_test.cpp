// Hand-computed cases of the single kinds of model.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "base/errors.h"
#include "base/real.h"
#include "models/cold.h"
#include "models/gwen_scorer.h"
#include "models/logistic.h"
#include "models/statistic.h"
#include "models/two_tower.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::vector<float> scores(const Scorer& scorer, const FeatureStore& store, UserId user,
                          const std::vector<ItemId>& items) {
  const CandidateFeatures candidates(store, user, items);
  std::vector<float> logits(items.size());
  scorer.score(candidates, logits);
  return logits;
}

/// Values of a parameter by name.
template <class T>
std::span<T> values(Learnable<T>& model, const std::string& name) {
  for (auto& parameter : model.parameters())
    if (parameter.name == name) return parameter.value;
  FAIL("no parameter " << name);
  return {};
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

LogTable three_rows() {
  LogTable log;
  log.request = {0, 0, 1};
  log.user = {0, 0, 1};
  log.item = {2, 3, 2};
  log.day = {0, 0, 0};
  log.space = {Space::exposed, Space::exposed, Space::ranked};
  log.click = {1, 0, 0};
  return log;
}

}  // namespace

TEST_CASE("statistic: smoothed click rate by hand") {
  const FeatureStore store = toy::store(4, 4);  // item i: 20 impressions, i % 4 clicks in the histories
  StatisticParams params;
  params.prior_weight = 10;

  // With the histories: clicks 0, 1, 2 + 1, 3 of impressions 20, 20, 21, 21 (the unexposed row does not count); the
  // overall rate is 7 / 82.
  const auto with = scores(*fit_statistic(params, store, three_rows()), store, 0, {0, 1, 2, 3});
  const double overall = 7.0 / 82.0;
  CHECK(with[0] == Approx(logit((0 + 10 * overall) / 30)));
  CHECK(with[1] == Approx(logit((1 + 10 * overall) / 30)));
  CHECK(with[2] == Approx(logit((3 + 10 * overall) / 31)));
  CHECK(with[3] == Approx(logit((3 + 10 * overall) / 31)));

  // Without: one click of two impressions in all, so 0.5 for an item never shown.
  params.use_history = false;
  const auto without = scores(*fit_statistic(params, store, three_rows()), store, 3, {0, 1, 2, 3});
  CHECK(without[0] == Approx(0).margin(1e-7));
  CHECK(without[2] == Approx(logit(6.0 / 11)));
  CHECK(without[3] == Approx(logit(5.0 / 11)));

  // No impression at all is not a division by zero, nor is a click rate of 0 or 1 an infinite score.
  CHECK(scores(*fit_statistic(params, store, LogTable()), store, 0, {1})[0] == Approx(0).margin(1e-7));
  LogTable always = three_rows();
  always.click = {1, 1, 0};
  CHECK(scores(*fit_statistic(params, store, always), store, 0, {1})[0] == Approx(logit(1 - 1e-6)));
}

TEST_CASE("logistic: sum of the weights of the values, mean over a multi-hot group") {
  const FeatureStore store = toy::store(8, 8);
  LogisticParams params;
  params.groups = {"recent", "category", "price_gap"};
  const auto model = make_logistic<float>(params, store, 1);
  for (std::uint32_t v = 0; v < 5; ++v) values(*model, "weight.recent")[v] = 0.1f * static_cast<float>(v);
  for (std::uint32_t v = 0; v < 5; ++v) values(*model, "weight.category")[v] = static_cast<float>(v);
  for (float& w : values(*model, "weight.price_gap")) w = 0.25f;
  values(*model, "bias")[0] = -1;
  const auto scorer = model->freeze(store);
  // User 2: two recent values, 2 and 4: mean weight .3. Item 6: category 1. -1 + .3 + 1 + .25 = .55.
  CHECK(scores(*scorer, store, 2, {6})[0] == Approx(0.55));
  // User 4 has no recent value: -1 + 0 + 3 + .25.
  CHECK(scores(*scorer, store, 4, {3})[0] == Approx(2.25));
  // Work: recent: 2 flops to compute, 3 reads pooled by 3 additions, 1 addition to the sum. category: 2 + 1;
  // price_gap: 3 + 1.
  const ScorerWork work = scorer->work();
  CHECK(work.per_request.flops == 2 + 3 + 1);
  CHECK(work.per_request.bytes == 4 + 3 * 4);
  CHECK(work.per_candidate.flops == 2 + 1 + 3 + 1);
  CHECK(work.per_candidate.bytes == (4 + 4) + (8 + 4));
}

TEST_CASE("models start from the click rate of the histories") {
  const FeatureStore store = toy::store(4, 8);  // 12 clicks of 160 impressions
  const auto model = make_logistic<double>(LogisticParams{}, store, 1);
  CHECK(values(*model, "bias")[0] == Approx(logit(13.0 / 162)));
}

TEST_CASE("two_tower: unit vectors, scale, item bias, and counted work by hand") {
  const FeatureStore store = toy::store(8, 10);
  TwoTowerParams params;
  params.groups = {"segment", "category"};
  params.embedding_dim = 2;
  params.hidden = {3};
  params.dim = 4;
  const auto model = make_two_tower<float>(params, store, 1);
  for (float& b : values(*model, "item_bias")) b = 0.5f;
  const auto frozen = model->freeze(store);
  const auto& scorer = dynamic_cast<const InnerProductScorer&>(*frozen);
  CHECK(scorer.dim() == 5);
  std::vector<float> user(5);
  scorer.user_vector(store, 3, user);
  double u = 0;
  double v = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    u += static_cast<double>(user[i]) * static_cast<double>(user[i]);
    v += static_cast<double>(scorer.item_vectors()(7, i)) * static_cast<double>(scorer.item_vectors()(7, i));
  }
  CHECK(u == Approx(25));
  CHECK(v == Approx(1));
  CHECK(user[4] == 1);
  CHECK(scorer.item_vectors()(7, 4) == 0.5f);
  CHECK(scorer.bias() == Approx(values(*model, "bias")[0]));

  // A tower is 2 -> 3 -> 4: 2 * 6 + 3 + 2 * 12 + 4 = 43 FLOPs and 9 + 16 = 25 numbers; unit length 3 * 4. A feature:
  // 2 FLOPs and 4 bytes to compute, 2 floats to read. A candidate: 5 products and sums, 5 floats.
  const ScorerWork work = scorer.work();
  CHECK(work.per_request.flops == 2 + 43 + 12);
  CHECK(work.per_request.bytes == 4 + 8 + 4 * 25);
  CHECK(work.per_candidate.flops == 10);
  CHECK(work.per_candidate.bytes == 20);
  CHECK(work.index_build.items == 10);
  CHECK(work.index_build.flops == 10 * (2 + 43 + 12));
  CHECK(work.index_build.bytes == 10 * (4 + 8) + 4 * 25);

  params.item_bias = false;
  params.normalize = false;
  CHECK(dynamic_cast<const InnerProductScorer&>(*make_two_tower<float>(params, store, 1)->freeze(store)).dim() == 4);
}

TEST_CASE("cold: one logit by hand, and counted work") {
  const FeatureStore store = toy::store(8, 10);
  GwenParams params;
  params.groups = {"segment", "category", "price_gap"};
  params.embedding_dim = 1;
  params.hidden = {2};
  const auto model = make_gwen<float>("cold", params, store, 1);
  for (const std::string name : {"segment", "category", "price_gap"}) {
    const auto table = values(*model, "embedding." + name);
    for (std::size_t v = 0; v < table.size(); ++v) table[v] = static_cast<float>(v);
  }
  const auto first = values(*model, "layer.0.weight");  // [3, 2]
  const std::vector<float> weights = {1, -1, 2, 0.5f, 0, 1};
  std::copy(weights.begin(), weights.end(), first.begin());
  values(*model, "layer.0.bias")[1] = 3;
  values(*model, "layer.1.weight")[0] = 1;
  values(*model, "layer.1.weight")[1] = 10;
  values(*model, "layer.1.bias")[0] = -4;
  // User 3 (segment 3), item 7 (category 2), gap bucket g: hidden = relu(3 + 4, -3 + 1 + g + 3) = (7, 1 + g);
  // logit = 7 + 10 (1 + g) - 4.
  const ItemId item = 7;
  std::uint32_t gap = 0;
  store.cross(3, {&item, 1}, store.schema().find("price_gap"), {&gap, 1});
  const auto scorer = model->freeze(store);
  CHECK(scores(*scorer, store, 3, {7})[0] == Approx(13 + 10.0 * gap));

  // User: 2 to compute, first layer 2 * 1 * 2 + 2 for the bias. Candidate: 2 + 3 to compute, 2 * 2 * 2 in the first
  // layer, 2 to add the user's part, 2 * 2 + 1 in the second. 6 + 2 + 2 + 1 = 11 weights.
  const ScorerWork work = scorer->work();
  CHECK(work.per_request.flops == 2 + 6);
  CHECK(work.per_request.bytes == 4 + 4 + 4 * 11);
  CHECK(work.per_candidate.flops == 5 + 8 + 2 + 5);
  CHECK(work.per_candidate.bytes == (4 + 4) + (8 + 4));
  CHECK(model->flops_per_sample() == 3 * (2 * 6 + 2 + 2 * 2 + 1));
}

TEST_CASE("deep_mlp: scores without the items' part computed ahead are the same numbers") {
  const FeatureStore store = toy::store(20, 600);
  for (const int interactions : {0, 5}) {
    for (const std::vector<int>& hidden : {std::vector<int>{}, {40, 7}}) {
      Initialiser initialiser(3);
      std::vector<int> groups(8);
      std::iota(groups.begin(), groups.end(), 0);
      const std::size_t products = static_cast<std::size_t>(interactions);
      const FeatureEmbedding<float> embedding("embedding", store.schema(), groups, 6, 0.5, initialiser);
      Linear<float> user;
      Linear<float> item;
      if (products > 0) {
        user = Linear<float>("user", embedding.columns(Side::user).size(), products, 3.0, initialiser);
        item = Linear<float>("item", embedding.columns(Side::item).size(), products, 3.0, initialiser);
      }
      std::vector<std::size_t> widths(hidden.begin(), hidden.end());
      widths.push_back(1);
      const Mlp<float> mlp("layer", embedding.cols() + products, widths, Activation::leaky_relu, initialiser);
      const GwenParts<float> parts{groups, embedding, user, item, products, mlp};
      const auto ahead = freeze_gwen(parts, store);
      const auto late = freeze_gwen(parts, store, 1000.0);
      std::vector<ItemId> items(600);
      std::iota(items.begin(), items.end(), 0u);
      const auto a = scores(*ahead, store, 11, items);
      const auto b = scores(*late, store, 11, items);
      for (std::size_t k = 0; k < items.size(); ++k) REQUIRE(a[k] == Approx(b[k]).margin(1e-5));
    }
  }
}

TEST_CASE("gradients of settings other than the defaults") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  for (const Activation activation : {Activation::relu, Activation::leaky_relu}) {
    for (const bool on : {false, true}) {
      TwoTowerParams towers;
      towers.hidden = {7, 5};
      towers.dim = 3;
      towers.activation = activation;
      towers.normalize = on;
      towers.item_bias = !on;
      testing::check_model_gradients("two_tower", *make_two_tower<double>(towers, data.store, 1), data);
      GwenParams network;
      network.features = {"user", "item", "cross", "privileged"};
      network.embedding_dim = 3;
      network.hidden = {6, 4};
      network.activation = activation;
      network.interactions = on ? 4 : 0;
      testing::check_model_gradients("gwen", *make_gwen<double>("cold", network, data.store, 1), data);
    }
  }
}

TEST_CASE("any side alone can feed a network, then without products of sides") {
  const FeatureStore store = toy::store(8, 10);
  for (const std::string side : {"user", "item", "cross"}) {
    ColdParams params;
    params.features = {side};
    const auto scorer = make_gwen<float>("cold", params, store, 1)->freeze(store);
    CHECK(std::isfinite(scores(*scorer, store, 1, {1})[0]));
  }
}

TEST_CASE("selections that cannot be are faults of the user, with the names there are") {
  const FeatureStore store = toy::store(8, 10);
  ColdParams cold;
  cold.groups = {"segmnt"};
  CHECK(error_of([&] { make_gwen<float>("cold", cold, store, 1); }) ==
        "cold: there is no feature group 'segmnt'; did you mean 'segment'? (there are: user, item, cross, privileged, "
        "user_id, segment, recent, item_id, category, tags, clicks_category, price_gap, dwell)");
  cold.groups = {};
  cold.features = {};
  CHECK(error_of([&] { make_gwen<float>("cold", cold, store, 1); }) == "cold: no feature groups are selected");
  cold.features = {"user", "dwell"};
  const auto teacher = make_gwen<float>("cold", cold, store, 1);
  CHECK(error_of([&] { teacher->freeze(store); }) ==
        "cold: feature group 'dwell' is privileged, known only after the click: a model that reads it can teach but "
        "not serve");
  TwoTowerParams towers;
  towers.features = {"user", "item", "cross"};
  CHECK(error_of([&] { make_two_tower<float>(towers, store, 1); }) ==
        "two_tower: feature group 'clicks_category' is of side 'cross'; a tower reads groups of its own side only "
        "(user or item)");
  towers.features = {"user"};
  CHECK(error_of([&] { make_two_tower<float>(towers, store, 1); }) ==
        "two_tower: no feature group of side 'item' is selected");
}

}  // namespace cascade
