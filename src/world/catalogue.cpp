#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/parallel.h"
#include "base/real.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kDrawnATask = 4096;  // items drawn by one task
constexpr double kShopZipf = 0.5;          // sizes of the shops of a category; ours

/// Shops of each category: in proportion to its weight, at least one, by largest remainders.
std::vector<std::uint32_t> deal_shops(std::span<const double> weights, std::uint32_t shops) {
  const std::size_t n = weights.size();
  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<std::uint32_t> dealt(n, 1);
  std::vector<std::pair<double, std::size_t>> remainders(n);
  const double spare = static_cast<double>(shops) - static_cast<double>(n);
  auto left = static_cast<std::uint32_t>(spare);
  for (std::size_t c = 0; c < n; ++c) {
    const double share = spare * weights[c] / sum;
    const auto whole = static_cast<std::uint32_t>(share);
    dealt[c] += whole;
    left -= whole;
    remainders[c] = {whole - share, c};
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t k = 0; k < left; ++k) ++dealt[remainders[k % n].second];
  return dealt;
}

/// Categories, shops and which ids are whose: every item draws its shop, then ids are dealt in order of shops.
void draw_shops(World::Truth& t) {
  const auto categories = static_cast<std::size_t>(t.params.categories);
  const auto shops = static_cast<std::size_t>(t.params.shops);
  const std::vector<double> category_weights = zipf_weights(categories, t.params.category_zipf);
  const std::vector<std::uint32_t> dealt = deal_shops(category_weights, static_cast<std::uint32_t>(shops));
  t.category_shop.assign(categories + 1, 0);
  std::vector<double> shop_weights;
  for (std::size_t c = 0; c < categories; ++c) {
    t.category_shop[c + 1] = t.category_shop[c] + dealt[c];
    const std::vector<double> inside = zipf_weights(dealt[c], kShopZipf);
    double sum = 0;
    for (const double weight : inside) sum += weight;
    for (const double weight : inside) shop_weights.push_back(category_weights[c] * weight / sum);
  }
  const AliasTable draw(shop_weights);
  std::vector<std::uint32_t> sizes(shops, 0);
  for_each_block(t.num_items, kDrawnATask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      Rng rng(t.seed, Stream::item_shop, k);
      std::atomic_ref(sizes[draw.draw(rng)]).fetch_add(1, std::memory_order_relaxed);
    }
  });
  t.shop_begin.assign(shops + 1, 0);
  t.items.resize(t.num_items);
  for (std::size_t c = 0; c < categories; ++c) {
    for (std::size_t b = t.category_shop[c]; b < t.category_shop[c + 1]; ++b) {
      t.shop_begin[b + 1] = t.shop_begin[b] + sizes[b];
      for (ItemId i = t.shop_begin[b]; i < t.shop_begin[b + 1]; ++i) {
        t.items[i].category = static_cast<std::uint32_t>(c);
        t.items[i].shop = static_cast<std::uint32_t>(b);
      }
    }
  }
}

void draw_popularity(World::Truth& t) {
  std::vector<std::uint32_t> rank(t.num_items);
  for (std::size_t i = 0; i < t.num_items; ++i) rank[i] = static_cast<std::uint32_t>(i);
  Rng(t.seed, Stream::item_popularity).shuffle(rank);
  const std::vector<double> by_rank = zipf_weights(t.num_items, t.params.popularity_zipf);
  std::vector<double> weights(t.num_items);
  t.popularity_sum.assign(t.num_items + 1, 0);
  for (std::size_t i = 0; i < t.num_items; ++i) {
    weights[i] = by_rank[rank[i]];
    t.popularity_sum[i + 1] = t.popularity_sum[i] + weights[i];
  }
  t.popularity = AliasTable(weights);
}

/// Days since the item was listed: exponential, so that the wished share is new each day.
std::uint16_t draw_age(const World::Truth& t, ItemId item) {
  constexpr double kOldest = 1000;
  if (t.params.new_items_a_day <= 0) return static_cast<std::uint16_t>(kOldest);
  const double days = Rng(t.seed, Stream::item_popularity, item, 1).exponential() / t.params.new_items_a_day;
  return static_cast<std::uint16_t>(std::min(days, kOldest));
}

void fill_tiles(World::Truth& t) {
  constexpr std::size_t kTile = World::Truth::kTile;
  const std::size_t columns = World::Truth::kFixedColumns + t.dim;
  const std::size_t num_tiles = (t.num_items + kTile - 1) / kTile;
  t.tiles.assign(num_tiles * columns * kTile, 0.0f);
  for_each_task(num_tiles, [&](std::size_t tile) {
    float* base = t.tiles.data() + tile * columns * kTile;
    const std::size_t begin = tile * kTile;
    for (std::size_t i = begin; i < std::min(t.num_items, begin + kTile); ++i) {
      float* lane = base + (i - begin);
      lane[0] = t.items[i].quality_term;
      lane[kTile] = t.items[i].log_price;
      lane[2 * kTile] = t.items[i].bid;
      for (std::size_t d = 0; d < t.dim; ++d)
        lane[(World::Truth::kFixedColumns + d) * kTile] = t.latents[i * t.dim + d];
    }
  });
}

}  // namespace

void draw_catalogue(World::Truth& t) {
  draw_shops(t);
  draw_popularity(t);
  const WorldParams& p = t.params;
  std::vector<double> category_price(t.num_categories());
  const double shared = std::sqrt(1 - p.item_own * p.item_own);  // unit variance in all
  t.category_latents.resize(t.num_categories() * t.dim);
  for (std::size_t c = 0; c < t.num_categories(); ++c) {
    category_price[c] = kMeanLogPrice + kCategoryPriceSd * hashed_normal(t.seed, Stream::item_price, c, 1);
    Rng rng(t.seed, Stream::category_latent, c);
    for (std::size_t d = 0; d < t.dim; ++d)
      t.category_latents[c * t.dim + d] = static_cast<float>(shared * rng.normal());
  }
  std::vector<double> shop_quality(t.num_shops());
  for (std::size_t b = 0; b < t.num_shops(); ++b) shop_quality[b] = hashed_normal(t.seed, Stream::shop_quality, b, 0);

  t.latents.resize(t.num_items * t.dim);
  t.item_age_days.resize(t.num_items);
  const double of_shop = std::sqrt(p.shop_quality_share);
  const double of_item = std::sqrt(1 - p.shop_quality_share);
  for_each_block(t.num_items, kDrawnATask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      ItemTruth& item = t.items[i];
      const double quality =
          of_shop * shop_quality[item.shop] + of_item * hashed_normal(t.seed, Stream::item_quality, i, 0);
      item.quality_term = static_cast<float>(p.truth.quality * quality);
      item.log_price = static_cast<float>(category_price[item.category] +
                                          p.price_sd * hashed_normal(t.seed, Stream::item_price, i, 0));
      item.bid = 1.0f;
      if (p.bids) {
        const double log_bid = p.bid_sd * hashed_normal(t.seed, Stream::item_bid, i, 0) - p.bid_sd * p.bid_sd / 2;
        item.bid = static_cast<float>(exact_exp(log_bid));
      }
      t.item_age_days[i] = draw_age(t, static_cast<ItemId>(i));
      Rng rng(t.seed, Stream::item_latent, i);
      const float* centre = t.category_latents.data() + item.category * t.dim;
      for (std::size_t d = 0; d < t.dim; ++d)
        t.latents[i * t.dim + d] = centre[d] + static_cast<float>(p.item_own * rng.normal());
    }
  });
  fill_tiles(t);
}

}  // namespace cascade
