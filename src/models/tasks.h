#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "models/scorer.h"

namespace cascade {

/// What a model is trained for: p(click) of an exposure, or p(conversion) of a click.
enum class Target { click, conversion };
extern const std::vector<std::string> kTargetNames;  ///< in the order of the enum

/// One head of a network that learns several tasks from the same rows.
struct TaskHead {
  std::string name;       ///< "click", "conversion", or a privileged group, whose value the head predicts by softmax
  std::size_t begin = 0;  ///< first of its logits among a row's
  std::size_t width = 1;  ///< its logits: 1, or the cardinality of the group
  std::size_t privileged = 0;  ///< of a group: its column in LogTable::privileged
  bool is_group() const { return name != "click" && name != "conversion"; }
};

/// A scorer that estimates both clicks and conversions in one pass.
class MultiTaskScorer : public Scorer {
 public:
  /// Logits of p(click) and of p(conversion | click) for x.items(), finite. Either span may be empty: not wanted.
  /// A task that the model did not learn is our own fault where it is wanted.
  virtual void score_tasks(const CandidateFeatures& x, std::span<float> click, std::span<float> conversion) const = 0;
};

}  // namespace cascade
