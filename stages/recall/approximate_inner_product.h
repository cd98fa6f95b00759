#pragma once
#include <memory>
#include <string>

#include "stages/catalog.h"

namespace cascade {

struct ApproximateInnerProductParams {
  std::string model;
  int links = 16;            ///< of an item in the graph (twice as many in its lowest layer): M of the paper
  int build_width = 100;     ///< items in view while the graph is built: efConstruction
  int search_width = 400;    ///< items in view during a search, the most it can give: ef
  int measured_users = 100;  ///< whose searches are compared with the exact scan
  void fields(config::FieldVisitor& v);
};

/// Recall by a graph of item vectors instead of a scan: finds most of the items with the largest inner products, and
/// looks at few. Built by one thread, item by item in the order of ids, with levels drawn from our own generator: the
/// same vectors give the same graph. Gives at most `search_width` items a request.
/// What is lost against the exact scan is always measured: `exact_recall` is the share of the exact scan's best that
/// the graph finds, over `measured_users` users evenly spaced among all. The counted work of a request is the
/// distances that these searches really computed, on average; that of the index, those of its construction.
/// Source: Malkov, Yashunin, Hierarchical Navigable Small World graphs, TPAMI 2020; by hnswlib.
class ApproximateInnerProductStage final : public Stage {
 public:
  ApproximateInnerProductStage(const ApproximateInnerProductParams& params, const StageResources& resources);
  ~ApproximateInnerProductStage() override;
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;
  bool nested() const override { return false; }  ///< a wider search finds other items
  std::vector<std::pair<std::string, double>> facts(std::size_t quota) const override;

 private:
  struct Graph;
  std::vector<float> user_vector(UserId user) const;

  const FeatureStore& store_;
  const InnerProductScorer& scorer_;
  std::unique_ptr<Graph> graph_;
  std::vector<UserId> measured_;
  double build_distances_ = 0;
  double search_distances_ = 0;  ///< mean a search of the measured users
};

StageEntry approximate_inner_product_stage();

}  // namespace cascade
