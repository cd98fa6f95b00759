#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "data/logs.h"
#include "models/scorer.h"

namespace cascade {

/// LambdaMART: boosted trees whose gradients are pairwise, weighted by what a swap changes in NDCG (Burges, From
/// RankNet to LambdaRank to LambdaMART, 2010). Learned by XGBoost, `rank:ndcg`.
struct LambdaMartParams {
  std::vector<std::string> features = {"user", "item", "cross"};
  std::vector<std::string> groups;  ///< where not empty, instead of `features`
  int most_values = 256;            ///< groups with more, and those of several values, are left out
  int rounds = 60;
  int depth = 5;
  double learning_rate = 0.2;
  double l2 = 1;
  double min_child_weight = 1;  ///< sum of second derivatives in a leaf
  void fields(config::FieldVisitor& v);
  const std::vector<std::string>& names() const { return groups.empty() ? features : groups; }
};

/// Learns the order of the exposed rows of each request, a click being relevant. Trees see the number of a value as a
/// number, which is right for bucketed quantities. One thread, rows in the order of the log: the same log gives the
/// same trees. Scores are turned into logits of a click, a x score + b with a >= 1e-3, by logistic regression on the
/// same rows (Platt 1999), which keeps their order. Throws InputError where the selection leaves no group or has a
/// privileged one.
std::unique_ptr<Scorer> fit_lambda_mart(const LambdaMartParams& params, const FeatureStore& store, const LogTable& log);

/// The trees and the calibration of such a scorer, and the scorer again.
std::string lambda_mart_bytes(const Scorer& scorer);
std::unique_ptr<Scorer> lambda_mart_of(const LambdaMartParams& params, const FeatureStore& store,
                                       std::string_view bytes);

}  // namespace cascade
