#include "world/params.h"

#include <array>

namespace cascade {

using config::above;
using config::above_below;
using config::at_least;
using config::between;
using config::Need;

void TruthParams::fields(config::FieldVisitor& v) {
  v.field("quality", quality, "weight of an item's quality");
  v.field("latent", latent, "weight of <w_u, z_i> / sqrt(dim): what an inner product can represent");
  v.field("category", category, "weight of a user's affinity to a few categories");
  v.field("shop", shop, "weight of a user's affinity to a few shops");
  v.field("price", price, "weight of -|log price - preferred log price|");
  v.field("cross", cross, "weight of affinity x (cross_centre - |price gap|): what no sum of terms can represent");
  v.field("cross_centre", cross_centre, "price gap at which the cross term changes its sign");
  v.field("whim", whim, "weight of a normal draw a user and item that no feature shows", config::between(0, 10));
  v.field("user_bias_sd", user_bias_sd, "s.d. of users' general readiness to click", at_least(0));
  v.field("base_click_rate", base_click_rate, "click rate over what a popularity policy shows", above_below(0, 1));
  v.field("base_conversion_rate", base_conversion_rate, "conversions of clicks, over the same exposures",
          above_below(0, 1));
  v.field("intent_on_conversion", intent_on_conversion, "weight of the intent that nobody sees before the click",
          between(0, 10));
  v.field("price_on_conversion", price_on_conversion, "weight of -(log price - preferred log price)");
  v.field("eta_on_conversion", eta_on_conversion, "weight of what draws a click, without the user's bias");
  v.field("eta_on_dwell", eta_on_dwell,
          "the same weight in the intent that dwell, comments and contacts show; conversions do not depend on it");
}

void DriftParams::fields(config::FieldVisitor& v) {
  v.field("days", days, "days 0 .. days-1 move; later ones are as the last", between(1, 1000));
  v.field("rho", rho, "correlation of quality from one day to the next (AR(1)); 1: it does not move", between(0, 1));
  v.field("births", births, "new_items_a_day of the catalogue are listed on each of these days, and not seen before");
  v.field("shock_days", shock_days, "days on which every category's logit is shifted, such as a sales day",
          at_least(0));
  v.field("shock_size", shock_size, "s.d. of that shift over categories", between(0, 10));
}

void WorldParams::fields(config::FieldVisitor& v) {
  v.field("users", users, "number of users", between(1, 4294967295.0), Need::optional);
  v.field("items", items, "number of items", between(1, 4294967000.0), Need::optional);
  v.field("categories", categories, "number of categories", between(1, 1e6));
  v.field("shops", shops, "number of shops; each sells in one category", between(1, 1e7));
  v.field("segments", segments, "number of user segments", between(1, 1e4));
  v.field("dim", dim, "width of the latent vectors of users and items", between(1, 256));
  v.field("category_zipf", category_zipf, "exponent of the sizes of categories", between(0, 3));
  v.field("popularity_zipf", popularity_zipf, "exponent of the popularity of items", between(0, 3));
  v.field("item_own", item_own, "s.d. of an item's own part of its latent; the rest is its category's", between(0, 1));
  v.field("user_own", user_own, "s.d. of a user's own part of its latent; the rest is its segment's", between(0, 1));
  v.field("segment_strength_sd", segment_strength_sd,
          "s.d. over segments of the log of how strong their users' tastes and affinities are: how much it matters to "
          "them what they are shown",
          between(0, 2));
  v.field("shop_quality_share", shop_quality_share, "share of the variance of quality that an item's shop explains",
          between(0, 1));
  v.field("price_sd", price_sd, "s.d. of log price inside a category", between(0, 5));
  v.field("liked_categories", liked_categories, "categories that a user has an affinity to", between(0, 1000));
  v.field("liked_shops", liked_shops, "shops that a user has an affinity to", between(0, 1000));
  v.field("history_clicks", history_clicks, "clicks in the history of a user of mean activity, about", between(0, 1e4));
  v.field("activity_sd", activity_sd, "s.d. of log activity", between(0, 3));
  v.field("history_days", history_days, "days that the history spans", between(1, 3650));
  v.field("content_codes", content_codes, "number of content-code groups", between(0, 64));
  v.field("content_levels", content_levels, "values of a content code", between(2, 65536));
  v.field("content_noise", content_noise, "s.d. of the noise on a latent before it is coded, in units of its own s.d.",
          at_least(0));
  v.field("own_search", own_search, "share of the history's impressions that users found themselves, in what they like",
          between(0, 1));
  v.field("new_items_a_day", new_items_a_day, "share of the catalogue that is new each day: the ages of items",
          between(0, 1));
  v.field("bids", bids, "items carry log-normal bids (advertising)");
  v.field("bid_sd", bid_sd, "s.d. of log bid", between(0, 5));
  static const std::array<std::string, 4> kValues{"click", "conversion", "ecpm", "gmv"};
  v.choose("value", value, kValues,
           "what a shown item is worth: P(click), P(conversion), bid x P(click), "
           "price x P(conversion)");
  v.object("truth", truth, "weights of the terms of the truth");
  // A resolved scenario without it does not mention it.
  if (drifts || v.reads() || v.describes())
    v.optional_object("drift", drift, drifts, "what moves from day to day; left out: nothing does");
}

std::vector<std::pair<std::string, std::string>> WorldParams::faults() const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto fault = [&](const char* field, std::string text) { found.emplace_back(field, std::move(text)); };
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  if (users < 1 || users > 4294967295) fault("users", "must lie in 1 .. 4294967295, got " + text(users));
  if (items < 1 || items > 4294967000) fault("items", "must lie in 1 .. 4294967000, got " + text(items));
  if (categories < 1) fault("categories", "must be at least 1, got " + text(categories));
  if (shops < categories)
    fault("shops",
          "every category needs a shop: must be at least categories = " + text(categories) + ", got " + text(shops));
  if (segments < 1) fault("segments", "must be at least 1, got " + text(segments));
  if (liked_categories > categories)
    fault("liked_categories", "must be at most categories = " + text(categories) + ", got " + text(liked_categories));
  if (liked_shops > shops)
    fault("liked_shops", "must be at most shops = " + text(shops) + ", got " + text(liked_shops));
  if (value == Value::ecpm && !bids) fault("value", "ecpm is bid x P(click): it needs bids: true");
  if (drifts)
    for (const int day : drift.shock_days)
      if (day >= drift.days)
        fault("drift.shock_days", "day " + text(day) + " is not among the drift's days 0 .. " + text(drift.days - 1));
  return found;
}

void PolicyParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 3> kKinds{"random", "popularity", "funnel"};
  v.choose("kind", kind, kKinds, "who decided what the logged users saw");
  v.field("explore", explore, "popularity: share of slots filled uniformly from the catalogue", between(0, 1));
  v.field("affine", affine, "popularity: share of slots filled from categories and shops of the user's past",
          between(0, 1));
  v.field("warm_up_days", warm_up_days, "funnel: days logged by popularity first, to train the funnel's models on",
          between(1, 1000));
}

void LogsParams::fields(config::FieldVisitor& v) {
  v.field("days", days, "days of training logs; the day after is held out", between(1, 1000));
  v.field("requests_a_day", requests_a_day, "requests a day", between(1, 1e8));
  v.field("page", page, "items exposed a request", between(1, 1000));
  v.field("position_bias", position_bias, "position p, from 0, is examined with probability (1 + p)^-position_bias",
          between(0, 10));
  v.field("all_space_rows", all_space_rows, "rows of the all-scenario test set", between(0, 1e8));
  v.field("unexposed_a_request", unexposed_a_request, "funnel policy: rows kept a request from each of RC, PRC and RND",
          between(0, 1000));
  v.object("policy", policy, "who decided what the logged users saw");
}

}  // namespace cascade
