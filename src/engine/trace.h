#pragma once
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/scenario.h"

namespace cascade {

/// One item of the oracle's list that a stage did not pass on.
struct Loss {
  ItemId item = 0;
  std::size_t oracle_rank = 0;  ///< from 1
  std::size_t rank = 0;         ///< by this stage's scores among its candidates, from 1; 0: not scored
  double true_value = 0;
};

struct TracedItem {
  ItemId item = 0;
  double score = 0;
  double true_value = 0;
  std::size_t oracle_rank = 0;  ///< from 1; 0: not in the oracle's list
};

struct TracedStage {
  std::string name;
  std::string kind;
  std::size_t in = 0;
  std::size_t out = 0;
  std::size_t cut = 0;
  std::vector<TracedItem> best;  ///< the first of what it kept
  std::vector<Loss> lost;        ///< oracle items that died here
};

/// One request walked through a funnel.
struct Trace {
  std::uint64_t request = 0;
  UserId user = 0;
  std::size_t history_clicks = 0;
  std::vector<TracedItem> oracle;  ///< the catalogue's best by true value
  std::vector<TracedStage> stages;
  double page_value = 0;
  double oracle_page_value = 0;
};

/// Serves request number `request` of the first replicate (seed as run_replicate gets it) through the scenario's
/// funnel.
Trace trace_request(const Scenario& scenario, std::uint64_t seed, std::uint64_t request, const RunProgress& progress);

}  // namespace cascade
