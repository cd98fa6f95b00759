#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>

#include "base/errors.h"
#include "base/parallel.h"
#include "base/real.h"
#include "data/history.h"
#include "world/content_codes.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kUserBlock = 128;
constexpr std::size_t kItemBlock = 4096;
constexpr int kRecent = 20;  // values of the multi-hot groups
constexpr std::uint32_t kPriceBuckets = 16;
constexpr std::uint32_t kRateBuckets = 16;
constexpr double kPriorImpressions = 20;  // at the base rate, before an item's first
constexpr std::uint32_t kCountBuckets = 16;
constexpr std::uint32_t kAgeBuckets = 11;
constexpr std::uint32_t kActivityBuckets = 12;

/// 0 for 0, else 1 + floor(log2 count), at most buckets - 1.
std::uint32_t count_bucket(std::uint32_t count, std::uint32_t buckets) {
  return std::min(static_cast<std::uint32_t>(std::bit_width(count)), buckets - 1);
}

/// Quarter octaves of the smoothed click rate around the base rate.
std::uint32_t rate_bucket(double clicks, double impressions, double base_rate) {
  const double rate = (clicks + kPriorImpressions * base_rate) / (impressions + kPriorImpressions);
  const double octaves = exact_log(rate / base_rate) / exact_log(2.0);
  const double middle = kRateBuckets / 2;
  return static_cast<std::uint32_t>(std::clamp(std::floor(4 * octaves) + middle, 0.0, kRateBuckets - 1.0));
}

/// Equal shares of a normal distribution.
std::uint32_t price_bucket(double log_price, double sd) {
  const double place = normal_cdf((log_price - kMeanLogPrice) / sd) * kPriceBuckets;
  return static_cast<std::uint32_t>(std::clamp(std::floor(place), 0.0, kPriceBuckets - 1.0));
}

}  // namespace

FeatureSchema World::schema(const WorldParams& p) {
  std::vector<FeatureGroup> groups;
  const auto add = [&](std::string name, Side side, std::uint32_t cardinality, int max_values, double flops,
                       double bytes, std::string summary) {
    groups.push_back({std::move(name), side, cardinality, max_values, flops, bytes, std::move(summary)});
  };
  // Costs of getting a value, ours: a field of a record already fetched is near free, an aggregate costs a look-up.
  add("user_id", Side::user, static_cast<std::uint32_t>(p.users), 1, 1, 4, "the user");
  add("segment", Side::user, static_cast<std::uint32_t>(p.segments), 1, 1, 4, "segment of the user");
  add("age", Side::user, 8, 1, 1, 4, "age bucket of the user");
  add("gender", Side::user, 3, 1, 1, 4, "gender of the user, 2 where unknown");
  add("activity", Side::user, kActivityBuckets, 1, 10, 8, "impressions in the user's history, octaves");
  add("recent_categories", Side::user, static_cast<std::uint32_t>(p.categories), kRecent, 60, 128,
      "categories of the user's latest clicks, repeats included");
  add("recent_shops", Side::user, static_cast<std::uint32_t>(p.shops), kRecent, 60, 128,
      "shops of the user's latest clicks, repeats included");
  for (int g = 0; g < p.content_codes; ++g)
    add("recent_content_" + std::to_string(g), Side::user, static_cast<std::uint32_t>(p.content_levels), kRecent, 60,
        128, "content codes of the user's latest clicks, repeats included");
  add("item_id", Side::item, static_cast<std::uint32_t>(p.items), 1, 1, 4, "the item");
  add("category", Side::item, static_cast<std::uint32_t>(p.categories), 1, 1, 4, "category of the item");
  add("shop", Side::item, static_cast<std::uint32_t>(p.shops), 1, 1, 4, "shop of the item");
  add("price", Side::item, kPriceBuckets, 1, 5, 4, "log price of the item, in 16 equal shares");
  add("ctr", Side::item, kRateBuckets, 1, 20, 16, "smoothed click rate of the item in the histories, quarter octaves");
  add("impressions", Side::item, kCountBuckets, 1, 10, 8, "impressions of the item in the histories, octaves");
  add("item_age", Side::item, kAgeBuckets, 1, 5, 4, "days since the item was listed, octaves");
  for (int g = 0; g < p.content_codes; ++g)
    add("content_" + std::to_string(g), Side::item, static_cast<std::uint32_t>(p.content_levels), 1, 1, 4,
        "code of a part of the item's noisy content vector");
  for (FeatureGroup& group : cross_groups()) groups.push_back(std::move(group));
  add("dwell", Side::privileged, 12, 1, 5, 8, "seconds on the item's page after the click, octaves; 0: no click");
  add("comments", Side::privileged, 8, 1, 5, 8, "comments read after the click");
  add("contacted", Side::privileged, 2, 1, 5, 8, "whether the seller was contacted after the click");
  return FeatureSchema(std::move(groups));
}

FeatureStore World::features_on(int day, std::span<const std::uint32_t> impressions,
                                std::span<const std::uint32_t> clicks) const {
  const Truth& t = *truth_;
  const FeatureStore& now = features();
  const FeatureSchema& schema = now.schema();
  CASCADE_CHECK(impressions.size() == t.num_items && clicks.size() == t.num_items, "one count an item");
  std::vector<FeatureStore::User> users;
  users.reserve(t.num_users);
  for (std::size_t u = 0; u < t.num_users; ++u) users.push_back(now.user(static_cast<UserId>(u)));
  std::vector<FeatureStore::Item> items;
  items.reserve(t.num_items);
  for (std::size_t i = 0; i < t.num_items; ++i) items.push_back(now.item(static_cast<ItemId>(i)));
  std::vector<std::vector<std::uint32_t>> columns(static_cast<std::size_t>(schema.size()));
  for (int g = 0; g < schema.size(); ++g)
    columns[static_cast<std::size_t>(g)].assign(now.column(g).begin(), now.column(g).end());
  auto& ctr = columns[static_cast<std::size_t>(schema.find("ctr"))];
  auto& count = columns[static_cast<std::size_t>(schema.find("impressions"))];
  auto& age = columns[static_cast<std::size_t>(schema.find("item_age"))];
  for_each_block(t.num_items, kItemBlock, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const double shown = static_cast<double>(items[i].impressions) + impressions[i];
      const double clicked = static_cast<double>(items[i].clicks) + clicks[i];
      ctr[i] = rate_bucket(clicked, shown, t.params.truth.base_click_rate);
      count[i] = count_bucket(static_cast<std::uint32_t>(shown), kCountBuckets);
      // As the evening before: day 0 is what features() shows.
      age[i] =
          count_bucket(static_cast<std::uint32_t>(std::max(0, age_on(static_cast<ItemId>(i), day - 1))), kAgeBuckets);
    }
  });
  return FeatureStore(schema, std::move(users), std::move(items), std::move(columns));
}

FeatureStore build_features(const World::Truth& t) {
  const WorldParams& p = t.params;
  std::vector<FeatureStore::Item> items(t.num_items);
  for (std::size_t i = 0; i < t.num_items; ++i) {
    const ItemTruth& truth = t.items[i];
    items[i].category = truth.category;
    items[i].shop = truth.shop;
    items[i].log_price = truth.log_price;
    items[i].bid = truth.bid;
  }
  // Counted in integers, so the order in which threads arrive leaves no trace.
  std::vector<std::uint32_t> impressions(t.num_items, 0);
  std::vector<std::uint32_t> clicks(t.num_items, 0);
  std::vector<FeatureStore::User> users(t.num_users);
  std::vector<std::uint32_t> shown(t.num_users, 0);
  for_each_block(t.num_users, kUserBlock, [&](std::size_t begin, std::size_t end) {
    HistorySummary summary(items, static_cast<std::uint32_t>(t.num_categories()),
                           static_cast<std::uint32_t>(t.num_shops()), static_cast<float>(kMeanLogPrice));
    std::vector<HistoryEvent> events;
    for (std::size_t u = begin; u < end; ++u) {
      simulate_history(t, static_cast<UserId>(u), events);
      for (const HistoryEvent& event : events) {
        std::atomic_ref(impressions[event.item]).fetch_add(1, std::memory_order_relaxed);
        if (event.click) std::atomic_ref(clicks[event.item]).fetch_add(1, std::memory_order_relaxed);
      }
      users[u] = summary.summarize(events);
      shown[u] = static_cast<std::uint32_t>(events.size());
    }
  });
  for (std::size_t i = 0; i < t.num_items; ++i) {
    items[i].impressions = static_cast<float>(impressions[i]);
    items[i].clicks = static_cast<float>(clicks[i]);
  }

  FeatureSchema schema = World::schema(p);
  std::vector<std::vector<std::uint32_t>> columns(static_cast<std::size_t>(schema.size()));
  const auto column = [&](std::string_view name) -> std::vector<std::uint32_t>& {
    const int group = schema.find(name);
    const std::size_t entities = schema[group].side == Side::user ? t.num_users : t.num_items;
    std::vector<std::uint32_t>& values = columns[static_cast<std::size_t>(group)];
    values.assign(entities * static_cast<std::size_t>(schema[group].max_values), kNoValue);
    return values;
  };
  {
    auto& id = column("user_id");
    auto& segment = column("segment");
    auto& age = column("age");
    auto& gender = column("gender");
    auto& activity = column("activity");
    auto& recent_categories = column("recent_categories");
    auto& recent_shops = column("recent_shops");
    for_each_block(t.num_users, kUserBlock, [&](std::size_t begin, std::size_t end) {
      for (std::size_t u = begin; u < end; ++u) {
        id[u] = static_cast<std::uint32_t>(u);
        segment[u] = t.users[u].segment;
        age[u] = t.users[u].age;
        gender[u] = t.users[u].gender;
        activity[u] = count_bucket(shown[u], kActivityBuckets);
        const std::vector<ItemId>& recent = users[u].recent_clicks;
        for (std::size_t k = 0; k < std::min<std::size_t>(kRecent, recent.size()); ++k) {
          recent_categories[u * kRecent + k] = items[recent[k]].category;
          recent_shops[u * kRecent + k] = items[recent[k]].shop;
        }
      }
    });
  }
  {
    auto& id = column("item_id");
    auto& category = column("category");
    auto& shop = column("shop");
    auto& price = column("price");
    auto& ctr = column("ctr");
    auto& count = column("impressions");
    auto& age = column("item_age");
    const double price_sd = std::sqrt(kCategoryPriceSd * kCategoryPriceSd + p.price_sd * p.price_sd);
    for_each_block(t.num_items, kItemBlock, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        id[i] = static_cast<std::uint32_t>(i);
        category[i] = items[i].category;
        shop[i] = items[i].shop;
        price[i] = price_bucket(items[i].log_price, price_sd);
        ctr[i] = rate_bucket(clicks[i], impressions[i], p.truth.base_click_rate);
        count[i] = count_bucket(impressions[i], kCountBuckets);
        age[i] = count_bucket(t.item_age_days[i], kAgeBuckets);
      }
    });
  }
  for (int g = 0; g < p.content_codes; ++g) {
    auto& of_item = column("content_" + std::to_string(g));
    content_codes(t, g, of_item);
    auto& recent_content = column("recent_content_" + std::to_string(g));
    for_each_block(t.num_users, kUserBlock, [&](std::size_t begin, std::size_t end) {
      for (std::size_t u = begin; u < end; ++u) {
        const std::vector<ItemId>& recent = users[u].recent_clicks;
        for (std::size_t k = 0; k < std::min<std::size_t>(kRecent, recent.size()); ++k)
          recent_content[u * kRecent + k] = of_item[recent[k]];
      }
    });
  }
  return FeatureStore(std::move(schema), std::move(users), std::move(items), std::move(columns));
}

}  // namespace cascade
