#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "study/funnel_trials.h"
#include "study/study.h"

namespace cascade {

/// Which requests choose among the funnels that a search tried, and which judge the choice.
///
/// Without finals the search goes by the requests of even number; these choose and the others judge. With finals the
/// search goes by all of its requests; the finalists then serve further ones, those of even number choose together with
/// the search's, and the others judge. No request that judges has chosen anything.
class Finals {
 public:
  /// Keeps references to all of them. `search` holds the funnels tried, by whose numbers they are called here.
  Finals(const Study& study, const FunnelSpace& space, FittedWorlds& worlds, const FunnelTrials& search);

  bool held() const { return trials_.num_requests() > 0; }
  std::size_t num_requests() const { return trials_.num_requests(); }  ///< 0: not held
  std::size_t num_finalists() const { return trials_.all().size(); }

  /// Lets these funnels serve the requests of the finals, where they have not; nothing where no finals are held.
  void run(std::span<const std::size_t> funnels);
  /// Whether it is a finalist; everyone is where no finals are held.
  bool has(std::size_t t) const { return !held() || final_of(t) != FunnelTrials::kNone; }

  /// Mean objective over the requests that the search goes by; larger is better.
  double searched(std::size_t t) const;
  /// Objective of the requests that choose or judge, replicate by replicate. REQUIRES has(t).
  std::vector<double> choosing(std::size_t t) const;
  std::vector<double> judging(std::size_t t) const;
  std::size_t num_judging() const;  ///< a replicate

 private:
  std::size_t final_of(std::size_t t) const { return trials_.find(search_[t].point); }

  const FunnelTrials& search_;
  FunnelTrials trials_;
};

}  // namespace cascade
