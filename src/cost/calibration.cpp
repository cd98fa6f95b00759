#include "cost/calibration.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"

namespace cascade {

namespace {

constexpr double kTargetUs = 2000;  ///< of requests between two readings of the clock: far above its own cost

/// Rates by round of the shapes of one kind: {median over rounds of each}.
Spread spread_over(std::span<const TimedShape> timed, StageShape::Kind kind,
                   const std::function<double(const TimedShape&)>& rate) {
  std::vector<double> rates;
  for (const TimedShape& t : timed)
    if (t.shape.kind == kind) rates.push_back(rate(t));
  return spread_of(rates);
}

bool is_single(const TimedShape& t) { return t.shape.kind == StageShape::Kind::stage && t.shape.candidates == 1; }

}  // namespace

Spread spread_of(std::vector<double> values) {
  CASCADE_CHECK(!values.empty(), "nothing was measured");
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return {at(0.5), at(0.25), at(0.75)};
}

std::vector<StageShape> calibration_shapes(std::size_t rows) {
  using Kind = StageShape::Kind;
  std::vector<StageShape> shapes = {{Kind::stage, 1, 16, {}, 1},
                                    {Kind::scan, rows * 3 / 10, 32, {}, 500},
                                    {Kind::scan, rows / 2, 64, {}, 500},
                                    {Kind::scan, rows, 16, {}, 500}};
  for (const std::size_t n : {100, 1000})
    for (const auto& [dim, width] :
         {std::pair<std::size_t, std::size_t>{64, 32}, {128, 64}, {200, 128}, {320, 200}, {512, 256}})
      shapes.push_back({Kind::product, n, dim, {width}, 1});
  for (const std::size_t n : {300, 1000, 4000})
    for (const std::size_t dim : {16, 28, 44, 64}) shapes.push_back({Kind::stage, n, dim, {}, n / 10});
  return shapes;
}

std::vector<StageShape> held_out_shapes(std::size_t rows) {
  using Kind = StageShape::Kind;
  return {{Kind::scan, rows * 4 / 10, 48, {}, 1000},
          {Kind::scan, rows * 7 / 10, 24, {}, 300},
          {Kind::scan, rows * 9 / 10, 40, {}, 2000},
          {Kind::stage, 200, 24, {}, 20},
          {Kind::stage, 700, 48, {}, 100},
          {Kind::stage, 1500, 20, {}, 200},
          {Kind::stage, 6000, 40, {}, 300},
          {Kind::stage, 60, 56, {96, 48, 1}, 10},
          {Kind::stage, 250, 64, {160, 64, 32, 1}, 10},
          {Kind::stage, 500, 32, {256, 128, 64, 1}, 50},
          {Kind::stage, 800, 60, {300, 150, 50, 1}, 100},
          {Kind::stage, 2000, 64, {64, 32, 1}, 200},
          {Kind::stage, 1200, 48, {400, 256, 128, 1}, 100}};
}

std::vector<TimedShape> time_shapes(std::span<const StageShape> shapes, const ReferenceTable& table, int rounds,
                                    const std::function<double()>& clock_us) {
  std::vector<std::unique_ptr<ReferenceStage>> stages;
  std::vector<std::uint64_t> repeats;
  for (const StageShape& shape : shapes) {
    stages.push_back(std::make_unique<ReferenceStage>(shape, table));
    stages.back()->run(0);
    const double start = clock_us();
    stages.back()->run(1);
    repeats.push_back(static_cast<std::uint64_t>(std::clamp(kTargetUs / (clock_us() - start), 1.0, 1e5)));
  }
  std::vector<std::vector<double>> times(shapes.size());
  std::uint64_t request = 2;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      const double start = clock_us();
      for (std::uint64_t k = 0; k < repeats[s]; ++k) stages[s]->run(request++);
      times[s].push_back((clock_us() - start) / static_cast<double>(repeats[s]));
    }
  }
  std::vector<TimedShape> timed;
  for (std::size_t s = 0; s < shapes.size(); ++s) timed.push_back({shapes[s], spread_of(times[s])});
  return timed;
}

Calibration fit_profile(std::span<const TimedShape> timed) {
  using Kind = StageShape::Kind;
  constexpr double kPerUs = 1e3;  // 1e9 a second are 1e3 a microsecond
  Calibration result;
  result.gflops = spread_over(timed, Kind::product,
                              [](const TimedShape& t) { return work_of(t.shape).all.flops / t.us.median / kPerUs; });
  result.gbytes_per_s = spread_over(
      timed, Kind::scan, [](const TimedShape& t) { return work_of(t.shape).all.bytes / t.us.median / kPerUs; });
  for (const TimedShape& t : timed)
    if (is_single(t)) result.fixed_us = t.us;
  // Nanoseconds a candidate = candidate_ns + bytes / rate, with the least sum of squared relative errors.
  double w = 0;
  double wx = 0;
  double wxx = 0;
  double wy = 0;
  double wxy = 0;
  std::vector<std::pair<double, double>> points;  // bytes, ns
  for (const TimedShape& t : timed) {
    if (t.shape.kind != Kind::stage || is_single(t)) continue;
    const Work gathered = work_of(t.shape).gathered;
    const double x = gathered.bytes / gathered.items;
    const double y = (t.us.median - result.fixed_us.median) * kPerUs / gathered.items;
    const double weight = 1 / (y * y);
    points.emplace_back(x, y);
    w += weight;
    wx += weight * x;
    wxx += weight * x * x;
    wy += weight * y;
    wxy += weight * x * y;
  }
  CASCADE_CHECK(points.size() > 1, "a line needs two points");
  constexpr double kLeastNsAByte = 1e-4;
  const double slope = std::max(kLeastNsAByte, (w * wxy - wx * wy) / (w * wxx - wx * wx));
  const double start = std::max(0.0, (wy - slope * wx) / w);
  std::vector<double> rates;
  std::vector<double> starts;
  for (const auto& [x, y] : points) {
    starts.push_back(y - slope * x);
    if (y > start) rates.push_back(x / (y - start));
  }
  result.candidate_ns = spread_of(starts);
  result.candidate_ns.median = start;
  result.gather_gbytes_per_s = spread_of(rates);
  result.gather_gbytes_per_s.median = 1 / slope;
  HardwareParams& profile = result.profile;
  profile.label = "calibrated";
  profile.gflops = result.gflops.median;
  profile.gbytes_per_s = result.gbytes_per_s.median;
  profile.gather_gbytes_per_s = result.gather_gbytes_per_s.median;
  profile.candidate_ns = result.candidate_ns.median;
  profile.fixed_us = result.fixed_us.median;
  return result;
}

double predicted_us(const StageShape& shape, const HardwareParams& profile) {
  const StageWork work = work_of(shape);
  return price(work.all, profile, work.gathered).compute_us;
}

std::vector<CheckedShape> check_profile(const HardwareParams& profile, std::span<const TimedShape> timed) {
  std::vector<CheckedShape> checked;
  for (const TimedShape& t : timed) checked.push_back({t.shape, t.us.median, predicted_us(t.shape, profile)});
  return checked;
}

}  // namespace cascade
