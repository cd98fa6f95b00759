#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/matrix.h"
#include "data/logs.h"
#include "models/scorer.h"

namespace cascade {

/// A regression tree over rows of numbers; NaN is a value that is not there.
class Tree {
 public:
  /// Reads a tree as XGBoost dumps it in its text format. A text that is none is a broken promise of the library.
  static Tree parse(std::string_view text);
  float value(std::span<const float> row) const;

  /// The nodes as bytes, written or read (base/bytes.h).
  template <class Archive, class T>
  static void visit(Archive& archive, T& tree) {
    visit_numbers(archive, tree.nodes_);
  }

 private:
  struct Node {
    std::uint32_t feature = 0;
    float value = 0;  ///< threshold, or that of the leaf
    std::uint32_t yes = 0;
    std::uint32_t no = 0;
    std::uint32_t missing = 0;
    bool leaf = true;
  };
  std::vector<Node> nodes_;
};

/// In the order of the trees.
float sum_of_trees(std::span<const Tree> trees, std::span<const float> row);

/// How trees see a user and an item: the value of each of these one-valued groups as a number.
class TreeInputs {
 public:
  TreeInputs(const FeatureStore& store, std::vector<int> groups);
  std::size_t width() const { return groups_.size(); }
  /// Row `row` of a log; cross values are those logged.
  void fill(const LogTable& log, std::size_t row, std::span<float> out) const;
  /// x's candidates, one after the other: [items, width].
  void fill(const CandidateFeatures& x, Matrix<float>& out) const;
  ScorerWork work() const;  ///< computing and reading the values

 private:
  const FeatureStore& store_;
  std::vector<int> groups_;
};

/// logit = slope x (sum of the trees) + intercept. `inputs` refers to a store that outlives the scorer. Work is that of
/// `rounds` trees of `depth` comparisons each.
std::unique_ptr<Scorer> make_tree_scorer(const TreeInputs& inputs, std::vector<Tree> trees, double slope,
                                         double intercept, int rounds, int depth);

/// The trees, slope and intercept of such a scorer, and the scorer again.
std::string tree_scorer_bytes(const Scorer& scorer);
std::unique_ptr<Scorer> tree_scorer_of(const TreeInputs& inputs, std::string_view bytes, int rounds, int depth);

}  // namespace cascade
