#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/errors.h"
#include "tests/world/worlds.h"
#include "world/truth.h"

using namespace cascade;

namespace {

WorldParams moving(double rho, std::vector<int> shock_days = {}) {
  WorldParams p = testing::tiny_params();
  p.new_items_a_day = 0.05;
  p.drifts = true;
  p.drift.days = 12;
  p.drift.rho = rho;
  p.drift.shock_days = std::move(shock_days);
  return p;
}

/// Correlation over items of quality on two days.
double correlation(const World::Truth& t, int day, int other) {
  const float* x = t.quality_on(day);
  const float* y = t.quality_on(other);
  double xx = 0, yy = 0, xy = 0, mx = 0, my = 0;
  const auto n = static_cast<double>(t.num_items);
  for (std::size_t i = 0; i < t.num_items; ++i) {
    mx += static_cast<double>(x[i]) / n;
    my += static_cast<double>(y[i]) / n;
  }
  for (std::size_t i = 0; i < t.num_items; ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
    xy += (x[i] - mx) * (y[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

}  // namespace

TEST_CASE("quality is a stationary AR(1): days d apart correlate by rho^d, in the histories too") {
  WorldParams p = moving(0.8);
  p.items = 6000;
  p.shop_quality_share = 0;  // items apart, so that 6000 are 6000 draws
  const World world(p, 5);
  const World::Truth& t = world.truth();
  // s.e. of a correlation of 6000 pairs: about (1 - r^2) / 77, so at most .013; four of them.
  for (const int day : {-14, -3, 0, 4})
    for (const int gap : {1, 3, 6}) CHECK(correlation(t, day, day + gap) == Approx(std::pow(0.8, gap)).margin(0.05));
  for (const int day : {-14, -5, 0, 1, 11}) {
    double sum = 0;
    for (std::size_t i = 0; i < t.num_items; ++i) sum += std::pow(t.quality_on(day)[i] / p.truth.quality, 2);
    CHECK(sum / 6000 == Approx(1).margin(0.08));  // s.e. of a variance: sqrt(2 / 6000) = .018
  }
  for (std::size_t i = 0; i < t.num_items; ++i) CHECK(t.quality_on(0)[i] == t.items[i].quality_term);
  CHECK(t.quality_on(12) == t.quality_on(11));
}

TEST_CASE("a shock moves every item of a category alike, for the day") {
  const World world(moving(1, {4}), 5);
  const World::Truth& t = world.truth();
  double square = 0;
  for (std::uint32_t c = 0; c < t.num_categories(); ++c) {
    const ItemId first = t.category_begin(c);
    const float shift = t.quality_on(4)[first] - t.quality_on(3)[first];
    square += shift * shift;
    for (ItemId i = first; i < t.category_begin(c + 1); ++i) {
      CHECK(t.quality_on(4)[i] - t.quality_on(3)[i] == Approx(shift).margin(1e-5));
      CHECK(t.quality_on(5)[i] == t.quality_on(3)[i]);
    }
  }
  CHECK(square / 12 > 0.3);  // 12 draws of N(0, 1)
  CHECK(square / 12 < 2.5);
}

TEST_CASE("truth, value, reactions and the oracle are of the request's day") {
  const World world(moving(0.5, {3}), 5);
  const World::Truth& t = world.truth();
  const std::vector<ItemId> items = testing::all_items(world);
  for (const int day : {0, 3, 6}) {
    Request request = world.request(9, 1, day);
    std::vector<float> logits(items.size());
    std::vector<float> values(items.size());
    world.true_logits(request, items, logits);
    world.true_value(request, items, values);
    const Viewer viewer = t.viewer(request.user);
    for (const ItemId i : items) {
      CHECK(logits[i] == Approx(t.eta(viewer, i) + t.quality_on(day)[i] - t.items[i].quality_term).margin(1e-5));
      CHECK(values[i] == plain_sigmoid(logits[i]));
    }
    std::vector<std::vector<ScoredItem>> best(1);
    world.top_by_value(std::span(&request, 1), 20, best);
    std::vector<ScoredItem> expected;
    for (const ItemId i : items)
      if (world.listed(i, day)) expected.push_back({values[i], i});
    std::sort(expected.begin(), expected.end(), ranks_before);
    REQUIRE(best[0].size() == 20);
    for (std::size_t k = 0; k < 20; ++k) {
      CHECK(best[0][k].item == expected[k].item);
      CHECK(best[0][k].score == expected[k].score);
    }
  }
}

TEST_CASE("an item is nowhere before its birth") {
  WorldParams p = moving(0.9);
  p.new_items_a_day = 0.15;
  const World world(p, 5);
  const World::Truth& t = world.truth();
  // Exponential ages: 1 - e^(-.15 x 12) = 83 % are younger than 12 days.
  CHECK(world.num_unlisted(0) > 1050);
  CHECK(world.num_unlisted(11) == 0);
  std::set<int> births;
  for (ItemId i = 0; i < p.items; ++i) {
    births.insert(t.birth_day[i]);
    CHECK(world.age_on(i, t.birth_day[i]) == 0);
    CHECK(!world.listed(i, t.birth_day[i] - 1));
    CHECK(world.listed(i, t.birth_day[i]));
  }
  for (int day = 0; day < 12; ++day) CHECK(births.count(day) == 1);
  for (UserId u = 0; u < p.users; ++u)
    for (const HistoryEvent& event : world.history(u)) CHECK(world.listed(event.item, -1 - event.days_ago));
  LogsParams logs_params = testing::tiny_logs();
  for (const PolicyKind kind : {PolicyKind::popularity, PolicyKind::random}) {
    logs_params.policy.kind = kind;
    const Logs logs = world.simulate_logs(logs_params);
    for (const LogTable* table : {&logs.train, &logs.next_day, &logs.all_space})
      for (std::size_t row = 0; row < table->size(); ++row) CHECK(world.listed(table->item[row], table->day[row]));
  }
  for (const int day : {0, 5, 11}) {
    const Request request = world.request(9, 1, day);
    std::vector<std::vector<ScoredItem>> best(1);
    world.top_by_value(std::span(&request, 1), 1500, best);
    CHECK(best[0].size() == 1500 - world.num_unlisted(day));
    for (const ScoredItem& one : best[0]) CHECK(world.listed(one.item, day));
  }
}

TEST_CASE("features are as of the day: age, and what counts on what was logged before") {
  const World world(moving(0.9), 5);
  const FeatureStore& store = world.features();
  const FeatureSchema& schema = store.schema();
  std::vector<std::uint32_t> impressions(store.num_items(), 0);
  std::vector<std::uint32_t> clicks(store.num_items(), 0);
  const FeatureStore same = world.features_on(0, impressions, clicks);
  for (int g = 0; g < schema.size(); ++g) {
    const auto a = store.column(g);
    const auto b = same.column(g);
    CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  }
  impressions[7] = 700;
  clicks[7] = 350;
  const FeatureStore later = world.features_on(9, impressions, clicks);
  const int ctr = schema.find("ctr");
  const int age = schema.find("item_age");
  CHECK(later.column(ctr)[7] == 15);                         // half of all clicked: far above the base rate
  CHECK(later.column(schema.find("impressions"))[7] == 10);  // 1 + floor(log2 of 700 and a few of the histories)
  for (ItemId i = 0; i < store.num_items(); ++i) {
    if (i != 7) CHECK(later.column(ctr)[i] == store.column(ctr)[i]);
    const int days = std::max(0, world.age_on(i, 8));
    std::uint32_t octave = 0;
    while ((1 << octave) <= days) ++octave;
    CHECK(later.column(age)[i] == std::min(octave, 10u));
  }
}

TEST_CASE("without drift nothing moves, and a drift of rho 1 without births is the same world") {
  WorldParams still = testing::tiny_params();
  WorldParams at_rest = still;
  at_rest.drifts = true;
  at_rest.drift.rho = 1;
  at_rest.drift.births = false;
  const World a(still, 5);
  const World b(at_rest, 5);
  const std::vector<ItemId> items = testing::all_items(a);
  for (const int day : {0, 7}) {
    std::vector<float> x(items.size());
    std::vector<float> y(items.size());
    a.true_value(a.request(9, 1, day), items, x);
    b.true_value(b.request(9, 1, day), items, y);
    CHECK(x == y);
  }
  const Logs x = a.simulate_logs(testing::tiny_logs());
  const Logs y = b.simulate_logs(testing::tiny_logs());
  CHECK(x.train.item == y.train.item);
  CHECK(x.train.click == y.train.click);
  CHECK(x.all_space.item == y.all_space.item);
  CHECK(a.num_unlisted(0) == 0);
  CHECK(a.listed(3, 0));
  CHECK(a.age_on(3, 4) == a.age_on(3, 0) + 4);
}

TEST_CASE("a shock outside the drift is a fault") {
  CHECK(moving(0.9, {12}).faults().at(0).first == "drift.shock_days");
  CHECK_THROWS_AS(World(moving(0.9, {12}), 1), InputError);
}
