#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/stats.h"
#include "engine/progress.h"
#include "study/study.h"

namespace cascade {

/// One funnel that was tried.
struct TriedFunnel {
  struct Stage {
    std::string name;
    std::string setting;  ///< "cold · cold": kind and models
    int keep = 0;
  };
  std::vector<Stage> stages;
  double flops = 0;        ///< mean a request
  double compute_us = 0;   ///< mean a request
  double latency_us = 0;   ///< mean a request
  double cost = 0;         ///< the one of these that the front is drawn over
  double choosing = kNaN;  ///< mean objective over the requests that choose; NaN: no finalist
  double judged = kNaN;    ///< over those that judge; NaN: no finalist
  double all = 0;          ///< over evaluate.requests: what a run of this funnel reports
  bool on_front = false;   ///< no cheaper finalist is as good, by the requests that choose
  bool allowed = false;    ///< within the limits that need no load
};

/// A funnel of the result with what the held-out requests say of it.
struct JudgedFunnel {
  std::size_t funnel = 0;  ///< number in `tried`
  Estimate judged;
  Estimate gap;  ///< by how much the chosen funnel is better than this one, paired request by request
};

/// What one step more of a stage's quota buys.
struct QuotaStep {
  std::string stage;
  bool known = false;  ///< false: there is no next quota, or the stage before passes no more
  int from = 0;
  int to = 0;
  Estimate gain;  ///< of the objective, paired
  double cost = 0;
  Estimate gain_a_unit;  ///< gain over cost
};

/// A member of the front under load.
struct LoadedFunnel {
  std::size_t funnel = 0;
  double p99_ms = 0;
  double usable_qps = 0;
  bool passes = false;
};

struct OptimizeResult {
  std::string scenario;
  std::string question;
  std::uint64_t seed = 0;
  std::string build;
  int replicates = 0;
  int requests = 0;
  std::string objective;
  bool less_is_better = false;
  std::string cost;  ///< name of the cost of the front
  bool exhaustive = false;
  double possible = 0;  ///< funnels that could be made
  int rounds = 0;       ///< of the search; 0 where it is exhaustive
  std::size_t finalists = 0;
  std::size_t final_requests = 0;  ///< 0: no finals, every funnel tried counts as a finalist
  std::vector<std::pair<std::string, double>> limits;
  std::vector<TriedFunnel> tried;
  std::vector<JudgedFunnel> front;  ///< by rising cost
  JudgedFunnel chosen;
  double chosen_by = 0;  ///< its objective on the requests that chose it
  double optimism = 0;   ///< what choosing and judging by the same requests would add, see docs/guide/optimize.md
  std::vector<JudgedFunnel> neighbours;  ///< one step or setting away and within the limits
  bool within_noise = false;             ///< some neighbour cannot be told from the chosen one
  bool has_cheaper = false;
  JudgedFunnel cheaper;          ///< the cheapest finalist that cannot be told from the chosen one
  std::vector<QuotaStep> steps;  ///< [stages whose quota may be chosen]
  std::vector<std::pair<double, JudgedFunnel>> budgets;  ///< levels of cost that some funnel keeps, with the best
  int random_funnels = 0;                                ///< drawn and within the limits
  JudgedFunnel random;  ///< the best of them by the requests that choose; none where random_funnels is 0
  std::vector<LoadedFunnel> loaded;
  std::string optimum;  ///< the chosen funnel's scenario file
};

/// Searches the funnels of the `optimize:` part. REQUIRES study.file.optimized. Finals says which requests choose and
/// which judge. Throws InputError where no funnel keeps the limits, RefusedError where it would not
/// fit into memory. The result does not depend on the number of threads.
OptimizeResult optimize(const Study& study, const RunProgress& progress = {});

/// Bytes that it needs at most, roughly.
double optimize_memory(const Study& study);

}  // namespace cascade
