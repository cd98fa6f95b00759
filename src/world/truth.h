#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "base/ids.h"
#include "data/feature_store.h"
#include "world/sampling.h"
#include "world/value.h"
#include "world/world.h"

namespace cascade {

/// Levels of log price: of the catalogue, of categories around it, of users' preferences around it. Ours.
inline constexpr double kMeanLogPrice = 3.0;
inline constexpr double kCategoryPriceSd = 0.4;
inline constexpr double kPreferredPriceSd = 0.5;

/// Everything that is true. Items are numbered category by category and, inside, shop by shop, so that what a user
/// likes is a few ranges of ids; shops are numbered category by category, too.
struct World::Truth {
  WorldParams params;
  std::uint64_t seed = 0;
  std::size_t num_users = 0;
  std::size_t num_items = 0;
  std::size_t dim = 0;
  ValueWeights weights{};
  double base_logit = 0;  ///< b0

  // Catalogue.
  std::vector<std::uint32_t> category_shop;  ///< [categories + 1] first shop
  std::vector<ItemId> shop_begin;            ///< [shops + 1] first item
  std::vector<ItemTruth> items;              ///< [items]
  std::vector<float> latents;                ///< [items, dim]
  std::vector<std::uint16_t> item_age_days;  ///< [items]
  /// a_q q_i(t) plus the day's shock, [history_days + drift.days, whole tiles of items], from day -history_days;
  /// empty: quality does not move.
  std::vector<float> quality_by_day;
  std::vector<std::int32_t> birth_day;  ///< [items] first day on which it is listed; empty: all always are
  std::vector<std::uint32_t> unlisted;  ///< [drift.days] items that are not listed yet; empty: none
  std::vector<double> popularity_sum;   ///< [items + 1] running sum of popularity
  AliasTable popularity;                ///< items
  std::vector<float> category_latents;  ///< [categories, dim]
  /// The catalogue once more, in tiles of kTile items: [tiles, kFixedColumns + dim, kTile]; quality term, log price,
  /// bid, then the latent.
  AlignedVector<float> tiles;
  static constexpr std::size_t kTile = 512;
  static constexpr std::size_t kFixedColumns = 3;

  // Users.
  struct User {
    std::uint32_t segment;
    std::uint8_t age, gender;
    float bias;
    float preferred_log_price;
    float activity;  ///< mean 1 over all users
  };
  std::vector<User> users;
  std::vector<float> tastes;              ///< [users, dim] w_u a_l / sqrt(dim)
  std::vector<Liked> liked_categories;    ///< [users, params.liked_categories], A
  std::vector<Liked> liked_shops;         ///< [users, params.liked_shops], B
  AliasTable activity;                    ///< users
  std::vector<float> segment_latents;     ///< [segments, dim]
  std::vector<AliasTable> segment_taste;  ///< by segment: categories by size x e^(a_l <segment, category>)

  std::vector<FeatureStore> store;  ///< one, once the histories are there

  std::size_t num_categories() const { return category_shop.size() - 1; }
  std::size_t num_shops() const { return shop_begin.size() - 1; }
  ItemId category_begin(std::uint32_t category) const { return shop_begin[category_shop[category]]; }
  std::span<const Liked> categories_of(UserId u) const;
  std::span<const Liked> shops_of(UserId u) const;

  /// The terms a_q q_i of a day, [whole tiles of items]; nullptr: they do not move.
  const float* quality_on(int day) const;
  bool listed(ItemId item, int day) const { return birth_day.empty() || birth_day[item] <= day; }
  /// The item, or the next by id that is listed.
  ItemId next_listed(ItemId item, int day) const;

  Viewer viewer(UserId u) const;
  float eta(const Viewer& viewer, ItemId item) const;  ///< on day 0 without its shock
  float eta(const Viewer& viewer, ItemId item, int day) const;
  float eta_of_quality(const Viewer& viewer, ItemId item, float quality_term) const;
  float zeta(const Viewer& viewer, float eta, ItemId item) const;  ///< without intent
  float whim(const Viewer& viewer, ItemId item) const;
};

/// Draws the catalogue, then the users, into `truth` (whose params and seed are set).
void draw_catalogue(World::Truth& truth);
void draw_users(World::Truth& truth);

/// Draws what moves from day to day, once the catalogue is there.
void draw_drift(World::Truth& truth);

/// Solves b0 and c0 for the base rates over exposures of the default popularity policy.
void calibrate(World::Truth& truth);

/// Shares of the slots that a policy fills; the rest goes by popularity.
struct SlotMix {
  double explore = 0;
  double affine = 0;
};

/// One slot filled by a policy that knows the user's segment and (latest) clicks.
ItemId pick_item(const World::Truth& truth, const SlotMix& mix, std::uint32_t segment, std::span<const ItemId> clicks,
                 Rng& rng);

/// The same among the items that are listed on a day.
ItemId pick_listed(const World::Truth& truth, const SlotMix& mix, std::uint32_t segment, std::span<const ItemId> clicks,
                   int day, Rng& rng);

/// Item of [begin, end) in proportion to popularity. REQUIRES begin < end.
ItemId pick_popular(const World::Truth& truth, ItemId begin, ItemId end, Rng& rng);

/// The user's past, oldest first; `events` is overwritten.
void simulate_history(const World::Truth& truth, UserId u, std::vector<HistoryEvent>& events);

/// Simulates all histories and sums them up into what models may see.
FeatureStore build_features(const World::Truth& truth);

/// Key of the draws of one request of one sample.
std::uint64_t request_key(std::uint64_t sample, std::uint64_t index);

}  // namespace cascade
