#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "cost/arrivals.h"

namespace cascade {

enum class Dispersion { constant, exponential, lognormal };

/// One stage of a funnel as a service. A request that comes goes to every pool at once (channels of a recall, shards
/// of the candidates) and leaves when the last has answered.
struct QueueStage {
  int workers = 1;        ///< of each pool
  std::size_t queue = 0;  ///< requests that may wait in a pool, one more is dropped; 0: any number
  double timeout_us = 0;  ///< after it came; 0: none
  double network_us = 0;  ///< way there and back: waiting of the request, no work
  Dispersion dispersion = Dispersion::constant;
  double cv = 0.5;  ///< lognormal: standard deviation of a service time over its mean
  /// [pools][rows] mean service time; request i is row i mod rows. A pool has no part in a request for which its time
  /// is 0.
  std::vector<std::vector<double>> service_us;
};

/// Stages one after another. The order of requests in each queue is the order in which they come, ties by number.
///
/// A time-out of the first stage drops the request. At a later stage there is something to fall back on, the order of
/// the stage before: the request goes on without this stage's answer (it is degraded). What a pool has not begun by
/// then is never begun; what it has begun is finished, in vain.
using QueueNetwork = std::vector<QueueStage>;

/// What is asked of a network.
struct Load {
  RateProfile profile;
  double qps = 0;
  std::size_t requests = 0;
  std::size_t warm_up = 0;  ///< the first so many find the network emptier than it will be, and are not measured
};

/// What became of each request.
struct LoadRun {
  std::size_t warm_up = 0;
  std::vector<double> rt_us;            ///< [requests]; infinite: dropped
  std::vector<std::uint32_t> degraded;  ///< [requests] bit j: stage j timed out
  std::vector<std::vector<double>>
      stage_rt;                     ///< [stages][requests] time in the stage; NaN: never came, or dropped there
  std::vector<double> wait_us;      ///< [stages] mean time in queue of what was begun, over pools
  std::vector<double> utilisation;  ///< [stages] busy share of all workers from the first measured arrival to
                                    ///< the last
  std::vector<double> dropped;      ///< [stages] share of the measured requests
  std::vector<double> timed_out;    ///< [stages] share of the measured requests, degraded or dropped by it

  /// Share of the measured requests that were not served by every stage within `limit_us`: late, degraded or dropped.
  double failing(double limit_us) const;
  double dropped_share() const;
  double degraded_share() const;  ///< answered, but not by every stage
};

inline constexpr double kMostRequests = 2e6;         ///< of a load_of()
inline constexpr std::size_t kMostQueueStages = 32;  ///< of a network

/// Simulates the network under a load. Queues are first come first served and nothing flows back, so that a stage's
/// times follow from its arrivals alone and stages are worked off one after another: start = max(arrival, first free
/// worker) (Kiefer and Wolfowitz 1955). Draws of a request are named by its number, the stage and the pool: the same
/// seed gives the same times whatever the load, the workers and the limits.
LoadRun simulate_load(const QueueNetwork& network, const Load& load, std::uint64_t seed);

/// The time that a worker takes for a request.
double service_time(const QueueNetwork& network, std::size_t stage, std::size_t pool, std::size_t request,
                    std::uint64_t seed);

/// Percentiles (nearest rank) of the finite values; NaN where there are none. `shares` ascend.
std::vector<double> percentiles(std::span<const double> values, std::span<const double> shares);

/// Requests a second at which the busiest pool has no rest. Infinite for a network without work.
double capacity_qps(const QueueNetwork& network);

/// How usable_qps() looks for it.
struct UsableLoad {
  RateProfile profile;
  double limit_us = 0;
  double seconds = 1;     ///< of a run, see load_of()
  double allowed = 0.01;  ///< share that may fail
};

/// The highest load (requests a second) of which at most the allowed share fails (LoadRun::failing), by bisection to
/// half a per cent with the same draws at every load. 0 where an empty network is too slow already; at most twice the
/// capacity; NaN for a network without work.
double usable_qps(const QueueNetwork& network, const UsableLoad& search, std::uint64_t seed);

/// A load of so many seconds, but at least 10,000 requests and at most kMostRequests; the first tenth is to warm up.
Load load_of(const RateProfile& profile, double qps, double seconds);

}  // namespace cascade
