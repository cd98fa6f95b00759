#pragma once
#include <memory>
#include <vector>

#include "models/layers/experts.h"
#include "models/layers/interactions.h"
#include "models/tasks.h"

namespace cascade {

/// The trained parts of a multi-task network (multi_task.h).
template <class T>
struct MultiTaskParts {
  const std::vector<int>& groups;
  const FeatureEmbedding<T>& embedding;
  const Interactions<T>& interactions;
  const Experts<T>& experts;          ///< on [embedding.cols() + interactions.products()]
  const std::vector<Mlp<T>>& towers;  ///< by task
  const std::vector<TaskHead>& heads;
};

/// A scorer of the click and conversion heads; score() gives the first task's logits.
template <class T>
std::unique_ptr<Scorer> freeze_multi_task(const MultiTaskParts<T>& parts, const FeatureStore& store);

}  // namespace cascade
