#include "cost/budget_controller.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace cascade;

namespace {

/// Costs of windows with these requests where each costs what it is given.
std::vector<double> costs_of(BudgetController controller, const std::vector<double>& requests) {
  std::vector<double> costs;
  for (const double n : requests) {
    costs.push_back(n * controller.budget());
    controller.observe(n, costs.back());
  }
  return costs;
}

ControlParams params_of(ControlKind kind, double kp, double ki, double kd = 0) {
  ControlParams params;
  params.kind = kind;
  params.kp = kp;
  params.ki = ki;
  params.kd = kd;
  return params;
}

}  // namespace

TEST_CASE("overshoot, by hand") {
  CHECK(overshoot(std::vector<double>{100, 300, 50, 150}, 100) == Approx((200.0 + 50.0) / 400));
  CHECK(overshoot({}, 100) == 0);
}

TEST_CASE("a fixed budget spends a burst in full") {
  const auto costs = costs_of({params_of(ControlKind::fixed, 0, 0.5), 100, 1, 0.1, 10, 0}, {100, 300, 300});
  CHECK(costs == std::vector<double>{100, 300, 300});
}

TEST_CASE("an integral controller halves the logarithm of a burst's excess every window, by hand") {
  const auto costs =
      costs_of({params_of(ControlKind::pid, 0, 0.5), 100, 1, 0.01, 100, 0}, {100, 100, 300, 300, 300, 300, 300, 300});
  CHECK(costs[1] == Approx(100));
  double excess = std::log(3.0);
  for (std::size_t w = 2; w < costs.size(); ++w, excess /= 2) CHECK(costs[w] == Approx(100 * std::exp(excess)));
  CHECK(costs.back() < 104);  // five windows into the burst
}

TEST_CASE("three terms of a controller, by hand") {
  // Errors 0, -ln 3 and then e2: b' = b exp(0.2 (e - e1) + 0.5 e + 0.1 (e - 2 e1 + e2)).
  const auto costs = costs_of({params_of(ControlKind::pid, 0.2, 0.5, 0.1), 100, 1, 0.01, 100, 0}, {100, 300, 300, 300});
  const double first = -std::log(3.0);
  const double budget = std::exp(0.2 * first + 0.5 * first + 0.1 * first);
  CHECK(costs[2] == Approx(300 * budget));
  const double second = std::log(1 / (3 * budget));
  CHECK(costs[3] ==
        Approx(300 * budget * std::exp(0.2 * (second - first) + 0.5 * second + 0.1 * (second - 2 * first))));
}

TEST_CASE("a bound budget does not wind up") {
  // A burst that even the lowest budget cannot serve, ten windows long; then two windows are enough.
  std::vector<double> requests(12, 1000);
  requests.resize(20, 100);
  const auto costs = costs_of({params_of(ControlKind::pid, 0, 0.8), 100, 1, 0.5, 2, 0}, requests);
  for (std::size_t w = 2; w < 12; ++w) CHECK(costs[w] == 500);
  CHECK(costs[12] == 50);
  CHECK(costs[14] > 90);
  CHECK(costs[14] < 100);
}

TEST_CASE("a window without requests moves the budget to a bound, not beyond") {
  const auto costs = costs_of({params_of(ControlKind::pid, 0, 1), 100, 1, 0.5, 2, 0}, {100, 0, 0, 100, 100});
  CHECK(costs[3] == 200);
  CHECK(costs[4] == Approx(100));
}

TEST_CASE("a forecast knows a burst that comes every period, by hand") {
  const std::vector<double> period = {100, 100, 100, 300};
  std::vector<double> requests;
  for (int k = 0; k < 4; ++k) requests.insert(requests.end(), period.begin(), period.end());
  const auto costs = costs_of({params_of(ControlKind::forecast, 0, 0.5), 150, 1, 0.01, 10, 4}, requests);
  CHECK(costs[3] == Approx(450));  // the first burst: 1.5 for each of 300
  for (std::size_t w = 4; w < costs.size(); ++w) CHECK(costs[w] == Approx(150));
  // Without a period it is one window late, each time.
  const auto late = costs_of({params_of(ControlKind::forecast, 0, 0.5), 150, 1, 0.01, 10, 0}, requests);
  CHECK(late[7] == Approx(450));
  CHECK(late[8] == Approx(50));
}

TEST_CASE("a forecast learns what a budget really costs") {
  BudgetController controller(params_of(ControlKind::forecast, 0, 0.5), 100, 1, 0.01, 100, 0);
  double cost = 0;
  for (int w = 0; w < 20; ++w) {
    cost = 0.8 * 100 * controller.budget();  // a fifth less than was meant
    controller.observe(100, cost);
  }
  CHECK(cost == Approx(100).epsilon(1e-3));
}
