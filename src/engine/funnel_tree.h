#pragma once
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "engine/funnel_run.h"

namespace cascade {

/// Funnels over one world as a tree, in which funnels that begin alike share the stages with which they begin.
class FunnelTree {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  /// A stage after those of its parents.
  struct Node {
    PlannedStage planned;
    BudgetParams budget;  ///< of the whole request
    std::size_t parent = kNone;
    std::size_t leaf = kNone;  ///< number among the ends of funnels
  };
  struct Funnel {
    std::vector<std::size_t> nodes;     ///< [stages]
    std::vector<std::size_t> hardware;  ///< [stages] numbers in hardware()
    std::size_t leaf = 0;
  };

  /// Adds the funnel of a scenario, whose stages are fitted; its number is the count of those before.
  std::size_t add(const Scenario& scenario, std::span<const FittedStage> fitted);

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Funnel>& funnels() const { return funnels_; }
  const HardwareParams& hardware(std::size_t number) const { return hardware_[number]; }
  std::size_t num_leaves() const { return num_leaves_; }
  std::size_t longest_page() const { return longest_page_; }

 private:
  FunnelPlanner planner_;
  std::vector<Node> nodes_;
  std::vector<Funnel> funnels_;
  std::vector<HardwareParams> hardware_;
  std::map<int, std::size_t> node_of_prefix_;
  std::size_t num_leaves_ = 0;
  std::size_t longest_page_ = 0;
};

}  // namespace cascade
