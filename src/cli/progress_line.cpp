#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <mutex>
#include <ostream>

#include "cli/commands.h"

namespace cascade::cli {

struct ProgressLine::State {
  std::mutex mutex;
  std::ostream* err = nullptr;  ///< null: silent
  bool unicode = true;
  std::chrono::steady_clock::time_point last;
  std::string phase;
  bool shown = false;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double done = 0;  ///< share of the planned work
  std::chrono::steady_clock::time_point done_at;

  /// "  about 3 min left": what is not done takes as long, for its share, as what is. Empty before anything is.
  std::string remaining() const {
    if (done <= 0 || done >= 1) return "";
    const std::chrono::duration<double> took = done_at - start;
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - done_at;
    return "  about " + duration_text(took.count() * (1 - done) / done - since.count()) + " left";
  }
};

std::string duration_text(double seconds) {
  const auto s = static_cast<std::int64_t>(std::max(1.0, std::round(seconds)));
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  if (s < 2 * kMinute) return std::to_string(s) + " s";
  if (s < 2 * kHour) return std::to_string((s + kMinute / 2) / kMinute) + " min";
  return std::to_string((s + kHour / 2) / kHour) + " h";
}

ProgressLine::ProgressLine(Console& console, bool quiet) : state_(std::make_shared<State>()) {
  state_->unicode = console.style.unicode;
  if (!quiet && console.err_is_terminal) state_->err = &console.err;
}

ProgressLine::~ProgressLine() {
  const std::lock_guard lock(state_->mutex);
  if (state_->err != nullptr && state_->shown) *state_->err << "\r\x1b[K" << std::flush;
  state_->err = nullptr;
}

RunProgress ProgressLine::callback() {
  return [state = state_](const std::string& phase, double share) {
    throw_if_interrupted();
    const std::lock_guard lock(state->mutex);
    if (state->err == nullptr) return;
    const auto now = std::chrono::steady_clock::now();
    constexpr auto kBetween = std::chrono::milliseconds(100);
    if (state->shown && phase == state->phase && now - state->last < kBetween) return;
    constexpr int kWidth = 24;
    const int full = static_cast<int>(share * kWidth + 0.5);
    std::string bar;
    for (int k = 0; k < kWidth; ++k) bar += k < full ? (state->unicode ? "█" : "#") : (state->unicode ? "·" : ".");
    *state->err << "\r\x1b[K" << bar << ' ' << static_cast<int>(share * 100) << " %  " << phase << state->remaining()
                << std::flush;
    state->last = now;
    state->phase = phase;
    state->shown = true;
  };
}

std::function<void(double)> ProgressLine::finished() {
  if (state_->err == nullptr) return {};  // nobody looks: no plan is made for it
  return [state = state_](double share) {
    const std::lock_guard lock(state->mutex);
    state->done = share;
    state->done_at = std::chrono::steady_clock::now();
  };
}

}  // namespace cascade::cli
