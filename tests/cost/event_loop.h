#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <queue>
#include <utility>
#include <vector>

#include "cost/queueing.h"

namespace cascade::testing {

/// The same network, simulated the long way: a clock that jumps from event to event, with workers and queues as they
/// stand at each moment. Slow; shares nothing with the library but the draws.
class EventLoop {
 public:
  struct Fate {
    double rt_us = std::numeric_limits<double>::infinity();  ///< infinite: dropped
    std::uint32_t degraded = 0;
  };

  EventLoop(const QueueNetwork& network, const Load& load, std::uint64_t seed)
      : network_(network), seed_(seed), came_(arrival_times(load.profile, load.qps, load.requests, seed)) {
    for (const QueueStage& stage : network_) pools_.emplace_back(stage.service_us.size(), Pool{stage.workers, {}});
    fates_.resize(load.requests);
    visits_.assign(load.requests, std::vector<Visit>(network_.size()));
  }

  std::vector<Fate> run() {
    for (std::size_t i = 0; i < came_.size(); ++i) push({came_[i], Kind::comes, i, 0, 0});
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      handle(event);
    }
    return fates_;
  }

 private:
  enum class Kind { finishes, times_out, comes };
  struct Event {
    double time;
    Kind kind;
    std::size_t request;
    std::size_t stage;
    std::size_t pool;
    bool operator<(const Event& o) const {  // the priority queue has the largest on top
      if (time != o.time) return time > o.time;
      if (kind != o.kind) return kind > o.kind;
      return request > o.request;
    }
  };
  struct Pool {
    int idle;
    std::deque<std::size_t> waiting;
  };
  struct Visit {
    std::size_t missing = 0;  ///< pools that have not answered
    bool over = false;
  };

  void push(const Event& event) { events_.push(event); }

  void handle(const Event& e) {
    switch (e.kind) {
      case Kind::comes:
        return comes(e);
      case Kind::finishes:
        return finishes(e);
      case Kind::times_out:
        return times_out(e);
    }
  }

  void comes(const Event& e) {
    if (e.stage == network_.size()) {
      fates_[e.request].rt_us = e.time - came_[e.request];
      return;
    }
    const QueueStage& stage = network_[e.stage];
    std::vector<Pool>& pools = pools_[e.stage];
    for (const Pool& pool : pools)
      if (stage.queue > 0 && pool.idle == 0 && pool.waiting.size() >= stage.queue) return;
    Visit& visit = visits_[e.request][e.stage];
    visit.missing = pools.size();
    if (stage.timeout_us > 0) push({e.time + stage.timeout_us, Kind::times_out, e.request, e.stage, 0});
    for (std::size_t p = 0; p < pools.size(); ++p) {
      if (pools[p].idle > 0)
        begin(e.request, e.stage, p, e.time);
      else
        pools[p].waiting.push_back(e.request);
    }
  }

  void begin(std::size_t request, std::size_t stage, std::size_t pool, double now) {
    --pools_[stage][pool].idle;
    push({now + service_time(network_, stage, pool, request, seed_), Kind::finishes, request, stage, pool});
  }

  void finishes(const Event& e) {
    Pool& pool = pools_[e.stage][e.pool];
    ++pool.idle;
    if (!pool.waiting.empty()) {
      const std::size_t next = pool.waiting.front();
      pool.waiting.pop_front();
      begin(next, e.stage, e.pool, e.time);
    }
    Visit& visit = visits_[e.request][e.stage];
    if (visit.over || --visit.missing > 0) return;
    const double answered = e.time + network_[e.stage].network_us;
    const double timeout = network_[e.stage].timeout_us;
    if (timeout > 0 && answered > stage_came(e) + timeout) return;  // the answer is under way when time is out
    visit.over = true;
    push({answered, Kind::comes, e.request, e.stage + 1, 0});
    left_[{e.request, e.stage + 1}] = answered;
  }

  void times_out(const Event& e) {
    Visit& visit = visits_[e.request][e.stage];
    if (visit.over) return;
    visit.over = true;
    for (Pool& pool : pools_[e.stage]) std::erase(pool.waiting, e.request);
    if (e.stage == 0) return;
    fates_[e.request].degraded |= 1U << e.stage;
    push({e.time, Kind::comes, e.request, e.stage + 1, 0});
    left_[{e.request, e.stage + 1}] = e.time;
  }

  double stage_came(const Event& e) const { return e.stage == 0 ? came_[e.request] : left_.at({e.request, e.stage}); }

  const QueueNetwork& network_;
  std::uint64_t seed_;
  std::vector<double> came_;
  std::priority_queue<Event> events_;
  std::vector<std::vector<Pool>> pools_;
  std::vector<Fate> fates_;
  std::vector<std::vector<Visit>> visits_;
  std::map<std::pair<std::size_t, std::size_t>, double> left_;
};

}  // namespace cascade::testing
