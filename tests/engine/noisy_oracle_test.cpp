#include <catch2/catch.hpp>

#include "base/stats.h"
#include "metrics/theory.h"
#include "tests/engine/rows.h"
#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

/// A world whose truth is an independent normal draw a user and item, and a funnel of one noisy oracle.
Scenario gaussian_scenario(int items, const std::string& correlation, int keep, int k) {
  return tiny_scenario(
      {"world={users: 5000, items: " + std::to_string(items) +
           ", categories: 1, shops: 1, segments: 1, dim: 1, liked_categories: 0, liked_shops: 0, activity_sd: 0, "
           "history_clicks: 1, content_codes: 0, truth: {quality: 0, latent: 0, category: 0, shop: 0, price: 0, "
           "cross: 0, user_bias_sd: 0, whim: 1}}",
       "models={}", "logs.all_space_rows=0", "logs.requests_a_day=10",
       "funnel=[{name: stage, kind: noisy_oracle, correlation: " + correlation + ", keep: " + std::to_string(keep) +
           "}]",
       "evaluate={requests: 1000, truth_at: [" + std::to_string(k) + "], arm_requests: 0, alignment_requests: 0}"});
}

void check_against_theory(int items, const std::string& correlation, int keep, int k) {
  const PointRun point = run_one(gaussian_scenario(items, correlation, keep, k));
  const auto recall = column(point, "joint_recall@" + std::to_string(k));
  const double expected = noisy_oracle_recall(items, k, keep, std::stod(correlation));
  INFO("N " << items << ", k " << k << ", m " << keep << ", rho " << correlation << ": " << mean(recall) << " against "
            << expected);
  CHECK(std::abs(mean(recall) - expected) < 4 * standard_error(recall));
}

}  // namespace

TEST_CASE("noisy oracles land on theory, within four standard errors") {
  check_against_theory(200, "0.9", 10, 1);
  check_against_theory(200, "0.7", 20, 5);
  check_against_theory(300, "0.8", 10, 10);
}

TEST_CASE("a noisy oracle of correlation 1 is the oracle") {
  const PointRun point = run_one(gaussian_scenario(100, "1", 5, 5));
  for (const double recall : column(point, "joint_recall@5")) CHECK(recall == 1);
}
