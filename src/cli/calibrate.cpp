#include <algorithm>
#include <cmath>
#include <ctime>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cost/calibration.h"
#include "study/study.h"

namespace cascade::cli {

namespace {

/// CPU time of this thread: what other programs on the machine disturb least.
double thread_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

std::string rounded(double value) {
  std::ostringstream text;
  text << std::setprecision(3) << value;
  return text.str();
}

struct Rate {
  const char* key;
  double value;
  const Spread& spread;
  const char* of;
};

std::vector<Rate> rates_of(const Calibration& c) {
  return {{"gflops", c.profile.gflops, c.gflops, "products"},
          {"gbytes_per_s", c.profile.gbytes_per_s, c.gbytes_per_s, "scans"},
          {"gather_gbytes_per_s", c.profile.gather_gbytes_per_s, c.gather_gbytes_per_s, "rows of candidates"},
          {"candidate_ns", c.profile.candidate_ns, c.candidate_ns, "candidates"},
          {"fixed_us", c.profile.fixed_us, c.fixed_us, "a stage of one candidate, over rounds"}};
}

double worst_error(const Calibration& c) {
  double worst = 0;
  for (const CheckedShape& shape : c.held_out) worst = std::max(worst, std::abs(shape.error()));
  return worst;
}

std::string profile_text(const Calibration& c, const CalibrateOptions& options) {
  std::string text = "# Written by `cascade calibrate`: one core of this machine by CPU time, tables of " +
                     std::to_string(options.rows) + " rows, " + std::to_string(options.rounds) +
                     " rounds.\n# Predictions of " + std::to_string(c.held_out.size()) +
                     " stages in shapes that had no say in it are off by " + rounded(100 * worst_error(c)) +
                     " % at most.\nlabel: " + options.label + "\n";
  for (const Rate& rate : rates_of(c))
    text += std::string(rate.key) + ": " + rounded(rate.value) + "  # quartiles over " + rate.of + ": " +
            rounded(rate.spread.low) + " to " + rounded(rate.spread.high) + "\n";
  return text + "network_us: " + rounded(c.profile.network_us) + "  # not measured: put in your own\n";
}

}  // namespace

int calibrate(const CalibrateOptions& options, Console& console) {
  constexpr std::size_t kLeastRows = 10'000;
  const double needed = 1e-9 * static_cast<double>(sizeof(float) * options.rows) * (kMostDim + 4 * 32.0);
  if (needed > 1e-9 * available_memory())
    throw RefusedError("the tables need about " + rounded(needed) + " GB of memory: lower --rows");
  if (options.rows < kLeastRows) throw InputError("--rows: must be at least 10000, or everything fits into a cache");
  if (!options.out.empty()) {
    const AtomicFile probe(options.out);  // a file that cannot be written is said before the measurements
  }
  const ReferenceTable table(options.rows, kMostDim);
  std::vector<StageShape> shapes = calibration_shapes(options.rows);
  const std::size_t num_calibration = shapes.size();
  for (const StageShape& shape : held_out_shapes(options.rows)) shapes.push_back(shape);
  const std::vector<TimedShape> timed = time_shapes(shapes, table, options.rounds, [] {
    throw_if_interrupted();
    return thread_us();
  });
  Calibration c = fit_profile(std::span(timed).first(num_calibration));
  c.held_out = check_profile(c.profile, std::span(timed).subspan(num_calibration));
  std::ostream& out = console.out;
  out << profile_text(c, options)
      << "\nheld out                                       measured us  predicted us  error\n";
  for (const CheckedShape& shape : c.held_out)
    out << std::left << std::setw(45) << shape.shape.text() << std::right << std::setw(13) << rounded(shape.measured_us)
        << std::setw(14) << rounded(shape.predicted_us) << std::setw(6) << std::showpos
        << static_cast<int>(std::lround(100 * shape.error())) << std::noshowpos << " %\n";
  if (options.out.empty()) return kDone;
  write_file_atomically(options.out, profile_text(c, options));
  console.err << "written to " << options.out.string() << "\n";
  return kDone;
}

}  // namespace cascade::cli
