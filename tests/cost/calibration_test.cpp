#include "cost/calibration.h"

#include <catch2/catch.hpp>

using namespace cascade;

namespace {

using Kind = StageShape::Kind;

/// Times that a machine of exactly this profile would show.
std::vector<TimedShape> times_of(const std::vector<StageShape>& shapes, const HardwareParams& profile) {
  std::vector<TimedShape> timed;
  for (const StageShape& shape : shapes) {
    const double us = predicted_us(shape, profile);
    timed.push_back({shape, {us, us, us}});
  }
  return timed;
}

}  // namespace

TEST_CASE("the median and the quartiles, by hand") {
  const Spread odd = spread_of({5, 1, 3, 2, 4});
  CHECK(odd.median == 3);
  CHECK(odd.low == 2);
  CHECK(odd.high == 4);
  const Spread two = spread_of({2, 1});
  CHECK(two.median == 1.5);
  CHECK(two.low == 1.25);
  CHECK(spread_of({7}).high == 7);
}

TEST_CASE("the work of shapes, by hand") {
  // 10 candidates of 4 floats through 4-3-1: 2 x 10 x 15 FLOPs, 160 bytes of rows, 60 of weights.
  const StageWork network = work_of({Kind::stage, 10, 4, {3, 1}, 2});
  CHECK(network.all.items == 10);
  CHECK(network.all.flops == 300);
  CHECK(network.all.bytes == 220);
  CHECK(network.gathered.items == 10);
  CHECK(network.gathered.bytes == 160);
  // An inner product: the request's own vector in the place of weights.
  const StageWork product = work_of({Kind::stage, 10, 4, {}, 2});
  CHECK(product.all.flops == 80);
  CHECK(product.all.bytes == 176);
  const StageWork scan = work_of({Kind::scan, 100, 4, {}, 2});
  CHECK(scan.all.flops == 800);
  CHECK(scan.all.bytes == 1616);
  CHECK(scan.gathered.bytes == 0);
  const StageWork rows_there = work_of({Kind::product, 10, 4, {3}, 1});
  CHECK(rows_there.all.flops == 240);
  CHECK(rows_there.all.bytes == 48);
  CHECK((StageShape{Kind::stage, 10, 4, {3, 1}, 2}.text()) == "10 by network 4-3-1");
}

TEST_CASE("a machine that is what the model says is found as it is") {
  HardwareParams machine;
  machine.gflops = 180;
  machine.gbytes_per_s = 16;
  machine.gather_gbytes_per_s = 4;
  machine.candidate_ns = 45;
  machine.fixed_us = 0;
  const Calibration found = fit_profile(times_of(calibration_shapes(1'000'000), machine));
  CHECK(found.profile.gflops == Approx(180));
  CHECK(found.profile.gbytes_per_s == Approx(16));
  // A stage of one candidate stands for the fixed part, and is a little dearer than nothing; the arithmetic of inner
  // products goes to the gathers.
  CHECK(found.profile.gather_gbytes_per_s == Approx(4).epsilon(0.02));
  CHECK(found.profile.candidate_ns == Approx(45).epsilon(0.02));
  CHECK(found.profile.fixed_us < 0.1);
  CHECK(found.gflops.low <= found.gflops.high);
  for (const CheckedShape& shape : check_profile(found.profile, times_of(held_out_shapes(1'000'000), machine))) {
    INFO(shape.shape.text());
    CHECK(std::abs(shape.error()) < 0.02);
  }
}

TEST_CASE("shapes are timed in turns, each for a few requests a reading") {
  const ReferenceTable table(2000, kMostDim);
  const std::vector<StageShape> shapes = {{Kind::scan, 2000, 16, {}, 5},
                                          {Kind::product, 20, 16, {8}, 1},
                                          {Kind::stage, 50, 12, {}, 5},
                                          {Kind::stage, 50, 12, {16, 1}, 5}};
  double now = 0;
  const auto timed = time_shapes(shapes, table, 3, [&] { return now += 1000; });  // a millisecond between readings
  REQUIRE(timed.size() == 4);
  // The first reading takes one request for 1000 us, so two of them make up for the 2000 us between readings.
  for (const TimedShape& t : timed) CHECK(t.us.median == 500);
}

TEST_CASE("no shape that a profile is tried on had a say in it") {
  for (const StageShape& tried : held_out_shapes(1'000'000))
    for (const StageShape& shape : calibration_shapes(1'000'000)) CHECK(tried.text() != shape.text());
}
