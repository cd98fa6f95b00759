#pragma once
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
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

/// Worlds, models and fitted stages of every replicate.
class FittedWorlds {
 public:
  struct Fitted {
    std::unique_ptr<Universe> universe;
    std::vector<std::vector<FittedStage>> stages;  ///< [stages][settings]
  };

  /// Keeps references to `study`, `space` and `progress`. Where worlds are not kept, each use makes them anew, one at a
  /// time.
  FittedWorlds(const Study& study, const FunnelSpace& space, bool keep, const RunProgress& progress);

  std::size_t size() const { return worlds_.size(); }
  /// Calls use(k, world, progress) for every replicate k, in order.
  void use(const std::function<void(std::size_t, const Fitted&, const RunProgress&)>& use);

 private:
  RunProgress progress_of(std::size_t k) const;
  std::unique_ptr<Fitted> make(std::size_t k) const;

  const FunnelSpace& space_;
  const Scenario& base_;
  bool keep_;
  const RunProgress& progress_;
  std::vector<std::unique_ptr<Fitted>> worlds_;
};

/// The funnels tried by replay on some of the requests of every world.
class FunnelTrials {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  /// Keeps references to `study`, `space` and `worlds`. The requests are `count` of the evaluation's, from the one with
  /// number `first` on; `name` is what progress calls the replay.
  FunnelTrials(const Study& study, const FunnelSpace& space, FittedWorlds& worlds, std::string name, std::size_t first,
               std::size_t count);

  std::size_t num_requests() const { return count_; }
  std::size_t num_replicates() const { return worlds_.size(); }
  const std::vector<Trial>& all() const { return trials_; }
  const Trial& operator[](std::size_t t) const { return trials_[t]; }
  /// Number of the trial of a funnel; kNone: not tried.
  std::size_t find(const FunnelPoint& point) const;

  /// Tries those that were not tried yet.
  void run(std::span<const FunnelPoint> points);

 private:
  void replay(std::size_t k, const FittedWorlds::Fitted& world, std::span<const std::size_t> fresh,
              const RunProgress& progress);
  double objective(const Replay& replay, std::size_t f, const ReplayBlock& block, std::size_t r) const;

  const OptimizeParams& params_;
  const FunnelSpace& space_;
  const Scenario& base_;
  FittedWorlds& worlds_;
  std::string name_;
  std::size_t first_;
  std::size_t count_;
  std::size_t truth_ = kNone;  ///< place in truth_at of a joint recall that is the objective
  std::vector<Trial> trials_;
  std::map<FunnelPoint, std::size_t> number_;
};

}  // namespace cascade
