#pragma once
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/environment.h"
#include "engine/progress.h"
#include "engine/replay.h"
#include "study/funnel_space.h"

namespace cascade {

/// A funnel tried: what every request got, and what it cost in the mean.
struct Trial {
  FunnelPoint point;
  std::vector<double> objective;  ///< [replicates * requests], larger is better
  double flops = 0;
  double compute_us = 0;
  double latency_us = 0;
};

/// Worlds, models and fitted stages of every replicate, and the funnels tried on them by replay.
class FunnelTrials {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  /// Keeps references to `study`, `space` and `progress`. Where worlds are kept, run() may be called again at no more
  /// than the replay; else each call makes them anew, one at a time.
  FunnelTrials(const Study& study, const FunnelSpace& space, bool keep_worlds, const RunProgress& progress);

  std::size_t num_requests() const { return static_cast<std::size_t>(base_.evaluate.requests); }
  std::size_t num_replicates() const { return worlds_.size(); }
  const std::vector<Trial>& all() const { return trials_; }
  const Trial& operator[](std::size_t t) const { return trials_[t]; }
  /// Number of the trial of a funnel; kNone: not tried.
  std::size_t find(const FunnelPoint& point) const;

  /// Tries those that were not tried yet.
  void run(std::span<const FunnelPoint> points);

 private:
  struct FittedWorld {
    std::unique_ptr<Universe> universe;
    std::vector<Request> requests;
    std::vector<std::vector<FittedStage>> stages;  ///< [stages][settings]
  };

  RunProgress progress_of(std::size_t k) const;
  std::unique_ptr<FittedWorld> make_world(std::size_t k) const;
  void replay(std::size_t k, std::span<const std::size_t> fresh);
  double objective(const Replay& replay, std::size_t f, const ReplayBlock& block, std::size_t r) const;

  const OptimizeParams& params_;
  const FunnelSpace& space_;
  const Scenario& base_;
  bool keep_worlds_;
  const RunProgress& progress_;
  std::size_t truth_ = kNone;  ///< place in truth_at of a joint recall that is the objective
  std::vector<std::unique_ptr<FittedWorld>> worlds_;
  std::vector<Trial> trials_;
  std::map<FunnelPoint, std::size_t> number_;
};

}  // namespace cascade
