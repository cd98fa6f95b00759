#include <chrono>
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
};

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
    *state->err << "\r\x1b[K" << bar << ' ' << static_cast<int>(share * 100) << " %  " << phase << std::flush;
    state->last = now;
    state->phase = phase;
    state->shown = true;
  };
}

}  // namespace cascade::cli
