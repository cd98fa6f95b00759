#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "config/fields.h"
#include "data/feature_store.h"

namespace cascade {

/// How much a set gains less from what is like its other items.
struct SetValueParams {
  double diminishing = 1;  ///< 0: items add up, whatever is beside them; 1: a second click of a kind is worth nothing
  double shop_weight = 0;  ///< share of the value that is counted by shop, the rest by category
  void fields(config::FieldVisitor& v);
};

/// What a set of one request's candidates is worth (docs/theory/sets.md; ours): with p_i the estimated probability of a
/// click, d = `diminishing` and w = `shop_weight`,
///     V(S) = (1 - w) sum over categories c of f(S n c) + w sum over shops s of f(S n s),
///     f(T) = (1 - prod over i of T of (1 - d p_i)) / d,     sum of the p_i where d = 0.
/// Monotone and submodular. With d = 1 and w = 0 it is the expected number of categories with a click.
class SetValue {
 public:
  /// probability[k] belongs to items[k].
  SetValue(const SetValueParams& params, const FeatureStore& store, std::span<const ItemId> items,
           std::span<const double> probability);

  /// Of the items at these positions, each once.
  double value(std::span<const std::uint32_t> set) const;

  struct Pick {
    std::uint32_t position;
    double gain;  ///< what it added to the value of those picked before
  };
  /// Of the items at the positions `among`, the `count` that greedy picks one after the other: always the one that
  /// adds most, ties by lower item id. Gains never rise. Worth at least 1 - 1/e of the best set of that size
  /// (Nemhauser, Wolsey, Fisher, 1978).
  std::vector<Pick> greedy(std::span<const std::uint32_t> among, std::size_t count) const;

 private:
  /// What is left of each category's and shop's value.
  struct Left {
    std::vector<double> category;
    std::vector<double> shop;
  };
  Left all() const;
  double gain(const Left& left, std::uint32_t position) const;
  void take(Left& left, std::uint32_t position) const;

  SetValueParams params_;
  std::span<const ItemId> items_;
  std::span<const double> probability_;
  std::vector<std::uint32_t> category_;  ///< [items] numbered from 0 among those that occur
  std::vector<std::uint32_t> shop_;
  std::size_t categories_ = 0;
  std::size_t shops_ = 0;
};

}  // namespace cascade
