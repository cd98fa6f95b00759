#include "world/world.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/real.h"
#include "world/truth.h"

namespace cascade {
namespace {

// Dwell time: log seconds = kDwellBase + kDwellIntent e + kDwellPrice (log price - mean) + kDwellNoise N(0, 1). Dear
// items are read longer and bought less, so dwell alone misleads. All ours.
constexpr double kDwellBase = 3.0;
constexpr double kDwellIntent = 0.8;
constexpr double kDwellPrice = 0.5;
constexpr double kDwellNoise = 0.6;
constexpr double kCommentsIntent = 0.6;  // on the log of the mean number of comments read
constexpr double kContactBase = -2.5;    // logit of contacting the seller at mean intent
constexpr double kContactIntent = 1.2;
constexpr std::uint32_t kMostComments = 7;

ValueWeights make_weights(const TruthParams& p) {
  ValueWeights w{};
  w.category = static_cast<float>(p.category);
  w.shop = static_cast<float>(p.shop);
  w.price = static_cast<float>(p.price);
  w.cross = static_cast<float>(p.cross);
  w.cross_centre = static_cast<float>(p.cross_centre);
  w.convert_eta = static_cast<float>(p.eta_on_conversion);
  w.convert_price = static_cast<float>(p.price_on_conversion);
  w.convert_intent = static_cast<float>(p.intent_on_conversion);
  w.bridge_scale = static_cast<float>(bridge_scale(p.intent_on_conversion));
  return w;
}

template <Value kind>
void fill_values(const World::Truth& t, const Request& request, std::span<const ItemId> items, std::span<float> out) {
  const Viewer viewer = t.viewer(request.user);
  for (std::size_t k = 0; k < items.size(); ++k) {
    const ItemTruth& item = t.items[items[k]];
    out[k] = value_of<kind>(t.weights, viewer, t.eta(viewer, items[k], request.day), item.log_price, item.bid);
  }
}

}  // namespace

World::World(const WorldParams& params, std::uint64_t seed) : truth_(std::make_unique<Truth>()) {
  const auto faults = params.faults();
  if (!faults.empty()) throw InputError("world." + faults.front().first + ": " + faults.front().second);
  Truth& t = *truth_;
  t.params = params;
  t.seed = seed;
  t.num_users = static_cast<std::size_t>(params.users);
  t.num_items = static_cast<std::size_t>(params.items);
  t.dim = static_cast<std::size_t>(params.dim);
  t.weights = make_weights(params.truth);
  draw_catalogue(t);
  draw_users(t);
  draw_drift(t);
  calibrate(t);
  t.store.push_back(build_features(t));
}

World::~World() = default;
World::World(World&&) noexcept = default;

const WorldParams& World::params() const { return truth_->params; }
std::uint64_t World::seed() const { return truth_->seed; }
const FeatureStore& World::features() const { return truth_->store.front(); }

double World::memory_bytes(const WorldParams& p) {
  const double users = static_cast<double>(p.users);
  const double items = static_cast<double>(p.items);
  const double impressions = p.history_clicks / p.truth.base_click_rate;  // a user
  const FeatureSchema schema_of_one = [&] {
    WorldParams small = p;
    small.users = 1;
    small.items = 1;
    return schema(small);
  }();
  double user_columns = 0;
  double item_columns = 0;
  for (const FeatureGroup& group : schema_of_one.groups()) {
    if (group.side == Side::user) user_columns += 4.0 * group.max_values;
    if (group.side == Side::item) item_columns += 4.0 * group.max_values;
  }
  const double per_item = sizeof(ItemTruth) + sizeof(FeatureStore::Item) + 4.0 * p.dim +
                          4.0 * (static_cast<double>(Truth::kFixedColumns) + p.dim) + 8 + 8 + 2 + 8 + item_columns;
  const double counts = std::min<double>(p.categories, impressions) + std::min<double>(p.shops, 0.6 * impressions) +
                        impressions * std::min(1.0, FeatureStore::kShownDays / static_cast<double>(p.history_days));
  const double per_user = sizeof(Truth::User) + sizeof(FeatureStore::User) + 4.0 * p.dim +
                          sizeof(Liked) * (static_cast<double>(p.liked_categories) + p.liked_shops) + 8 + user_columns +
                          sizeof(FeatureStore::Count) * counts +
                          sizeof(ItemId) * std::min<double>(FeatureStore::kSequence, p.history_clicks);
  const double moving = p.drifts ? 4.0 * items * (p.history_days + p.drift.days) : 0;
  return moving + users * per_user + items * per_item + 8.0 * p.segments * static_cast<double>(p.categories) +
         32.0 * static_cast<double>(p.shops);
}

std::vector<HistoryEvent> World::history(UserId user) const {
  std::vector<HistoryEvent> events;
  simulate_history(*truth_, user, events);
  return events;
}

Request World::request(std::uint64_t sample, std::uint64_t index, int day) const {
  Rng rng(truth_->seed, Stream::request, request_key(sample, index));
  Request request;
  request.index = index;
  request.user = truth_->activity.draw(rng);
  request.day = day;
  request.hour = static_cast<int>(pick_below(rng, 24));
  return request;
}

void World::true_logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  const Viewer viewer = truth_->viewer(request.user);
  for (std::size_t k = 0; k < items.size(); ++k) out[k] = truth_->eta(viewer, items[k], request.day);
}

void World::true_value(const Request& request, std::span<const ItemId> items, std::span<float> out) const {
  switch (truth_->params.value) {
    case Value::click:
      return fill_values<Value::click>(*truth_, request, items, out);
    case Value::conversion:
      return fill_values<Value::conversion>(*truth_, request, items, out);
    case Value::ecpm:
      return fill_values<Value::ecpm>(*truth_, request, items, out);
    case Value::gmv:
      return fill_values<Value::gmv>(*truth_, request, items, out);
  }
}

Reaction World::react(std::uint64_t sample, const Request& request, ItemId item, int position, double bias) const {
  const Truth& t = *truth_;
  const Viewer viewer = t.viewer(request.user);
  const float eta = t.eta(viewer, item, request.day);
  double click_rate = plain_sigmoid(eta);
  if (bias > 0 && position > 0) click_rate *= exact_exp(-bias * exact_log1p(position));
  const std::uint64_t key = request_key(sample, request.index);
  Reaction reaction;
  reaction.click = hashed_uniform(t.seed, Stream::log_click, key, item) < click_rate;
  if (!reaction.click) return reaction;
  const double intent =
      bridge_quantile(hashed_uniform(t.seed, Stream::intent, request.user, item), t.params.truth.intent_on_conversion);
  const double zeta = static_cast<double>(t.zeta(viewer, eta, item)) + t.params.truth.intent_on_conversion * intent;
  reaction.convert = hashed_uniform(t.seed, Stream::log_convert, key, item) < sigmoid(zeta);
  Rng rng(t.seed, Stream::log_dwell, key, item);
  const double shown = intent + t.params.truth.eta_on_dwell * static_cast<double>(eta - viewer.base);
  const double log_dwell = kDwellBase + kDwellIntent * shown + kDwellPrice * (t.items[item].log_price - kMeanLogPrice) +
                           kDwellNoise * rng.normal();
  reaction.dwell_s = static_cast<float>(exact_exp(std::clamp(log_dwell, -5.0, 12.0)));
  const double mean_comments = exact_exp(std::clamp(kCommentsIntent * shown, -5.0, 5.0));
  reaction.comments = static_cast<std::uint8_t>(std::min(rng.poisson(mean_comments), kMostComments));
  reaction.contacted = rng.bernoulli(sigmoid(kContactBase + kContactIntent * shown)) ? 1 : 0;
  return reaction;
}

}  // namespace cascade
