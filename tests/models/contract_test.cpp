// What holds for every kind of model in the catalogue, whatever its maths.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numeric>

#include "models/catalog.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

using config::CatalogEntry;
using config::Parameters;

std::unique_ptr<Scorer> make_scorer(const CatalogEntry<ModelMaker>& entry, const toy::Data& data,
                                    std::uint64_t seed = 3) {
  const auto parameters = entry.make_parameters();
  if (entry.maker.fit) return entry.maker.fit(*parameters, data.store, data.log);
  const auto model = entry.maker.make(*parameters, data.store, seed);
  testing::perturb(*model, 7);
  return model->freeze(data.store);
}

std::vector<float> scores(const Scorer& scorer, const FeatureStore& store, UserId user,
                          const std::vector<ItemId>& items) {
  const CandidateFeatures candidates(store, user, items);
  std::vector<float> logits(items.size());
  scorer.score(candidates, logits);
  return logits;
}

bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

TEST_CASE("every kind of model says what it is and how it is made") {
  for (const auto& entry : model_catalog().entries()) {
    INFO(entry.name);
    CHECK_FALSE(entry.summary.empty());
    CHECK_FALSE(entry.source.empty());
    CHECK(entry.maker.features);
    CHECK(static_cast<bool>(entry.maker.fit) != static_cast<bool>(entry.maker.make));
    CHECK(static_cast<bool>(entry.maker.make) == static_cast<bool>(entry.maker.make_double));
  }
  CHECK(model_catalog().names() == std::vector<std::string>{"statistic", "logistic", "two_tower", "wide_two_tower",
                                                            "cold", "deep_mlp", "din", "multi_task", "play_rate",
                                                            "lambda_mart"});
}

TEST_CASE("gradients of every learnable kind agree with central differences") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  for (const auto& entry : model_catalog().entries()) {
    if (!entry.maker.make_double) continue;
    const auto model = entry.maker.make_double(*entry.make_parameters(), data.store, 5);
    testing::check_model_gradients(entry.name, *model, data);
  }
}

TEST_CASE("sparse parameters list the rows that a batch touched, each once") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  const std::vector<std::uint32_t> rows = {0, 1, 2, 3, 0, 1};
  const Batch batch{&data.store, &data.log, rows};
  for (const auto& entry : model_catalog().entries()) {
    if (!entry.maker.make) continue;
    INFO(entry.name);
    const auto model = entry.maker.make(*entry.make_parameters(), data.store, 5);
    std::vector<float> logits(rows.size() * model->outputs());
    const std::vector<float> ones(logits.size(), 1.0f);
    model->forward(batch, logits);
    model->backward(ones);
    for (const auto& parameter : model->parameters()) {
      INFO(parameter.name);
      REQUIRE(parameter.width > 0);
      REQUIRE(parameter.value.size() % parameter.width == 0);
      if (parameter.sparse == nullptr) {
        CHECK(parameter.gradient.size() == parameter.value.size());
        continue;
      }
      std::vector<std::uint32_t> touched = parameter.sparse->rows;
      CHECK(parameter.sparse->values.size() >= touched.size() * parameter.width);
      std::sort(touched.begin(), touched.end());
      CHECK(std::adjacent_find(touched.begin(), touched.end()) == touched.end());
      REQUIRE_FALSE(touched.empty());
      CHECK((touched.back() + std::size_t{1}) * parameter.width <= parameter.value.size());
    }
  }
}

TEST_CASE("scores are finite and depend on the user and the item only") {
  const toy::Data data = toy::data(40, 900, 400, 8);
  for (const auto& entry : model_catalog().entries()) {
    INFO(entry.name);
    const auto scorer = make_scorer(entry, data);
    std::vector<ItemId> all(data.store.num_items());
    std::iota(all.begin(), all.end(), 0u);
    for (const UserId user : {0u, 7u, 39u}) {
      const auto in_order = scores(*scorer, data.store, user, all);
      for (const float score : in_order) REQUIRE(std::isfinite(score));

      std::vector<ItemId> shuffled = all;
      Rng(1, Stream::test, user).shuffle(shuffled);
      const auto permuted = scores(*scorer, data.store, user, shuffled);
      for (std::size_t k = 0; k < shuffled.size(); ++k) REQUIRE(same_bits(permuted[k], in_order[shuffled[k]]));

      for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{257}}) {
        const std::vector<ItemId> subset(shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(count));
        const auto alone = scores(*scorer, data.store, user, subset);
        for (std::size_t k = 0; k < count; ++k) REQUIRE(same_bits(alone[k], in_order[subset[k]]));
      }
      CHECK(scores(*scorer, data.store, user, {}).empty());
    }
  }
}

TEST_CASE("the frozen scorer agrees with the model's own logits") {
  const toy::Data data = toy::data();
  const auto rows = testing::first_rows(data.log.size());
  const Batch batch{&data.store, &data.log, rows};
  for (const auto& entry : model_catalog().entries()) {
    if (!entry.maker.make) continue;
    INFO(entry.name);
    const auto model = entry.maker.make(*entry.make_parameters(), data.store, 3);
    testing::perturb(*model, 7);
    std::vector<float> logits(rows.size() * model->outputs());
    model->forward(batch, logits);
    const auto scorer = model->freeze(data.store);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto alone = scores(*scorer, data.store, data.log.user[row], {data.log.item[row]});
      REQUIRE(alone[0] == Approx(logits[row * model->outputs()]).margin(2e-5));
    }
  }
}

TEST_CASE("models in double and in float start and score alike") {
  const toy::Data data = toy::data();
  for (const auto& entry : model_catalog().entries()) {
    if (!entry.maker.make) continue;
    INFO(entry.name);
    const auto parameters = entry.make_parameters();
    const auto single = entry.maker.make(*parameters, data.store, 3)->freeze(data.store);
    const auto twice = entry.maker.make_double(*parameters, data.store, 3)->freeze(data.store);
    const std::vector<ItemId> items = {0, 3, 59};
    CHECK(scores(*single, data.store, 4, items) == scores(*twice, data.store, 4, items));
  }
}

TEST_CASE("the same seed gives the same bits, another seed other ones") {
  const toy::Data data = toy::data();
  const std::vector<ItemId> items = {0, 1, 2, 30, 59};
  for (const auto& entry : model_catalog().entries()) {
    INFO(entry.name);
    const auto one = scores(*make_scorer(entry, data), data.store, 5, items);
    const auto again = scores(*make_scorer(entry, data), data.store, 5, items);
    for (std::size_t k = 0; k < items.size(); ++k) CHECK(same_bits(one[k], again[k]));
    if (entry.maker.make) CHECK(one != scores(*make_scorer(entry, data, 4), data.store, 5, items));
  }
}

TEST_CASE("every scorer counts its work") {
  const toy::Data data = toy::data();
  for (const auto& entry : model_catalog().entries()) {
    INFO(entry.name);
    const ScorerWork work = make_scorer(entry, data)->work();
    CHECK(work.per_candidate.items == 1);
    CHECK(work.per_candidate.bytes > 0);
    CHECK(work.per_request.items == 0);
    if (entry.maker.make) {
      CHECK(work.per_candidate.flops > 0);
      CHECK(work.per_request.flops > 0);
      CHECK(work.per_request.bytes > 0);
    }
  }
}

TEST_CASE("inner-product kinds score what their vectors say") {
  const toy::Data data = toy::data();
  for (const auto& entry : model_catalog().entries()) {
    INFO(entry.name);
    const auto scorer = make_scorer(entry, data);
    const auto* vectors = dynamic_cast<const InnerProductScorer*>(scorer.get());
    REQUIRE(entry.maker.inner_product == (vectors != nullptr));
    if (vectors == nullptr) continue;
    REQUIRE(vectors->item_vectors().rows() == data.store.num_items());
    REQUIRE(vectors->item_vectors().cols() == static_cast<std::size_t>(vectors->dim()));
    std::vector<float> user(static_cast<std::size_t>(vectors->dim()));
    vectors->user_vector(data.store, 9, user);
    const std::vector<ItemId> items = {2, 0, 59};
    const auto logits = scores(*scorer, data.store, 9, items);
    for (std::size_t k = 0; k < items.size(); ++k) {
      double sum = vectors->bias();
      for (std::size_t i = 0; i < user.size(); ++i)
        sum += static_cast<double>(user[i]) * static_cast<double>(vectors->item_vectors()(items[k], i));
      CHECK(logits[k] == Approx(sum).margin(1e-5));
    }
  }
}

}  // namespace cascade
