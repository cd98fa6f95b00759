#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/real.h"
#include "base/rng.h"
#include "base/stats.h"
#include "tests/world/worlds.h"
#include "world/truth.h"

using namespace cascade;

TEST_CASE("eta is the sum of its terms") {
  WorldParams params = testing::tiny_params();
  params.truth.whim = 0.5;
  const World world(params, 3);
  const World::Truth& t = world.truth();
  const TruthParams& p = world.params().truth;
  // A liked item in a liked shop, a liked category alone, and neither.
  int seen_both = 0;
  for (UserId u = 0; u < 40; ++u) {
    for (ItemId i = 0; i < 1500; i += 3) {
      double category = 0;
      double shop = 0;
      for (const Liked& liked : t.categories_of(u)) category += liked.key == t.items[i].category ? liked.strength : 0;
      for (const Liked& liked : t.shops_of(u)) shop += liked.key == t.items[i].shop ? liked.strength : 0;
      seen_both += category > 0 && shop > 0;
      double latent = 0;  // tastes carry a_l / sqrt(dim)
      for (std::size_t d = 0; d < t.dim; ++d)
        latent += static_cast<double>(t.tastes[u * t.dim + d]) * t.latents[i * t.dim + d];
      const double gap = std::abs(static_cast<double>(t.items[i].log_price) - t.users[u].preferred_log_price);
      const double expected = t.base_logit + t.users[u].bias + t.items[i].quality_term + latent +
                              p.category * category + p.shop * shop - p.price * gap +
                              p.cross * (category + shop) * (p.cross_centre - gap) +
                              p.whim * hashed_normal(world.seed(), Stream::whim, u, i);
      Request request;
      request.user = u;
      float eta = 0;
      float value = 0;
      world.true_logits(request, std::span<const ItemId>(&i, 1), std::span<float>(&eta, 1));
      world.true_value(request, std::span<const ItemId>(&i, 1), std::span<float>(&value, 1));
      REQUIRE(eta == Approx(expected).margin(1e-5));
      REQUIRE(value == Approx(sigmoid(expected)).epsilon(1e-4));
    }
  }
  CHECK(seen_both > 0);
}

TEST_CASE("values follow their definitions") {
  WorldParams params = testing::tiny_params();
  params.value = GENERATE(Value::conversion, Value::ecpm, Value::gmv);
  params.bids = params.value == Value::ecpm;
  const World world(params, 3);
  const World::Truth& t = world.truth();
  const TruthParams& p = params.truth;
  Request request;
  for (UserId u = 0; u < 20; ++u) {
    request.user = u;
    for (ItemId i = 1; i < 1500; i += 50) {
      float eta = 0;
      float value = 0;
      world.true_logits(request, std::span<const ItemId>(&i, 1), std::span<float>(&eta, 1));
      world.true_value(request, std::span<const ItemId>(&i, 1), std::span<float>(&value, 1));
      const double click = sigmoid(static_cast<double>(eta));
      const double price = t.items[i].log_price;
      const double zeta = static_cast<double>(t.weights.convert_base) +
                          p.eta_on_conversion * (eta - t.base_logit - t.users[u].bias) -
                          p.price_on_conversion * (price - t.users[u].preferred_log_price);
      const double conversion = click * sigmoid(bridge_scale(p.intent_on_conversion) * zeta);
      if (params.value == Value::ecpm) CHECK(value == Approx(t.items[i].bid * click).epsilon(1e-4));
      if (params.value == Value::conversion) CHECK(value == Approx(conversion).epsilon(1e-4));
      if (params.value == Value::gmv) CHECK(value == Approx(conversion * std::exp(price)).epsilon(1e-4));
    }
  }
}

TEST_CASE("reactions follow the truth") {
  WorldParams params = testing::tiny_params();
  params.value = Value::conversion;
  params.truth.base_click_rate = 0.4;
  params.truth.base_conversion_rate = 0.3;
  params.history_clicks = 40;
  const World world(params, 12);
  double clicks = 0;
  double conversions = 0;
  double expected_clicks = 0;
  double expected_conversions = 0;
  double click_variance = 0;
  double conversion_variance = 0;
  std::array<double, 2> dwell{};
  std::array<double, 2> count{};
  for (std::uint64_t index = 0; index < 20000; ++index) {
    const Request request = world.request(0, index, 0);
    const auto item = static_cast<ItemId>(index % 1500);
    float eta = 0;
    float value = 0;
    world.true_logits(request, std::span<const ItemId>(&item, 1), std::span<float>(&eta, 1));
    world.true_value(request, std::span<const ItemId>(&item, 1), std::span<float>(&value, 1));
    const double p = sigmoid(static_cast<double>(eta));
    const Reaction reaction = world.react(0, request, item, 0, 1.0);
    CHECK(
        (reaction.click || !(reaction.convert || reaction.comments > 0 || reaction.contacted || reaction.dwell_s > 0)));
    clicks += reaction.click;
    conversions += reaction.convert;
    expected_clicks += p;
    expected_conversions += value;
    click_variance += p * (1 - p);
    conversion_variance += value * (1 - value);
    if (reaction.click) {
      dwell[reaction.convert] += std::log(reaction.dwell_s);
      count[reaction.convert] += 1;
    }
  }
  CHECK(std::abs(clicks - expected_clicks) < 4 * std::sqrt(click_variance));
  // Intent is shared by the requests of one pair, so the variance is a little larger than that of independent draws.
  CHECK(std::abs(conversions - expected_conversions) < 5 * std::sqrt(conversion_variance));
  CHECK(dwell[1] / count[1] > dwell[0] / count[0] + 0.2);
}

TEST_CASE("examination falls with the position, and draws are common") {
  const World world(testing::tiny_params(), 12);
  const double bias = 0.7;
  const std::array<int, 3> positions{0, 2, 9};
  std::array<double, 3> clicks{};
  double expected = 0;
  for (std::uint64_t index = 0; index < 30000; ++index) {
    const Request request = world.request(0, index, 0);
    const auto item = static_cast<ItemId>(index % 1500);
    float eta = 0;
    world.true_logits(request, std::span<const ItemId>(&item, 1), std::span<float>(&eta, 1));
    expected += sigmoid(static_cast<double>(eta));
    bool above = true;
    for (std::size_t k = 0; k < positions.size(); ++k) {
      const bool click = world.react(0, request, item, positions[k], bias).click;
      CHECK((above || !click));  // who does not click it higher up does not click it further down
      above = click;
      clicks[k] += click;
    }
  }
  for (std::size_t k = 0; k < positions.size(); ++k) {
    const double rate = expected * std::pow(1 + positions[k], -bias);
    CHECK(std::abs(clicks[k] - rate) < 4 * std::sqrt(rate));
  }
}

TEST_CASE("base rates are met") {
  WorldParams params = testing::tiny_params();
  params.users = 1000;
  params.truth.base_click_rate = 0.1;
  params.truth.base_conversion_rate = 0.2;
  params.history_clicks = 10;
  const World world(params, GENERATE(1, 2));
  LogsParams logs_params = testing::tiny_logs();
  logs_params.requests_a_day = 3000;
  const Logs logs = world.simulate_logs(logs_params);
  // Clicks of one request share a user: its clicks are the independent values.
  std::vector<double> clicks;
  double all_clicks = 0;
  double conversions = 0;
  for (std::size_t r = 0; r < logs.train.size(); r += 6) {
    double sum = 0;
    for (std::size_t k = 0; k < 6; ++k) {
      sum += logs.train.click[r + k];
      conversions += logs.train.convert[r + k];
    }
    clicks.push_back(sum / 6);
    all_clicks += sum;
  }
  // Besides, users: 1000 of them, of unequal activity.
  const double users_error = 0.1 * 0.5 / std::sqrt(1000 / 1.6);
  CHECK(std::abs(mean(clicks) - 0.1) < 3 * std::hypot(standard_error(clicks), users_error));
  const double rate = conversions / all_clicks;
  CHECK(std::abs(rate - 0.2) < 4 * std::sqrt(0.2 * 0.8 / all_clicks) + 0.01);
  CHECK(world.validity().click_rate == Approx(0.1).epsilon(0.06));
}
