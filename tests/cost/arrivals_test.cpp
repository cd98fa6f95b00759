#include "cost/arrivals.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/errors.h"

using namespace cascade;

namespace {

/// Requests whose time within the period lies in [from, to), over their expected number.
double count_over_expected(const RateProfile& profile, double period_s, double from, double to, double expected_share) {
  constexpr std::size_t kRequests = 200000;
  const std::vector<double> times = arrival_times(profile, 1000, kRequests, 3);
  const double whole = std::floor(times.back() / 1e6 / period_s) * period_s * 1e6;  // full periods only
  double all = 0;
  double within = 0;
  for (const double t : times) {
    if (t >= whole) break;
    const double at = std::fmod(t / 1e6, period_s);
    ++all;
    if (at >= from && at < to) ++within;
  }
  return within / all / expected_share;
}

}  // namespace

TEST_CASE("a steady load has its rate, and gaps whose spread is their mean") {
  constexpr std::size_t kRequests = 100000;
  const std::vector<double> times = arrival_times({}, 500, kRequests, 2);
  CHECK(times.back() / 1e6 / kRequests == Approx(1.0 / 500).epsilon(4 / std::sqrt(kRequests)));
  double squares = 0;
  for (std::size_t i = 1; i < kRequests; ++i) {
    REQUIRE(times[i] >= times[i - 1]);
    squares += (times[i] - times[i - 1]) * (times[i] - times[i - 1]);
  }
  CHECK(squares / kRequests / (2000.0 * 2000.0) == Approx(2).epsilon(0.05));
}

TEST_CASE("another load moves the same points") {
  const std::vector<double> slow = arrival_times({}, 100, 50, 7);
  const std::vector<double> fast = arrival_times({}, 400, 50, 7);
  for (std::size_t i = 0; i < 50; ++i) CHECK(slow[i] == Approx(4 * fast[i]));
}

TEST_CASE("a pattern brings requests where its rate is high, and the load on the whole") {
  ArrivalsParams step;
  step.kind = ArrivalKind::step;
  step.period_s = 4;
  step.burst_s = 1;
  step.burst = 5;  // 5 : 1 over 1 s : 3 s, so 5 of 8 requests come in the burst
  CHECK(count_over_expected(rate_profile(step), 4, 0, 1, 5.0 / 8) == Approx(1).epsilon(0.02));

  ArrivalsParams sinus;
  sinus.kind = ArrivalKind::sinus;
  sinus.period_s = 2;
  sinus.amplitude = 0.8;
  // The share of the first half: (1 + 2 A / pi) / 2.
  CHECK(count_over_expected(rate_profile(sinus), 2, 0, 1, (1 + 1.6 / 3.14159265) / 2) == Approx(1).epsilon(0.02));

  ArrivalsParams trace;
  trace.kind = ArrivalKind::trace;
  trace.step_s = 0.5;
  trace.rates = {0, 30, 10, 0};
  CHECK(count_over_expected(rate_profile(trace), 2, 0.5, 1, 0.75) == Approx(1).epsilon(0.02));
  CHECK(count_over_expected(rate_profile(trace), 2, 1.5, 2, 1) == 0);

  for (const ArrivalsParams& arrivals : {step, sinus, trace}) {
    double seconds = 0;
    double requests = 0;
    for (const RateStep& s : rate_profile(arrivals)) {
      seconds += s.seconds;
      requests += s.seconds * s.rate;
    }
    CHECK(requests / seconds == Approx(1));
    CHECK(arrivals.faults().empty());
  }
  CHECK(rate_profile({}).empty());
}

TEST_CASE("patterns that cannot be are faults") {
  ArrivalsParams step;
  step.kind = ArrivalKind::step;
  step.burst_s = step.period_s;
  REQUIRE(step.faults().size() == 1);
  CHECK(step.faults()[0].first == "burst_s");
  ArrivalsParams trace;
  trace.kind = ArrivalKind::trace;
  trace.rates = {0, 0};
  REQUIRE(trace.faults().size() == 1);
  CHECK(trace.faults()[0].second == "a trace needs a file, or rates of which one is above 0");
}

TEST_CASE("a trace is one column of rates") {
  CHECK(read_rates("qps\n1\n2.5\n0\n", "t.csv") == std::vector<double>{1, 2.5, 0});
  CHECK(read_rates("qps\r\n1e3\r\n\r\n", "t.csv") == std::vector<double>{1000});
  CHECK_THROWS_WITH(read_rates("1\n2\n", "t.csv"),
                    "t.csv:1: a trace opens with the name of its one column, qps, got '1'");
  CHECK_THROWS_WITH(read_rates("qps\n1\n-2\n", "t.csv"), "t.csv:3: a rate is a number of at least 0, got '-2'");
  CHECK_THROWS_WITH(read_rates("qps\nnan\n", "t.csv"), "t.csv:2: a rate is a number of at least 0, got 'nan'");
  CHECK_THROWS_WITH(read_rates("qps\n0\n", "t.csv"), "t.csv: a trace needs a rate above 0");
  CHECK_THROWS_AS(read_rates("", "t.csv"), InputError);
}
