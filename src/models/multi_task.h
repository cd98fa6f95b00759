#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/gwen.h"
#include "models/tasks.h"

namespace cascade {

/// Parameters of a network that learns several tasks. `hidden` are the layers of each expert.
struct MultiTaskParams : GwenParams {
  int experts = 4;
  std::vector<int> tower_hidden;
  std::vector<std::string> tasks = {"click", "conversion"};
  double task_weight = 1;  ///< of the losses of all tasks but the first
  MultiTaskParams() {
    embedding_dim = 16;
    hidden = {64, 32};
    interactions = 32;
  }
  void fields(config::FieldVisitor& v);
};

/// The heads of these tasks. Throws InputError for a task that is neither click nor conversion nor a privileged group,
/// and for one named twice.
std::vector<TaskHead> task_heads(const MultiTaskParams& params, const FeatureSchema& schema);

/// MMoE, multi-gate mixture of experts (Ma et al., KDD 2018, eqs. 5 to 7) on the input x of a GwEN:
///   h_t = sum_k g_tk(x) E_k(x),   g_t = softmax(W_t x + b_t),   logits of task t = tower_t(h_t)
/// One expert has no gates: a shared bottom. A task that is a privileged group predicts its value after a click (MTL in
/// Xu et al., arXiv 1907.05171v2): such groups are labels, never inputs, and their heads are left out of the scorer.
template <class T>
std::unique_ptr<Learnable<T>> make_multi_task(const MultiTaskParams& params, const FeatureStore& store,
                                              std::uint64_t seed);

}  // namespace cascade
