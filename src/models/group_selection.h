#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/fields.h"
#include "models/gwen.h"

namespace cascade {

enum class SelectBy { importance, importance_per_cost };

/// Choice of feature groups by their weights in a squeeze-excitation block (COLD, arXiv 2007.16122, Section 3.2).
struct GroupSelectionParams {
  int select_groups = 0;                             ///< K, of the groups of `select_from`; 0: no choice, all of them
  std::vector<std::string> select_from = {"cross"};  ///< the others are always kept
  SelectBy select_by = SelectBy::importance;
  SqueezeForm se = SqueezeForm::paper;
  void fields(config::FieldVisitor& v);
};

/// What a group costs a candidate: nanoseconds on one core of the default hardware profile, arithmetic plus reads, to
/// compute its value, read and pool `width` floats a value and multiply them into a first layer of `first_layer` units.
/// A group of the user's side is shared by the candidates of a request, of which a pre-ranker has about 1,000 (ours).
double group_cost(const FeatureSchema& schema, int group, std::size_t width, std::size_t first_layer);

/// Positions of the `count` highest values, or of all, in ascending order; equal values go to the lower position.
std::vector<std::size_t> highest_positions(std::span<const double> values, std::size_t count);

/// The first of two trainings of a network that chooses its groups, and what follows from it.
class GroupSelector {
 public:
  /// Throws InputError where `select_from` names no group of the network, or one that is not known.
  GroupSelector(std::string kind, const GwenParams& network, const GroupSelectionParams& selection,
                const FeatureStore& store, std::uint64_t seed);

  /// The network to train first, on all groups, and the text that names all it depends on besides store and seed:
  /// selectors of equal texts differ only in what they choose by the same weights.
  std::unique_ptr<WeighingNetwork<float>> weighing_network() const;
  std::string weighing_text() const;
  /// The groups to choose from, as the schema lists them.
  const std::vector<int>& candidates() const { return ranked_; }
  const FeatureStore& store() const { return store_; }

  /// The candidates that are kept, given the importance of each.
  std::vector<int> choose(std::span<const double> importance) const;
  /// The network to train and serve: on the groups chosen and those that are always kept, without the block. With all
  /// groups chosen it starts from the same values as a network that chose nothing.
  std::unique_ptr<Learnable<float>> network_on(std::span<const int> chosen) const;

 private:
  std::string kind_;
  GwenParams params_;
  GroupSelectionParams selection_;
  const FeatureStore& store_;
  std::uint64_t seed_;
  std::vector<int> ranked_;
};

}  // namespace cascade
