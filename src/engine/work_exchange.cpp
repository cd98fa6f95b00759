#include "engine/work_exchange.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "base/parallel.h"

namespace cascade {

namespace {

constexpr std::chrono::milliseconds kPause(2);  ///< between two questions for a piece that another is at

/// One call of share_out().
class Round {
 public:
  Round(WorkExchange& exchange, std::span<const WorkPiece> pieces, Want want, const RunProgress& progress)
      : exchange_(exchange), pieces_(pieces), want_(want), progress_(progress), left_(pieces.size()) {
    states_.resize(pieces.size());
  }

  void run() {
    const std::size_t threads = std::min(pieces_.size(), static_cast<std::size_t>(num_threads()));
    for_each_task(threads, [&](std::size_t) {
      try {
        work();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        throw;
      }
    });
  }

 private:
  enum class At { open, here, elsewhere, done };
  struct State {
    At at = At::open;
    std::size_t asked = 0;
  };

  void work() {
    for (;;) {
      std::size_t k = pieces_.size();
      bool asked_before = false;
      {
        const std::lock_guard lock(mutex_);
        if (stop_ || left_ == 0) return;
        k = choose();
        if (k < pieces_.size()) {
          asked_before = states_[k].at == At::elsewhere;
          states_[k].at = At::here;
          ++states_[k].asked;
        }
      }
      if (k == pieces_.size() || asked_before) {
        std::this_thread::sleep_for(kPause);
        tell();
      }
      if (k < pieces_.size()) end(k, try_piece(pieces_[k]));
    }
  }

  /// The first that can be begun, else the one elsewhere that was asked for least; none: pieces_.size().
  std::size_t choose() const {
    std::size_t waits = pieces_.size();
    for (std::size_t k = 0; k < pieces_.size(); ++k) {
      const auto here = [&](std::size_t other) { return states_[other].at == At::done; };
      if (!std::all_of(pieces_[k].after.begin(), pieces_[k].after.end(), here)) continue;
      if (states_[k].at == At::open) return k;
      if (states_[k].at == At::elsewhere && (waits == pieces_.size() || states_[k].asked < states_[waits].asked))
        waits = k;
    }
    return waits;
  }

  /// Whether it is done.
  bool try_piece(const WorkPiece& piece) {
    if (piece.name.empty()) {
      piece.make();
      return true;
    }
    std::string bytes;
    switch (exchange_.ask(piece.name, want_, bytes)) {
      case WorkExchange::Answer::over:
        throw WorkIsOver();
      case WorkExchange::Answer::elsewhere:
        return want_ == Want::nothing;
      case WorkExchange::Answer::done:
        if (want_ != Want::nothing) piece.accept(bytes);
        return true;
      case WorkExchange::Answer::yours:
        break;
    }
    try {
      piece.make();
      exchange_.keep(piece.name, want_ == Want::last ? std::string() : piece.bytes());
    } catch (...) {
      exchange_.give_up(piece.name);
      throw;
    }
    return true;
  }

  void end(std::size_t k, bool done) {
    const std::lock_guard lock(mutex_);
    states_[k].at = done ? At::done : At::elsewhere;
    if (done) --left_;
  }

  void tell() {
    if (!progress_) return;
    double done = 0;
    {
      const std::lock_guard lock(mutex_);
      done = static_cast<double>(pieces_.size() - left_) / static_cast<double>(pieces_.size());
    }
    progress_("waiting for others", done);
  }

  WorkExchange& exchange_;
  std::span<const WorkPiece> pieces_;
  Want want_;
  const RunProgress& progress_;
  std::mutex mutex_;
  std::vector<State> states_;  ///< [pieces]
  std::size_t left_;           ///< pieces that are not done
  bool stop_ = false;
};

}  // namespace

void share_out(WorkExchange& exchange, std::span<const WorkPiece> pieces, Want want, const RunProgress& progress) {
  Round(exchange, pieces, want, progress).run();
}

WorkBoard::Answer WorkBoard::ask(std::size_t scope, const std::string& piece, Want want, std::string& bytes) {
  const std::lock_guard lock(mutex_);
  Pieces& pieces = scopes_[scope];
  if (pieces.closed) return Answer::over;
  const auto [at, is_new] = pieces.by_name.try_emplace(piece);
  if (is_new) return Answer::yours;
  if (!at->second.done) return Answer::elsewhere;
  if (want == Want::copy) bytes = at->second.bytes;
  if (want == Want::last) bytes = std::exchange(at->second.bytes, {});
  return Answer::done;
}

void WorkBoard::keep(std::size_t scope, const std::string& piece, std::string bytes) {
  const std::lock_guard lock(mutex_);
  Pieces& pieces = scopes_[scope];
  if (pieces.closed) return;
  ++num_kept_;
  Kept& kept = pieces.by_name[piece];
  kept.done = true;
  kept.bytes = std::move(bytes);
}

void WorkBoard::give_up(std::size_t scope, const std::string& piece) {
  const std::lock_guard lock(mutex_);
  scopes_[scope].by_name.erase(piece);
}

void WorkBoard::close(std::size_t scope) {
  const std::lock_guard lock(mutex_);
  scopes_[scope].closed = true;
  scopes_[scope].by_name.clear();
}

std::size_t WorkBoard::num_kept() const {
  const std::lock_guard lock(mutex_);
  return num_kept_;
}

std::size_t WorkBoard::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [scope, pieces] : scopes_)
    for (const auto& [name, kept] : pieces.by_name) sum += kept.bytes.size();
  return sum;
}

}  // namespace cascade
