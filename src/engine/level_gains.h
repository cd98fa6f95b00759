#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "data/feature_store.h"
#include "funnel/candidates.h"

namespace cascade {

/// Most values of a user group by which gains are estimated.
inline constexpr std::uint32_t kMostGroupValues = 64;

/// What is known of a request when its level is chosen, as numbers: an indicator for every value of some user groups,
/// and the scores of a list at some ranks with the probabilities behind them.
class RequestFacts {
 public:
  /// `groups`: user groups of one value; `ranks`: from 1, places of the list whose scores count (empty: none).
  RequestFacts(const FeatureStore& store, const std::vector<std::string>& groups, std::vector<std::size_t> ranks);
  std::size_t size() const { return size_; }
  /// out: [size()]. A list shorter than a rank has its last score there.
  void of(const Request& request, const CandidateList& seen, std::span<double> out) const;

 private:
  const FeatureStore& store_;
  std::vector<int> groups_;  ///< numbers in the schema
  std::vector<std::size_t> ranks_;
  std::size_t size_ = 0;
};

/// Estimates what each level gains from the facts of a request: a linear regression a level, least squares with a small
/// ridge on standardised facts.
class LevelGains {
 public:
  LevelGains() = default;
  /// facts: [requests, facts]; gains: [requests, levels]; the first `rows` requests count.
  LevelGains(const Matrix<double>& facts, const Matrix<double>& gains, std::size_t rows);
  /// out: [levels].
  void predict(std::span<const double> facts, std::span<double> out) const;

 private:
  std::vector<double> mean_;   ///< [facts]
  std::vector<double> scale_;  ///< [facts] 1 / s.d.; 0 for a constant
  std::vector<double> base_;   ///< [levels] mean gain
  Matrix<double> weights_;     ///< [facts, levels]
};

}  // namespace cascade
