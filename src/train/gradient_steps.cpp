#include "train/gradient_steps.h"

namespace cascade {

GradientSteps::GradientSteps(Learnable<float>& model, const TrainParams& params)
    : model_(model), parameters_(model.parameters()), optimizer_(parameters_, params) {
  model_.clear_gradients();
}

double GradientSteps::step(const Batch& batch, const LossFunction<float>& loss, std::int64_t number) {
  const double mean = forward(batch, loss, number);
  model_.backward(std::span<const float>(gradients_));
  optimizer_.step(parameters_);
  model_.clear_gradients();
  return mean;
}

double GradientSteps::forward(const Batch& batch, const LossFunction<float>& loss, std::int64_t number) {
  logits_.resize(batch.rows.size() * model_.outputs());
  gradients_.resize(logits_.size());
  model_.forward(batch, logits_);
  return loss(batch, logits_, gradients_, number);
}

}  // namespace cascade
