#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/stats.h"
#include "tests/world/worlds.h"
#include "world/truth.h"

using namespace cascade;

namespace {

/// One larger world for all cases of this file.
const World& shared_world() {
  static const World world = [] {
    WorldParams p = testing::tiny_params();
    p.users = 4000;
    p.items = 20000;
    p.categories = 40;
    p.shops = 800;
    p.segments = 200;
    p.history_clicks = 2;
    p.bids = true;
    return World(p, 21);
  }();
  return world;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = mean(x);
  const double mean_y = mean(y);
  double sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) sum += (x[k] - mean_x) * (y[k] - mean_y);
  return sum / static_cast<double>(x.size() - 1) / std::sqrt(variance(x) * variance(y));
}

}  // namespace

TEST_CASE("items are dealt category by category and shop by shop") {
  const World::Truth& t = shared_world().truth();
  CHECK(t.shop_begin.front() == 0);
  CHECK(t.shop_begin.back() == t.num_items);
  for (std::uint32_t c = 0; c < t.num_categories(); ++c) {
    CHECK(t.category_shop[c] < t.category_shop[c + 1]);
    for (std::uint32_t b = t.category_shop[c]; b < t.category_shop[c + 1]; ++b) {
      for (ItemId i = t.shop_begin[b]; i < t.shop_begin[b + 1]; ++i) {
        REQUIRE(t.items[i].shop == b);
        REQUIRE(t.items[i].category == c);
      }
    }
  }
}

TEST_CASE("quality has unit variance, of which the shop explains its share, and ignores the id") {
  const World::Truth& t = shared_world().truth();
  std::vector<double> quality;
  std::vector<double> id;
  std::vector<double> popularity;
  std::vector<double> log_bid;
  for (std::size_t i = 0; i < t.num_items; ++i) {
    quality.push_back(t.items[i].quality_term / t.params.truth.quality);
    id.push_back(static_cast<double>(i));
    popularity.push_back(std::log(t.popularity_sum[i + 1] - t.popularity_sum[i]));
    log_bid.push_back(std::log(t.items[i].bid));
  }
  // 800 shops share half of the variance: s.d. of the estimate about sqrt(2 / 800) / 2.
  CHECK(variance(quality) == Approx(1).margin(0.1));
  CHECK(std::abs(correlation(quality, popularity)) < 0.03);
  CHECK(std::abs(correlation(id, popularity)) < 0.03);
  CHECK(std::abs(correlation(quality, log_bid)) < 0.03);
  CHECK(std::sqrt(variance(log_bid)) == Approx(t.params.bid_sd).epsilon(0.03));
  std::vector<double> means;
  for (std::size_t b = 0; b < t.num_shops(); ++b) {
    if (t.shop_begin[b + 1] - t.shop_begin[b] < 20) continue;
    means.push_back(mean(std::span(quality).subspan(t.shop_begin[b], t.shop_begin[b + 1] - t.shop_begin[b])));
  }
  CHECK(variance(means) == Approx(t.params.shop_quality_share).margin(0.1));
}

TEST_CASE("latents have unit variance, of which item and user own their shares") {
  const World::Truth& t = shared_world().truth();
  std::vector<double> own;
  for (std::size_t i = 0; i < t.num_items; ++i) {
    for (std::size_t d = 0; d < t.dim; ++d)
      own.push_back(t.latents[i * t.dim + d] - t.category_latents[t.items[i].category * t.dim + d]);
  }
  CHECK(std::sqrt(variance(own)) == Approx(t.params.item_own).epsilon(0.02));
  std::vector<double> centres(t.segment_latents.begin(), t.segment_latents.end());
  CHECK(variance(centres) == Approx(1 - t.params.user_own * t.params.user_own).margin(0.11));
  const double scale = t.params.truth.latent / std::sqrt(static_cast<double>(t.dim));
  own.clear();
  for (std::size_t u = 0; u < t.num_users; ++u) {
    for (std::size_t d = 0; d < t.dim; ++d)
      own.push_back(t.tastes[u * t.dim + d] / scale - t.segment_latents[t.users[u].segment * t.dim + d]);
  }
  CHECK(std::sqrt(variance(own)) == Approx(t.params.user_own).epsilon(0.02));
}

TEST_CASE("users have activity of mean 1, biases of their s.d., distinct likes") {
  const World::Truth& t = shared_world().truth();
  std::vector<double> activity;
  std::vector<double> bias;
  std::vector<double> strength;
  for (UserId u = 0; u < t.num_users; ++u) {
    activity.push_back(t.users[u].activity);
    bias.push_back(t.users[u].bias);
    std::set<std::uint32_t> shops;
    for (const Liked& liked : t.shops_of(u)) {
      shops.insert(liked.key);
      strength.push_back(liked.strength);
      REQUIRE(liked.strength > 0);
    }
    CHECK(shops.size() == t.shops_of(u).size());
  }
  CHECK(std::abs(mean(activity) - 1) < 4 * standard_error(activity));
  CHECK(std::sqrt(variance(bias)) == Approx(t.params.truth.user_bias_sd).epsilon(0.05));
  CHECK(std::abs(mean(strength) - 1) < 4 * standard_error(strength));
}

TEST_CASE("segments may differ in how strong tastes are; their spread moves no other draw") {
  WorldParams params = testing::tiny_params();
  params.segments = 40;
  params.users = 1000;
  const World alike(params, 5);
  params.segment_strength_sd = 0.5;
  const World differ(params, 5);
  const World::Truth& a = alike.truth();
  const World::Truth& b = differ.truth();
  std::map<std::uint32_t, float> strength;
  for (UserId u = 0; u < a.num_users; ++u) {
    REQUIRE(b.users[u].segment == a.users[u].segment);
    CHECK(b.users[u].preferred_log_price == a.users[u].preferred_log_price);
    const float factor = strength.emplace(a.users[u].segment, b.tastes[u * b.dim] / a.tastes[u * a.dim]).first->second;
    for (std::size_t d = 0; d < a.dim; ++d) CHECK(b.tastes[u * b.dim + d] == Approx(factor * a.tastes[u * a.dim + d]));
  }
  std::vector<double> logs;
  for (const auto& [segment, factor] : strength) logs.push_back(std::log(static_cast<double>(factor)));
  CHECK(std::abs(mean(logs) + 0.25) < 4 * standard_error(logs));  // so that the mean square is 1
  CHECK(std::sqrt(variance(logs)) == Approx(0.5).epsilon(0.3));
}

TEST_CASE("requests come in proportion to activity") {
  const World& world = shared_world();
  double sum = 0;
  double squares = 0;
  for (const World::Truth::User& user : world.truth().users) {
    sum += user.activity;
    squares += static_cast<double>(user.activity) * user.activity;
  }
  std::vector<double> drawn;
  for (std::uint64_t index = 0; index < 20000; ++index)
    drawn.push_back(world.truth().users[world.request(9, index, 0).user].activity);
  CHECK(std::abs(mean(drawn) - squares / sum) < 4 * standard_error(drawn));
}

TEST_CASE("content codes tell latents apart when there is little noise") {
  WorldParams params = testing::tiny_params();
  params.content_noise = GENERATE(0.0, 3.0);
  const World world(params, 5);
  const World::Truth& t = world.truth();
  const int group = world.features().schema().find("content_1");
  const std::span<const std::uint32_t> codes = world.features().column(group);
  // Variance of the coded components inside a code, against 1 in all.
  std::map<std::uint32_t, std::vector<double>> by_code;
  for (ItemId i = 0; i < t.num_items; ++i) by_code[codes[i]].push_back(t.latents[i * t.dim + 2]);
  std::vector<double> residuals;
  std::vector<double> all;
  for (const auto& [code, values] : by_code) {
    for (const double value : values) {
      residuals.push_back(value - mean(values));
      all.push_back(value);
    }
  }
  const double left = variance(residuals) / variance(all);
  if (params.content_noise == 0.0) CHECK(left < 0.1);
  if (params.content_noise == 3.0) CHECK(left > 0.5);
}
