#include "cost/queueing.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/real.h"
#include "base/rng.h"
#include "base/stats.h"

namespace cascade {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::uint32_t kMostPools = 1024;

/// Draws service times of one pool.
class ServiceTimes {
 public:
  ServiceTimes(const QueueNetwork& network, std::size_t stage, std::size_t pool, std::uint64_t seed)
      : mean_us_(network[stage].service_us[pool]),
        dispersion_(network[stage].dispersion),
        seed_(seed),
        name_(1 + static_cast<std::uint32_t>(stage) * kMostPools + static_cast<std::uint32_t>(pool)) {
    const double cv = network[stage].cv;
    log_variance_ = exact_log1p(cv * cv);
    log_sd_ = std::sqrt(log_variance_);
  }

  double mean(std::size_t request) const { return mean_us_[mean_us_.size() == 1 ? 0 : request % mean_us_.size()]; }

  double of(std::size_t request) const {
    const double mean_us = mean(request);
    if (dispersion_ == Dispersion::constant || mean_us == 0) return mean_us;
    Rng rng(seed_, Stream::request, request, name_);
    if (dispersion_ == Dispersion::exponential) return mean_us * rng.exponential();
    return mean_us * exact_exp(log_sd_ * rng.normal() - log_variance_ / 2);
  }

 private:
  const std::vector<double>& mean_us_;
  Dispersion dispersion_;
  std::uint64_t seed_;
  std::uint32_t name_;
  double log_variance_ = 0;
  double log_sd_ = 0;
};

/// Workers with one queue before them.
class Pool {
 public:
  Pool(const ServiceTimes& times, int workers, std::size_t limit)
      : times_(times), free_(static_cast<std::size_t>(workers), 0.0), limit_(limit) {}

  /// Whether the request has anything to do here.
  bool works(std::size_t request) const { return times_.mean(request) > 0; }

  /// When a request that comes now would be begun.
  double start(double now) const { return std::max(now, free_[0]); }

  bool full(double now) {
    if (limit_ == 0 || free_[0] <= now) return false;
    // Those in the queue leave it in the order in which they came, whether they are begun or give up.
    while (first_ < leaves_.size() && leaves_[first_] <= now) ++first_;
    return leaves_.size() - first_ >= limit_;
  }

  /// Takes a request in and returns when it is done: never, if it cannot be begun before its deadline.
  double serve(std::size_t request, double now, double deadline) {
    const double begins = start(now);
    if (limit_ > 0) leaves_.push_back(std::min(begins, deadline));
    if (begins >= deadline) return kNever;
    const double ends = begins + times_.of(request);
    free_until(ends);
    return ends;
  }

 private:
  /// The worker that was free first is busy until then: the top of a binary heap sinks.
  void free_until(double until) {
    std::size_t at = 0;
    while (true) {
      std::size_t child = 2 * at + 1;
      if (child >= free_.size()) break;
      if (child + 1 < free_.size() && free_[child + 1] < free_[child]) ++child;
      if (free_[child] >= until) break;
      free_[at] = free_[child];
      at = child;
    }
    free_[at] = until;
  }

  ServiceTimes times_;
  std::vector<double> free_;  ///< heap: when each worker is free, the first on top
  std::size_t limit_;
  std::vector<double> leaves_;  ///< when each request taken in leaves the queue, ascending
  std::size_t first_ = 0;       ///< of them, the first that may still be there
};

/// A request on its way.
struct Passing {
  double time = 0;
  std::size_t request = 0;
  bool operator<(const Passing& o) const { return time < o.time || (time == o.time && request < o.request); }
};

/// One stage, from the requests that come to those that go on.
class StageSimulation {
 public:
  StageSimulation(const QueueNetwork& network, std::size_t stage, const Load& load, std::uint64_t seed, LoadRun& run,
                  double opens, double closes)
      : stage_(network[stage]), number_(stage), load_(load), run_(run), opens_(opens), closes_(closes) {
    CASCADE_CHECK(stage_.workers > 0, "a stage needs a worker");
    CASCADE_CHECK(!stage_.service_us.empty() && stage_.service_us.size() < kMostPools, "pools of a stage");
    for (std::size_t p = 0; p < stage_.service_us.size(); ++p) {
      CASCADE_CHECK(!stage_.service_us[p].empty(), "a pool needs service times");
      pools_.emplace_back(ServiceTimes(network, stage, p, seed), stage_.workers, stage_.queue);
    }
  }

  /// Replaces the arrivals by the departures, in their order.
  void work_off(std::vector<Passing>& passing) {
    std::size_t left = 0;
    for (const Passing& one : passing) {
      const double leaves = pass(one);
      if (leaves != kNever) passing[left++] = {leaves, one.request};
    }
    passing.resize(left);
    if (!std::is_sorted(passing.begin(), passing.end())) std::sort(passing.begin(), passing.end());
    const auto measured = static_cast<double>(load_.requests - load_.warm_up);
    run_.wait_us.push_back(begun_ > 0 ? waited_ / static_cast<double>(begun_) : 0);
    const double workers = static_cast<double>(stage_.workers) * static_cast<double>(pools_.size());
    run_.utilisation.push_back(closes_ > opens_ ? busy_ / (workers * (closes_ - opens_)) : 0);
    run_.dropped.push_back(static_cast<double>(dropped_) / measured);
    run_.timed_out.push_back(static_cast<double>(timed_out_) / measured);
  }

 private:
  double pass(const Passing& one) {
    const std::size_t i = one.request;
    const double now = one.time;
    const bool measured = i >= load_.warm_up;
    bool works = false;
    bool full = false;
    for (Pool& pool : pools_) {
      if (!pool.works(i)) continue;
      works = true;
      full = full || pool.full(now);
    }
    if (!works) {
      run_.stage_rt[number_][i] = 0;
      return now;
    }
    if (full) return drop(i, measured);
    const double deadline = stage_.timeout_us > 0 ? now + stage_.timeout_us : kNever;
    double ends = now;
    for (Pool& pool : pools_) {
      if (!pool.works(i)) continue;
      const double begins = pool.start(now);
      const double done = pool.serve(i, now, deadline);
      ends = std::max(ends, done);
      if (done == kNever) continue;
      busy_ += std::max(0.0, std::min(done, closes_) - std::max(begins, opens_));
      if (measured) {
        waited_ += begins - now;
        ++begun_;
      }
    }
    double leaves = ends + stage_.network_us;
    if (leaves > deadline) {
      if (measured) ++timed_out_;
      if (number_ == 0) return drop(i, measured);
      run_.degraded[i] |= std::uint32_t{1} << number_;
      leaves = deadline;
    }
    run_.stage_rt[number_][i] = leaves - now;
    return leaves;
  }

  double drop(std::size_t i, bool measured) {
    run_.rt_us[i] = kNever;
    if (measured) ++dropped_;
    return kNever;
  }

  const QueueStage& stage_;
  std::size_t number_;
  const Load& load_;
  LoadRun& run_;
  double opens_;  ///< us: when measuring begins and ends
  double closes_;
  std::vector<Pool> pools_;
  double waited_ = 0;
  std::size_t begun_ = 0;
  double busy_ = 0;
  std::size_t dropped_ = 0;
  std::size_t timed_out_ = 0;
};

/// Share of the measured requests that `counts`.
template <class Counts>
double measured_share(const LoadRun& run, const Counts& counts) {
  std::size_t n = 0;
  for (std::size_t i = run.warm_up; i < run.rt_us.size(); ++i) n += counts(i) ? 1U : 0U;
  return static_cast<double>(n) / static_cast<double>(run.rt_us.size() - run.warm_up);
}

}  // namespace

double LoadRun::failing(double limit_us) const {
  return measured_share(*this, [&](std::size_t i) { return !(rt_us[i] <= limit_us) || degraded[i] != 0; });
}

double LoadRun::dropped_share() const {
  return measured_share(*this, [&](std::size_t i) { return rt_us[i] == kNever; });
}

double LoadRun::degraded_share() const {
  return measured_share(*this, [&](std::size_t i) { return rt_us[i] != kNever && degraded[i] != 0; });
}

LoadRun simulate_load(const QueueNetwork& network, const Load& load, std::uint64_t seed) {
  CASCADE_CHECK(load.requests > load.warm_up, "a load needs requests to measure");
  CASCADE_CHECK(network.size() <= kMostQueueStages, "a network has too many stages");
  LoadRun run;
  run.warm_up = load.warm_up;
  run.rt_us.assign(load.requests, 0);
  run.degraded.assign(load.requests, 0);
  run.stage_rt.assign(network.size(), std::vector<double>(load.requests, kNaN));
  const std::vector<double> came = arrival_times(load.profile, load.qps, load.requests, seed);
  std::vector<Passing> passing(load.requests);
  for (std::size_t i = 0; i < load.requests; ++i) passing[i] = {came[i], i};
  for (std::size_t j = 0; j < network.size(); ++j)
    StageSimulation(network, j, load, seed, run, came[load.warm_up], came.back()).work_off(passing);
  for (const Passing& one : passing) run.rt_us[one.request] = one.time - came[one.request];
  return run;
}

double service_time(const QueueNetwork& network, std::size_t stage, std::size_t pool, std::size_t request,
                    std::uint64_t seed) {
  return ServiceTimes(network, stage, pool, seed).of(request);
}

std::vector<double> percentiles(std::span<const double> values, std::span<const double> shares) {
  std::vector<double> finite;
  finite.reserve(values.size());
  for (const double value : values)
    if (std::isfinite(value)) finite.push_back(value);
  std::vector<double> found;
  auto from = finite.begin();
  for (const double share : shares) {
    if (finite.empty()) {
      found.push_back(kNaN);
      continue;
    }
    const auto n = static_cast<double>(finite.size());
    const double rank = std::clamp(std::ceil(share * n), 1.0, n);
    const auto at = finite.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
    std::nth_element(from, at, finite.end());
    found.push_back(*at);
    from = at;
  }
  return found;
}

double capacity_qps(const QueueNetwork& network) {
  double least = kNever;
  for (const QueueStage& stage : network) {
    for (const std::vector<double>& service : stage.service_us) {
      double sum = 0;
      for (const double us : service) sum += us;
      if (sum > 0) least = std::min(least, stage.workers * 1e6 * static_cast<double>(service.size()) / sum);
    }
  }
  return least;
}

Load load_of(const RateProfile& profile, double qps, double seconds) {
  Load load;
  load.profile = profile;
  load.qps = qps;
  load.requests = static_cast<std::size_t>(std::clamp(qps * seconds, 1e4, kMostRequests));
  load.warm_up = load.requests / 10;
  return load;
}

double usable_qps(const QueueNetwork& network, const UsableLoad& search, std::uint64_t seed) {
  const double capacity = capacity_qps(network);
  if (capacity == kNever) return kNaN;
  const auto fails = [&](double qps) {
    return simulate_load(network, load_of(search.profile, qps, search.seconds), seed).failing(search.limit_us) >
           search.allowed;
  };
  constexpr double kPrecision = 1.005;
  double good = capacity / 4096;
  double bad = 2 * capacity;
  if (fails(good)) return 0;
  if (!fails(bad)) return bad;
  while (bad > kPrecision * good) {
    const double middle = std::sqrt(good * bad);
    (fails(middle) ? bad : good) = middle;
  }
  return good;
}

}  // namespace cascade
