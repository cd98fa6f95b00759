#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/fields.h"
#include "models/learnable.h"

namespace cascade {

/// Pre-ranking of the second generation: logistic regression.
struct LogisticParams {
  std::vector<std::string> features = {"user", "item", "cross"};
  std::vector<std::string> groups;  ///< where not empty, instead of `features`
  double init = 0.01;               ///< s.d. of the initial weights
  void fields(config::FieldVisitor& v);
  const std::vector<std::string>& names() const { return groups.empty() ? features : groups; }
};

/// Logit = bias + sum over the groups of the (mean) weight of the group's value(s).
template <class T>
std::unique_ptr<Learnable<T>> make_logistic(const LogisticParams& params, const FeatureStore& store,
                                            std::uint64_t seed);

}  // namespace cascade
