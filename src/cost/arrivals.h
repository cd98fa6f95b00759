#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/fields.h"

namespace cascade {

enum class ArrivalKind { poisson, sinus, step, trace };

/// How requests come: a Poisson process whose rate stands still or repeats a pattern. Its mean is the load.
struct ArrivalsParams {
  ArrivalKind kind = ArrivalKind::poisson;
  double period_s = 10;
  double amplitude = 0.5;     ///< sinus: the rate swings between 1 - amplitude and 1 + amplitude of its mean
  double burst = 3;           ///< step: rate inside the burst over the rate outside it
  double burst_s = 1;         ///< step: the burst opens every period
  std::string file;           ///< trace: CSV file, see read_rates()
  double step_s = 1;          ///< trace: how long each of its rates lasts
  std::vector<double> rates;  ///< trace: what the file holds, once read
  void fields(config::FieldVisitor& v);
  /// What no single field's bounds can say: pairs of (field, what is wrong with it).
  std::vector<std::pair<std::string, std::string>> faults() const;
};

/// A rate that holds for so long.
struct RateStep {
  double seconds = 0;
  double rate = 0;
};
/// Repeats for ever; mean rate 1. Empty: a constant rate.
using RateProfile = std::vector<RateStep>;

/// REQUIRES no faults().
RateProfile rate_profile(const ArrivalsParams& arrivals);

/// The rates of a trace: CSV text of one column, headed `qps`, one rate a line. Throws InputError with the line that
/// is not a number of at least 0, or where there is none above 0; `name` stands for the file in its text.
std::vector<double> read_rates(const std::string& text, const std::string& name);

/// Times (us, ascending) of the first n requests of a Poisson process with rate `qps` x profile. Request i's gap is
/// drawn by its number, and time runs by the expected number of arrivals: another load or profile moves the same
/// points.
std::vector<double> arrival_times(const RateProfile& profile, double qps, std::size_t n, std::uint64_t seed);

}  // namespace cascade
