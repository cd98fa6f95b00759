#pragma once
#include <cstdint>
#include <vector>

#include "models/learnable.h"
#include "train/losses.h"
#include "train/optimizer.h"

namespace cascade {

/// A model under training: its optimiser with all its state, and the buffers of a batch. The model must outlive it.
class GradientSteps {
 public:
  GradientSteps(Learnable<float>& model, const TrainParams& params);

  const std::vector<Parameter<float>>& parameters() const { return parameters_; }
  const Optimizer<float>& optimizer() const { return optimizer_; }

  /// Mean loss of a batch, after which the parameters take one step, the `number`th from 0.
  double step(const Batch& batch, const LossFunction<float>& loss, std::int64_t number);
  /// Mean loss of a batch, of which nothing is learned.
  double loss_of(const Batch& batch, const LossFunction<float>& loss) { return forward(batch, loss, kNoStep); }

 private:
  double forward(const Batch& batch, const LossFunction<float>& loss, std::int64_t number);

  Learnable<float>& model_;
  std::vector<Parameter<float>> parameters_;
  Optimizer<float> optimizer_;
  std::vector<float> logits_;     ///< [rows of the batch * outputs]
  std::vector<float> gradients_;  ///< the same shape
};

}  // namespace cascade
