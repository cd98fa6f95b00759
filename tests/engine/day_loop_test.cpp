#include "engine/day_loop.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "base/parallel.h"
#include "engine/day_metrics.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const std::string kDays = "days={served: 3, requests: 60, chunks: 4, test_requests: 40}";
const std::string kDrift = "world.drift={days: 6, rho: 0.8, shock_days: [2]}";

Scenario with_days() { return tiny_scenario({"logs.days=2", "world.new_items_a_day=0.05", kDrift, kDays}); }

struct Seen {
  std::map<std::string, std::vector<std::pair<int, int>>> updates;  ///< by model: user and item side, chunk by chunk
  std::vector<std::pair<int, LogTable>> logs;                       ///< day, rows of a chunk
};

Seen watch_days(const Scenario& scenario, DaysRun* result = nullptr) {
  Universe universe(scenario.world, 11);
  universe.logs(scenario, {});
  Seen seen;
  DayWatch watch;
  watch.serving = [&](int, int, const std::string& model, const Scorer&, int users, int items) {
    seen.updates[model].emplace_back(users, items);
  };
  watch.logged = [&](int day, int, const LogTable& rows) { seen.logs.emplace_back(day, rows); };
  DaysRun run = run_days(universe, scenario, 0, {}, watch);
  if (result != nullptr) *result = std::move(run);
  return seen;
}

using Updates = std::vector<std::pair<int, int>>;

Scenario with_freshness(const std::string& freshness) {
  return tiny_scenario({"logs.days=2", kDays, "models.towers.freshness=" + freshness});
}

double metric_of(const DaysRun& run, const std::string& name) {
  for (const auto& [known, value] : run.metrics)
    if (known == name) return value;
  FAIL("no metric is called " + name);
  return 0;
}

}  // namespace

TEST_CASE("which version serves at which hour") {
  // Three days of four chunks: at 0, 6, 12 and 18 o'clock.
  const auto updates = [](const std::string& freshness) {
    return watch_days(with_freshness(freshness)).updates.at("towers");
  };
  const auto same = [](std::initializer_list<int> sides) {
    Updates all;
    for (const int side : sides) all.emplace_back(side, side);
    return all;
  };
  CHECK(updates("{update: daily}") == same({0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2}));
  CHECK(updates("{update: every_n_days, every: 2}") == same({0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}));
  CHECK(updates("{update: never}") == same({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(updates("{update: online}") == same({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  // Vectors of six hours before: at midnight still yesterday's, at six today's. Before the days served the version
  // without the last day of logs was live: update -1.
  CHECK(updates("{update: daily, item_vectors_late_by: 6}") ==
        Updates{{0, -1}, {0, 0}, {0, 0}, {0, 0}, {1, 0}, {1, 1}, {1, 1}, {1, 1}, {2, 1}, {2, 2}, {2, 2}, {2, 2}});
  CHECK(updates("{update: daily, item_vectors_late_by: 24, mixed: false}") ==
        same({-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1}));
  CHECK(updates("{update: online, item_vectors_late_by: 12}") ==
        Updates{{0, -1}, {1, -1}, {2, 0}, {3, 1}, {4, 2}, {5, 3}, {6, 4}, {7, 5}, {8, 6}, {9, 7}, {10, 8}, {11, 9}});
}

TEST_CASE("each day's log is what its funnel showed, hour by hour, and what models then learn from") {
  const Scenario scenario = with_freshness("{update: online}");
  DaysRun run;
  const Seen seen = watch_days(scenario, &run);
  REQUIRE(seen.logs.size() == 12);
  std::map<int, std::size_t> rows_of_day;
  Universe universe(scenario.world, 11);
  const World& world = universe.world();
  for (std::size_t chunk = 0; chunk < seen.logs.size(); ++chunk) {
    const auto& [day, rows] = seen.logs[chunk];
    CHECK(day == 2 + static_cast<int>(chunk / 4));
    rows_of_day[day] += rows.size();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      CHECK(rows.day[row] == day);
      CHECK(rows.space[row] == Space::exposed);
      CHECK(rows.position[row] == row % 5);
      // Served in the part of the day in which the user came: a request is its sample's, by its index.
      const Request request = world.request((1u << 22) + static_cast<std::uint64_t>(day), rows.request[row], day);
      CHECK(request.user == rows.user[row]);
      CHECK(request.hour / 6 == static_cast<int>(chunk % 4));
      const Reaction reaction =
          world.react((1u << 22) + static_cast<std::uint64_t>(day), request, rows.item[row], 0, 0);
      CHECK(reaction.click == (rows.click[row] != 0));
    }
  }
  for (const auto& [day, rows] : rows_of_day) CHECK(rows == 60 * 5);
  // towers: two days of logs of 200 x 5 rows and all chunks but the last, which nobody would serve.
  for (const auto& [name, facts] : run.models) {
    const double last = static_cast<double>(seen.logs.back().second.size());
    if (name == "towers") {
      CHECK(facts[0].second == 11);
      CHECK(facts[2].second == 2 * 1000 + 3 * 300 - last);
    }
    // linear learns daily: the last day served is learned from by nobody.
    if (name == "linear") {
      CHECK(facts[0].second == 2);
      CHECK(facts[2].second == 2 * 1000 + 2 * 300);
    }
  }
}

TEST_CASE("exploration gives places to chance") {
  const auto foreign = [](double explore) {
    const Scenario scenario = tiny_scenario(
        {"logs.days=2", "days={served: 1, requests: 400, chunks: 1, explore: " + std::to_string(explore) + "}"});
    const Seen seen = watch_days(scenario);
    const LogTable& rows = seen.logs.at(0).second;
    // What the funnel chose has the ranker's score.
    return static_cast<double>(std::count(rows.score.begin(), rows.score.end(), 0.0f)) /
           static_cast<double>(rows.size());
  };
  CHECK(foreign(0) == 0);
  CHECK(foreign(0.3) == Approx(0.3).margin(0.05));  // s.e. of 2000 places: .010
}

TEST_CASE("days: no item is shown, recalled or tested before its birth") {
  Scenario scenario = with_days();
  scenario.days.explore = 0.3;
  const Seen seen = watch_days(scenario);
  const World world(scenario.world, 11);
  CHECK(world.num_unlisted(2) > 20);
  std::set<int> ages;
  for (const auto& [day, rows] : seen.logs) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      CHECK(world.listed(rows.item[row], day));
      ages.insert(world.age_on(rows.item[row], day));
    }
  }
  CHECK(ages.count(0) == 1);
}

TEST_CASE("days are the same bits on any number of threads, and names are known before") {
  Scenario scenario = with_days();
  for (auto& [name, spec] : scenario.models)
    if (name == "towers") {
      spec.fresh = true;
      spec.freshness.update = Update::online;
      spec.freshness.item_vectors_late_by = 12;
    }
  std::vector<std::string> first;
  for (const int threads : {1, 3}) {
    const ThreadLimit limit(threads);
    DaysRun run;
    watch_days(scenario, &run);
    std::vector<std::string> texts;
    for (const auto& [name, value] : run.metrics) texts.push_back(name + " " + std::to_string(value));
    if (first.empty()) first = texts;
    CHECK(texts == first);
    const std::vector<std::string> names = DayMetrics::names(scenario);
    REQUIRE(names.size() == run.metrics.size());
    for (std::size_t m = 0; m < names.size(); ++m) CHECK(names[m] == run.metrics[m].first);
  }
}

TEST_CASE("figures of the days hang together") {
  DaysRun run;
  const Scenario scenario = with_days();
  watch_days(scenario, &run);
  double sum = 0;
  for (const char* day : {"day1.value", "day2.value", "day3.value"}) sum += metric_of(run, day);
  CHECK(metric_of(run, "days.value") == Approx(sum / 3));
  CHECK(metric_of(run, "trend.value") == Approx(metric_of(run, "day3.value") - metric_of(run, "day1.value")));
  CHECK(metric_of(run, "shock.value") == metric_of(run, "day1.value"));  // day 2 is the first after the logs
  CHECK(metric_of(run, "shock_drop.value") ==
        Approx((metric_of(run, "day2.value") + metric_of(run, "day3.value")) / 2 - metric_of(run, "day1.value")));
  for (const std::string& slice : {std::string("age"), std::string("shown")}) {
    double shown = 0;
    double best = 0;
    for (const std::string& bucket : slice == "age" ? std::vector<std::string>{"0", "1", "3", "8"}
                                                    : std::vector<std::string>{"0", "1", "10", "100"}) {
      shown += metric_of(run, slice + bucket + ".share");
      best += metric_of(run, slice + bucket + ".oracle_share@10");
    }
    CHECK(shown == Approx(1));
    CHECK(best == Approx(1));
  }
  CHECK(metric_of(run, "day1.ctr") == Approx(metric_of(run, "day1.value") / 5));
  CHECK(metric_of(run, "day1.coverage") > 0);
}

TEST_CASE("days: models from scratch on a window, and in closed form, learn too") {
  Scenario scenario = with_freshness("{update: daily, from_scratch: true, window: 2}");
  DaysRun run;
  watch_days(scenario, &run);
  for (const auto& [name, facts] : run.models)
    // 2 days of logs; then log day 1 and day 2; then days 2 and 3.
    if (name == "towers") CHECK(facts[2].second == 2000 + 1300 + 600);
  CHECK(planned_days(scenario).trainings == 2 + 2 + 2);  // towers and linear: the logs, then two mornings each
  CHECK(planned_days(scenario).train_rows == (2000 + 1300 + 600) + (2000 + 600));
  CHECK(planned_days(with_freshness("{update: online}")).trainings == 1 + 3);
}
