#include "engine/funnel_logs.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "engine/funnel_run.h"
#include "tests/engine/served.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// Three days, the first of them warm-up; a page of 3 of the 5 that the funnel keeps.
Scenario logging_scenario() {
  return tiny_scenario(
      {"logs={days: 3, requests_a_day: 80, page: 3, all_space_rows: 100, unexposed_a_request: 2, "
       "policy: {kind: funnel, warm_up_days: 1}}"});
}

/// Rows of one request.
struct LoggedRequest {
  Request request;
  std::map<Space, std::vector<std::size_t>> rows;
};

std::vector<LoggedRequest> requests_of_day(const LogTable& log, int day) {
  std::vector<LoggedRequest> requests;
  for (std::size_t row = 0; row < log.size(); ++row) {
    if (log.day[row] != day) continue;
    if (requests.empty() || requests.back().request.index != log.request[row])
      requests.push_back({{log.request[row], log.user[row], day, 0}, {}});
    requests.back().rows[log.space[row]].push_back(row);
  }
  return requests;
}

}  // namespace

TEST_CASE("a funnel's logs: warm-up by popularity, then pages of the funnel and candidates that were not shown") {
  const Scenario scenario = logging_scenario();
  Universe universe(scenario.world, 11);
  const Logs& logs = universe.logs(scenario, {});
  const LogTable& log = logs.train;

  const std::vector<LoggedRequest> warm_up = requests_of_day(log, 0);
  CHECK(warm_up.size() == 80);
  for (const LoggedRequest& one : warm_up) {
    CHECK(one.rows.size() == 1);
    CHECK(one.rows.at(Space::exposed).size() == 3);
  }

  // The funnel that logged the days after: trained on the warm-up, over the same world.
  Scenario trained_on = scenario;
  trained_on.logs.policy.kind = PolicyKind::popularity;
  trained_on.logs.days = 1;
  Served served(trained_on);
  const FunnelPlan plan = served.plan(trained_on);
  for (const int day : {1, 2}) {
    const std::vector<LoggedRequest> requests = requests_of_day(log, day);
    REQUIRE(requests.size() == 80);
    for (const LoggedRequest& one : requests) {
      BlockRun block(std::span(&one.request, 1));
      const CandidateList& recalled = block.stage(plan, 0).kept[0];
      const CandidateList& preranked = block.stage(plan, 1).kept[0];
      const CandidateList& page = block.stage(plan, 2).kept[0];
      const auto score_by = [&](std::size_t stage, ItemId item) {
        float score = 0;
        plan.stages[stage].fitted.scoring->logits(one.request, std::span(&item, 1), std::span(&score, 1));
        return score;
      };

      const auto& exposed = one.rows.at(Space::exposed);
      REQUIRE(exposed.size() == 3);
      std::set<ItemId> shown;
      for (std::size_t k = 0; k < 3; ++k) {
        CHECK(log.item[exposed[k]] == page.items[k]);
        CHECK(log.score[exposed[k]] == page.scores[k]);
        CHECK(log.position[exposed[k]] == k);
        shown.insert(page.items[k]);
      }
      // Reached the last stage and was not shown: also the two that it kept beyond the page may be drawn.
      std::set<ItemId> ranked;
      REQUIRE(one.rows.at(Space::ranked).size() == 2);
      for (const std::size_t row : one.rows.at(Space::ranked)) {
        const ItemId item = log.item[row];
        CHECK(std::count(preranked.items.begin(), preranked.items.end(), item) == 1);
        CHECK(shown.count(item) == 0);
        CHECK(ranked.insert(item).second);
        CHECK(log.score[row] == score_by(2, item));
      }
      REQUIRE(one.rows.at(Space::preranked).size() == 2);
      for (const std::size_t row : one.rows.at(Space::preranked)) {
        const ItemId item = log.item[row];
        CHECK(std::count(recalled.items.begin(), recalled.items.end(), item) == 1);
        CHECK(std::count(preranked.items.begin(), preranked.items.end(), item) == 0);
        CHECK(log.score[row] == score_by(1, item));
      }
      CHECK(one.rows.at(Space::random).size() == 2);
    }
  }
}

TEST_CASE("a funnel's logs: candidates beyond the page that the last stage kept were not shown either") {
  const Scenario scenario = logging_scenario();
  Universe universe(scenario.world, 11);
  const LogTable& log = universe.logs(scenario, {}).train;
  Scenario trained_on = scenario;
  trained_on.logs.policy.kind = PolicyKind::popularity;
  trained_on.logs.days = 1;
  Served served(trained_on);
  const FunnelPlan plan = served.plan(trained_on);
  std::size_t kept_not_shown = 0;
  for (const LoggedRequest& one : requests_of_day(log, 1)) {
    BlockRun block(std::span(&one.request, 1));
    const CandidateList& page = block.stage(plan, 2).kept[0];
    for (const std::size_t row : one.rows.at(Space::ranked))
      kept_not_shown += std::count(page.items.begin(), page.items.end(), log.item[row]);
  }
  // 2 of the 17 that came and were not shown, 80 requests, 2 draws each: about 19.
  CHECK(kept_not_shown > 5);
  CHECK(kept_not_shown < 40);
}

TEST_CASE("a funnel's logs: who was not shown something does not click it") {
  const Scenario scenario = logging_scenario();
  Universe universe(scenario.world, 11);
  const LogTable& log = universe.logs(scenario, {}).train;
  std::size_t clicks = 0;
  for (std::size_t row = 0; row < log.size(); ++row) {
    if (log.space[row] == Space::exposed) {
      clicks += log.click[row];
      continue;
    }
    CHECK(log.click[row] == 0);
    CHECK(log.convert[row] == 0);
    CHECK(log.dwell_s[row] == 0);
    CHECK(log.position[row] == 0);
    for (const auto& column : log.privileged) CHECK(column[row] == 0);
  }
  CHECK(clicks > 0);
}

TEST_CASE("a funnel's logs: the held-out day has exposed rows only") {
  const Scenario scenario = logging_scenario();
  Universe universe(scenario.world, 11);
  const Logs& logs = universe.logs(scenario, {});
  CHECK(logs.next_day.size() == 80 * 3);
  for (std::size_t row = 0; row < logs.next_day.size(); ++row) {
    CHECK(logs.next_day.space[row] == Space::exposed);
    CHECK(logs.next_day.day[row] == 3);
  }
  CHECK(logs.all_space.size() == 100);
}

TEST_CASE("a funnel's logs: two stages leave no PRC, and nothing unexposed where none is wanted") {
  const Scenario two =
      tiny_scenario({"logs={days: 2, requests_a_day: 20, page: 3, all_space_rows: 0, policy: {kind: "
                     "funnel}}",
                     "funnel=[{name: recall, kind: popular, keep: 30}, {name: ranking, kind: score, "
                     "model: linear, keep: 3}]"});
  Universe universe(two.world, 11);
  const LogTable& log = universe.logs(two, {}).train;
  std::map<Space, int> rows;
  for (const Space space : log.space) ++rows[space];
  CHECK(rows[Space::exposed] == 2 * 20 * 3);
  CHECK(rows[Space::ranked] == 20 * 4);
  CHECK(rows[Space::preranked] == 0);
  CHECK(rows[Space::random] == 20 * 4);

  Scenario none = two;
  none.logs.unexposed_a_request = 0;
  const LogTable& exposed_only = universe.logs(none, {}).train;
  CHECK(std::count(exposed_only.space.begin(), exposed_only.space.end(), Space::exposed) ==
        static_cast<std::ptrdiff_t>(exposed_only.size()));
}
