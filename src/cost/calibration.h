#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cost/hardware.h"
#include "cost/reference_stage.h"

namespace cascade {

/// A quantity measured again and again.
struct Spread {
  double median = 0;
  double low = 0;  ///< quartiles
  double high = 0;
};
/// REQUIRES one value or more.
Spread spread_of(std::vector<double> values);

/// A shape with its time, in microseconds a request.
struct TimedShape {
  StageShape shape;
  Spread us;
};

/// What one profile says of a shape, beside what was measured.
struct CheckedShape {
  StageShape shape;
  double measured_us = 0;
  double predicted_us = 0;
  double error() const { return predicted_us / measured_us - 1; }
};

/// A hardware profile from measurements, with the quartiles of each rate over shapes and rounds.
struct Calibration {
  HardwareParams profile;
  Spread gflops;
  Spread gbytes_per_s;
  Spread gather_gbytes_per_s;
  Spread candidate_ns;
  Spread fixed_us;
  std::vector<CheckedShape> held_out;  ///< none of these shapes had a say in the profile
};

/// Shapes from which a profile is made, and others on which it is tried. They stand in proportion to a table of
/// `rows` rows of at most kMostDim floats.
std::vector<StageShape> calibration_shapes(std::size_t rows);
std::vector<StageShape> held_out_shapes(std::size_t rows);
inline constexpr std::size_t kMostDim = 64;

/// Times shapes: in each round every one of them for a few requests, so that whatever disturbs the machine disturbs
/// all alike. `clock_us` reads a clock of the caller's. Both lists in one, calibration first.
std::vector<TimedShape> time_shapes(std::span<const StageShape> shapes, const ReferenceTable& table, int rounds,
                                    const std::function<double()>& clock_us);

/// Fits a profile to timed calibration shapes: gflops to products, gbytes_per_s to scans, what gathers and candidates
/// cost to stages of inner products, fixed_us to a stage of one candidate. network_us, which one machine alone cannot
/// tell, stays as it is by default.
Calibration fit_profile(std::span<const TimedShape> timed);
/// Compares what the profile says with what was measured.
std::vector<CheckedShape> check_profile(const HardwareParams& profile, std::span<const TimedShape> timed);
/// Busy time of a shape by a profile.
double predicted_us(const StageShape& shape, const HardwareParams& profile);

}  // namespace cascade
