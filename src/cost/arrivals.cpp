#include "cost/arrivals.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "base/errors.h"
#include "base/rng.h"

namespace cascade {

namespace {

const std::vector<std::string> kArrivalNames = {"poisson", "sinus", "step", "trace"};

/// A sine wave in steps, by turning a vector: the same bits everywhere, unlike the C library's sin.
RateProfile sine_steps(double period_s, double amplitude) {
  constexpr int kSteps = 64;
  constexpr double kSin = 0.09801714032956060363;  // of a step, pi / 32
  constexpr double kCos = 0.99518472667219692873;
  double sine = 0.04906767432741801426;  // of half a step: the middle of the first
  double cosine = 0.99879545620517239271;
  RateProfile profile;
  for (int k = 0; k < kSteps; ++k) {
    profile.push_back({period_s / kSteps, std::max(0.0, 1 + amplitude * sine)});
    const double turned = sine * kCos + cosine * kSin;
    cosine = cosine * kCos - sine * kSin;
    sine = turned;
  }
  return profile;
}

}  // namespace

void ArrivalsParams::fields(config::FieldVisitor& v) {
  v.choose("kind", kind, kArrivalNames, "pattern of the rate; arrivals are a Poisson process with it");
  v.field("period_s", period_s, "sinus, step: seconds until the pattern repeats", config::above(0));
  v.field("amplitude", amplitude, "sinus: swing of the rate as a share of its mean", config::between(0, 1));
  v.field("burst", burst, "step: rate in the burst over the rate outside it", config::above(0));
  v.field("burst_s", burst_s, "step: length of the burst that opens every period", config::above(0));
  v.field("file", file,
          "trace: CSV file with one column `qps`, one rate a line, relative to the scenario; becomes `rates`");
  v.field("step_s", step_s, "trace: seconds that each rate lasts", config::above(0));
  v.field("rates", rates, "trace: the rates in turn, in any unit: only their pattern counts", config::at_least(0));
}

std::vector<std::pair<std::string, std::string>> ArrivalsParams::faults() const {
  std::vector<std::pair<std::string, std::string>> all;
  if (kind == ArrivalKind::step && burst_s >= period_s)
    all.emplace_back("burst_s", "the burst must be shorter than period_s");
  if (kind == ArrivalKind::trace && std::none_of(rates.begin(), rates.end(), [](double r) { return r > 0; }))
    all.emplace_back("rates", "a trace needs a file, or rates of which one is above 0");
  return all;
}

RateProfile rate_profile(const ArrivalsParams& arrivals) {
  RateProfile profile;
  switch (arrivals.kind) {
    case ArrivalKind::poisson:
      return {};
    case ArrivalKind::sinus:
      profile = sine_steps(arrivals.period_s, arrivals.amplitude);
      break;
    case ArrivalKind::step:
      profile = {{arrivals.burst_s, arrivals.burst}, {arrivals.period_s - arrivals.burst_s, 1}};
      break;
    case ArrivalKind::trace:
      for (const double rate : arrivals.rates) profile.push_back({arrivals.step_s, rate});
      break;
  }
  double seconds = 0;
  double requests = 0;
  for (const RateStep& step : profile) {
    seconds += step.seconds;
    requests += step.seconds * step.rate;
  }
  CASCADE_CHECK(requests > 0, "a pattern of arrivals without arrivals");
  for (RateStep& step : profile) step.rate *= seconds / requests;
  return profile;
}

std::vector<double> read_rates(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  std::string line;
  std::vector<double> rates;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto fault = [&](const std::string& what) {
      throw InputError(name + ":" + std::to_string(number) + ": " + what + ", got '" + line + "'");
    };
    if (number == 1) {
      if (line != "qps") fault("a trace opens with the name of its one column, qps");
      continue;
    }
    if (line.empty()) continue;
    double rate = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), rate);
    if (error != std::errc() || end != line.data() + line.size() || !(rate >= 0) || !std::isfinite(rate))
      fault("a rate is a number of at least 0");
    rates.push_back(rate);
  }
  if (std::none_of(rates.begin(), rates.end(), [](double r) { return r > 0; }))
    throw InputError(name + ": a trace needs a rate above 0");
  return rates;
}

std::vector<double> arrival_times(const RateProfile& profile, double qps, std::size_t n, std::uint64_t seed) {
  CASCADE_CHECK(qps > 0, "arrivals need a rate above 0");
  std::vector<double> times(n);
  const double rate_us = qps / 1e6;
  double expected = 0;    // arrivals up to now at rate 1
  double passed = 0;      // of them before the current step
  double step_opens = 0;  // us
  std::size_t current = 0;
  for (std::size_t i = 0; i < n; ++i) {
    expected += Rng(seed, Stream::request, i, 0).exponential();
    if (profile.empty()) {
      times[i] = expected / rate_us;
      continue;
    }
    while (true) {
      const RateStep& step = profile[current];
      const double inside = step.seconds * 1e6 * step.rate * rate_us;
      if (inside > 0 && expected <= passed + inside) {
        times[i] = step_opens + (expected - passed) / (step.rate * rate_us);
        break;
      }
      passed += inside;
      step_opens += step.seconds * 1e6;
      current = (current + 1) % profile.size();
    }
  }
  return times;
}

}  // namespace cascade
