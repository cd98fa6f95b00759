#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/real.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kUsersATask = 1024;      // users drawn by one task
constexpr double kSegmentZipf = 0.5;           // sizes of segments; ours
constexpr double kSegmentShareOfPrice = 0.5;   // of the variance of preferred prices
constexpr double kLikedFromSegment = 0.5;      // share of liked categories drawn from the segment's taste
constexpr double kShopInLikedCategory = 0.75;  // share of liked shops drawn inside liked categories
constexpr int kTasteTries = 32;                // draws of a liked entity before a duplicate is given up

struct Segment {
  double age;      // centre of its age buckets
  double male;     // share of gender 0
  double price;    // standard normal
  float strength;  // of tastes and affinities; 1 where segments are alike
};

bool contains(const Liked* liked, std::size_t n, std::uint32_t key) {
  return std::any_of(liked, liked + n, [key](const Liked& one) { return one.key == key; });
}

/// Positive, mean 1, s.d. 1/2, skewed: few affinities are strong.
float draw_strength(Rng& rng) { return static_cast<float>(0.5 + 0.5 * rng.exponential()); }

void draw_likes(const World::Truth& t, UserId u, float strength, Liked* categories, Liked* shops) {
  const auto num_liked = static_cast<std::size_t>(t.params.liked_categories);
  Rng rng(t.seed, Stream::user_category_affinity, u);
  for (std::size_t k = 0; k < num_liked; ++k) {
    std::uint32_t category = 0;
    for (int attempt = 0; attempt < kTasteTries; ++attempt) {
      category = rng.uniform() < kLikedFromSegment ? t.segment_taste[t.users[u].segment].draw(rng)
                                                   : pick_below(rng, static_cast<std::uint32_t>(t.num_categories()));
      if (!contains(categories, k, category)) break;
    }
    // A duplicate that was given up stays without effect: the first entry of a key counts.
    categories[k] = {category, strength * draw_strength(rng)};
  }
  Rng shop_rng(t.seed, Stream::user_shop_affinity, u);
  for (std::size_t k = 0; k < static_cast<std::size_t>(t.params.liked_shops); ++k) {
    std::uint32_t shop = 0;
    for (int attempt = 0; attempt < kTasteTries; ++attempt) {
      const bool inside = num_liked > 0 && shop_rng.uniform() < kShopInLikedCategory;
      const std::uint32_t category = inside
                                         ? categories[pick_below(shop_rng, static_cast<std::uint32_t>(num_liked))].key
                                         : pick_below(shop_rng, static_cast<std::uint32_t>(t.num_categories()));
      const std::uint32_t first = t.category_shop[category];
      shop = first + pick_below(shop_rng, t.category_shop[category + 1] - first);
      if (!contains(shops, k, shop)) break;
    }
    shops[k] = {shop, strength * draw_strength(shop_rng)};
  }
}

/// What a platform has learned of each segment's interest in categories: by size and mean attraction.
void learn_segment_tastes(World::Truth& t) {
  const double scale = t.params.truth.latent / std::sqrt(static_cast<double>(t.dim));
  std::vector<double> weights(t.num_categories());
  t.segment_taste.clear();
  for (std::size_t s = 0; s < static_cast<std::size_t>(t.params.segments); ++s) {
    for (std::size_t c = 0; c < t.num_categories(); ++c) {
      double product = 0;
      for (std::size_t d = 0; d < t.dim; ++d)
        product += static_cast<double>(t.segment_latents[s * t.dim + d]) * t.category_latents[c * t.dim + d];
      const ItemId size =
          t.category_begin(static_cast<std::uint32_t>(c + 1)) - t.category_begin(static_cast<std::uint32_t>(c));
      weights[c] = size * exact_exp(std::clamp(scale * product, -20.0, 20.0));
    }
    t.segment_taste.emplace_back(weights);
  }
}

}  // namespace

void draw_users(World::Truth& t) {
  const WorldParams& p = t.params;
  const auto num_segments = static_cast<std::size_t>(p.segments);
  const double shared = std::sqrt(1 - p.user_own * p.user_own);
  t.segment_latents.resize(num_segments * t.dim);
  std::vector<Segment> segments(num_segments);
  for (std::size_t s = 0; s < num_segments; ++s) {
    Rng rng(t.seed, Stream::segment_latent, s);
    for (std::size_t d = 0; d < t.dim; ++d)
      t.segment_latents[s * t.dim + d] = static_cast<float>(shared * rng.normal());
    Rng profile(t.seed, Stream::user_profile, s, 1);
    segments[s].age = 4 + 2 * profile.normal();
    segments[s].male = normal_cdf(profile.normal());
    segments[s].price = hashed_normal(t.seed, Stream::user_price, s, 1);
    // The mean square over segments is 1, whatever the spread.
    const double spread = p.segment_strength_sd;
    segments[s].strength = static_cast<float>(exact_exp(spread * profile.normal() - spread * spread));
  }
  learn_segment_tastes(t);

  t.users.resize(t.num_users);
  t.tastes.resize(t.num_users * t.dim);
  t.liked_categories.resize(t.num_users * static_cast<std::size_t>(p.liked_categories));
  t.liked_shops.resize(t.num_users * static_cast<std::size_t>(p.liked_shops));
  const AliasTable draw_segment(zipf_weights(num_segments, kSegmentZipf));
  const double scale = p.truth.latent / std::sqrt(static_cast<double>(t.dim));
  const double price_of_segment = std::sqrt(kSegmentShareOfPrice);
  const double price_of_user = std::sqrt(1 - kSegmentShareOfPrice);
  for_each_block(t.num_users, kUsersATask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t u = begin; u < end; ++u) {
      World::Truth::User& user = t.users[u];
      Rng segment_rng(t.seed, Stream::user_segment, u);
      user.segment = draw_segment.draw(segment_rng);
      const Segment& segment = segments[user.segment];
      Rng profile(t.seed, Stream::user_profile, u);
      user.age = static_cast<std::uint8_t>(std::clamp(std::floor(segment.age + profile.normal()), 0.0, 7.0));
      user.gender = profile.bernoulli(0.1) ? 2 : (profile.bernoulli(segment.male) ? 0 : 1);
      user.bias = static_cast<float>(p.truth.user_bias_sd * profile.normal());
      const double log_activity = p.activity_sd * hashed_normal(t.seed, Stream::user_activity, u, 0);
      user.activity = static_cast<float>(exact_exp(log_activity - p.activity_sd * p.activity_sd / 2));
      user.preferred_log_price = static_cast<float>(
          kMeanLogPrice + kPreferredPriceSd * (price_of_segment * segment.price +
                                               price_of_user * hashed_normal(t.seed, Stream::user_price, u, 0)));
      Rng rng(t.seed, Stream::user_latent, u);
      const float* centre = t.segment_latents.data() + user.segment * t.dim;
      for (std::size_t d = 0; d < t.dim; ++d)
        t.tastes[u * t.dim + d] =
            segment.strength * static_cast<float>(scale * (centre[d] + p.user_own * rng.normal()));
      draw_likes(t, static_cast<UserId>(u), segment.strength,
                 t.liked_categories.data() + u * static_cast<std::size_t>(p.liked_categories),
                 t.liked_shops.data() + u * static_cast<std::size_t>(p.liked_shops));
    }
  });
  std::vector<double> activities(t.num_users);
  for (std::size_t u = 0; u < t.num_users; ++u) activities[u] = t.users[u].activity;
  t.activity = AliasTable(activities);
}

}  // namespace cascade
