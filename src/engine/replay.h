#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix.h"
#include "base/top_k.h"
#include "engine/funnel_tree.h"

namespace cascade {

/// What came of a block of requests in every funnel of a tree.
struct ReplayBlock {
  Matrix<double> value;                         ///< [requests, leaves] true value of the page
  Matrix<std::uint32_t> hits;                   ///< [requests, leaves * truth_at] of the oracle's top k on the page
  Matrix<std::uint32_t> scored;                 ///< [requests, nodes] candidates that the stage looked at
  Matrix<std::uint32_t> out;                    ///< [requests, nodes] candidates that it passed on
  std::vector<std::vector<ScoredItem>> oracle;  ///< [requests] the catalogue's best by true value
};

/// Serves blocks of requests through all funnels of a tree at once. Recall runs once, under the widest quota (where a
/// narrower list is no beginning of the wider one, once a quota); a scorer scores a candidate once; every funnel is
/// then a replay of cuts. The page of a last stage that scores grows with the quota before it, candidate by candidate,
/// so that a funnel more costs a few tens of nanoseconds a request. Stages that do not score run once for every list
/// that reaches them.
///
/// Every figure has the same bits as run_replicate() gives the funnel alone. Immutable; used by all threads at once.
class Replay {
 public:
  /// Keeps references to both.
  Replay(const World& world, const FunnelTree& tree, std::vector<int> truth_at);
  /// At most kRequestBlock requests; one thread.
  void run(std::span<const Request> requests, ReplayBlock& block) const;

  /// Outcome metrics of a funnel, as Measures names and defines them; what needs more than the page left out.
  static std::vector<std::string> columns(const Scenario& scenario);
  /// Writes those of request r of a block.
  void outcome(const Scenario& scenario, std::size_t funnel, const ReplayBlock& block, std::size_t r,
               std::span<double> row) const;
  /// Work of stage j of a funnel for request r of a block.
  Work work(std::size_t funnel, std::size_t j, const ReplayBlock& block, std::size_t r) const;
  /// Flops, compute_us and latency_us of the whole request.
  struct Cost {
    double flops = 0;
    double compute_us = 0;
    double latency_us = 0;
  };
  Cost cost(std::size_t funnel, const ReplayBlock& block, std::size_t r) const;
  /// Share of the oracle's top truth_at[n] on the page.
  double joint_recall(std::size_t funnel, std::size_t n, const ReplayBlock& block, std::size_t r) const;
  double oracle_value(std::size_t funnel, const ReplayBlock& block, std::size_t r) const;

  const FunnelTree& tree() const { return tree_; }
  std::span<const int> truth_at() const { return truth_at_; }

  /// Nodes whose stages put the same candidates into the same order and differ in how many of them they keep.
  struct Batch {
    std::vector<std::size_t> nodes;  ///< by rising quota
    bool only_leaves = true;
    /// A scorer (or a stage that does not score) with what goes on from this batch's nodes by it.
    struct Next {
      std::size_t scorer = 0;  ///< FunnelTree::kNone: does not score
      struct Step {
        std::size_t from = 0;   ///< place in nodes
        std::size_t batch = 0;  ///< number of the batch that follows
      };
      std::vector<Step> steps;  ///< by rising `from`
    };
    std::vector<Next> next;
  };
  const std::vector<Batch>& batches() const { return batches_; }
  std::size_t num_scorers() const { return scorers_.size(); }
  /// Lists that recall makes a request.
  std::size_t num_recalls() const { return roots_.size(); }

  /// Bytes of one block.
  static double block_bytes(std::size_t nodes, std::size_t leaves, std::size_t truths);

 private:
  friend class RequestReplay;
  void group(const std::vector<std::vector<std::size_t>>& children);

  const World& world_;
  const FunnelTree& tree_;
  std::vector<int> truth_at_;
  std::size_t deepest_ = 0;
  std::vector<Batch> batches_;
  std::vector<std::size_t> roots_;            ///< batches of recalls
  std::vector<const ScoringStage*> scorers_;  ///< [scorers] after recall
  bool counts_spending_ = false;              ///< a whole request's budget is enforced somewhere
};

}  // namespace cascade
