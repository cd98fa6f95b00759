#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/fields.h"

namespace cascade {

/// What a shown item is worth: the quantity that `value` sums over the page.
enum class Value { click, conversion, ecpm, gmv };

/// Weights of the terms of the click truth (the equation of docs/theory/world.md).
struct TruthParams {
  double quality = 0.5;   ///< a_q
  double latent = 1.1;    ///< a_l: what an inner product can represent
  double category = 0.2;  ///< a_c: affinity of a user to a few categories
  double shop = 0.6;      ///< a_b: affinity of a user to a few shops
  double price = 0.1;     ///< a_p: |log price - preferred|
  double cross = 0.9;     ///< a_x: affinity x (cross_centre - |price gap|): not additive
  double cross_centre = 0.8;
  double whim = 0;  ///< a_w x N(0, 1) of each user and item: what nobody can see or learn
  double user_bias_sd = 0.3;
  double base_click_rate = 0.06;       ///< target over what a popularity policy shows; b0 is solved for it
  double base_conversion_rate = 0.05;  ///< of clicks, on the same exposures; c0 is solved for it
  double intent_on_conversion = 1.0;   ///< c_e
  double price_on_conversion = 0.3;    ///< c_p
  double eta_on_conversion = 0.5;      ///< c_1
  double eta_on_dwell = 0;             ///< of the same part of eta, on what dwell, comments and contacts show of intent
  void fields(config::FieldVisitor& v);
};

/// The `drift:` block of a world: what moves from day to day. Quality is AR(1), so that two days d apart correlate by
/// rho^d, in both directions from day 0; day 0 is the world without drift.
struct DriftParams {
  int days = 14;                ///< days 0 .. days-1 on which the world moves; later days are as the last
  double rho = 0.9;             ///< correlation of an item's quality, and its shop's, from one day to the next
  bool births = true;           ///< new_items_a_day of the catalogue are listed on each of these days
  std::vector<int> shock_days;  ///< on these, every category's logit is shifted by shock_size x N(0, 1), for the day
  double shock_size = 1;
  void fields(config::FieldVisitor& v);
};

/// The `world:` part of a scenario. Presets: configs/worlds.
struct WorldParams {
  std::int64_t users = 20000;
  std::int64_t items = 50000;
  int categories = 100;
  int shops = 1000;
  int segments = 20;
  int dim = 8;  ///< width of the latents w_u, z_i
  double category_zipf = 0.8;
  double popularity_zipf = 0.7;
  double item_own = 0.8;            ///< s.d. of an item's own part of its latent beside its category's centroid
  double user_own = 0.3;            ///< s.d. of a user's own part beside the segment's centroid
  double segment_strength_sd = 0;   ///< s.d. over segments of the log strength of their users' tastes and affinities
  double shop_quality_share = 0.5;  ///< share of the variance of quality that comes from the shop
  double price_sd = 0.5;            ///< s.d. of log price inside a category
  int liked_categories = 5;         ///< non-zero entries of A[u, .]
  int liked_shops = 8;              ///< non-zero entries of B[u, .]
  double history_clicks = 30;       ///< mean clicks in the history of a user of mean activity
  double activity_sd = 0.7;         ///< s.d. of log activity
  int history_days = 14;
  int content_codes = 4;          ///< number of content-code groups
  int content_levels = 32;        ///< values a group
  double content_noise = 0.3;     ///< s.d. of the noise on z_i before it is quantised, in units of z's s.d.
  double own_search = 0.1;        ///< share of the history's impressions that users found themselves, in what they like
  double new_items_a_day = 0.01;  ///< share of the catalogue that is replaced a day: items' ages
  bool bids = false;              ///< advertising: items carry log-normal bids
  double bid_sd = 0.5;
  Value value = Value::click;
  TruthParams truth;
  DriftParams drift;
  bool drifts = false;  ///< `drift` is given; else every day is like day 0
  void fields(config::FieldVisitor& v);
  /// What no single field's bounds can say: pairs of (field, what is wrong with it). Empty: a world can be made.
  std::vector<std::pair<std::string, std::string>> faults() const;
};

enum class PolicyKind { random, popularity, funnel };

/// Who decided what the logged users saw.
struct PolicyParams {
  PolicyKind kind = PolicyKind::popularity;
  double explore = 0.1;  ///< popularity: share of slots filled uniformly from the catalogue
  double affine = 0.5;   ///< popularity: share of slots filled from categories and shops of the user's past
  int warm_up_days = 1;  ///< funnel: days logged by popularity first, on which the funnel's models are trained
  void fields(config::FieldVisitor& v);
};

/// The `logs:` part of a scenario.
struct LogsParams {
  int days = 3;
  int requests_a_day = 33000;
  int page = 10;                ///< items exposed a request
  double position_bias = 0.0;   ///< examination of position p (0-based): (1 + p)^-position_bias
  int all_space_rows = 100000;  ///< rows of the all-scenario test set
  int unexposed_a_request = 4;  ///< funnel policy: rows kept a request from each of RC and PRC; RND likewise
  PolicyParams policy;
  void fields(config::FieldVisitor& v);
};

}  // namespace cascade
