#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "train/batches.h"
#include "train/gradient_steps.h"

namespace cascade {

/// A training that goes on from day to day: the network, its optimiser with all its state, and what was done.
class OnlineTraining {
 public:
  /// Of `params`, the optimisers, their rates, l2, batch and epochs count. `seed` orders the rows.
  OnlineTraining(std::unique_ptr<Learnable<float>> model, const TrainParams& params, std::uint64_t seed);

  /// What is learned from: these rows of a log, ascending, by a loss that is told the number of the step since the
  /// training began.
  struct Lesson {
    const FeatureStore& store;
    const LogTable& log;
    std::span<const std::uint32_t> rows;
    const LossFunction<float>& loss;
    Unit unit = Unit::row;
  };
  /// One pass over the rows in their order, `batch` at a time.
  void pass(const Lesson& lesson);
  /// A batch training: `epochs` passes, each in a new order. The first call does, bit for bit, what train_on() does.
  void epochs(const Lesson& lesson);

  Learnable<float>& model() { return *model_; }
  std::int64_t steps() const { return num_steps_; }
  std::int64_t samples() const { return samples_; }
  double flops() const { return flops_ + steps_.optimizer().flops(); }     ///< counted: forward, backward and updates
  double forward_flops() const { return model_->flops_per_sample() / 3; }  ///< of a row: a third of a sample's

 private:
  Batches batches_of(const Lesson& lesson) const;
  void learn(const Lesson& lesson, const Batches& batches);

  std::unique_ptr<Learnable<float>> model_;
  TrainParams params_;
  std::uint64_t seed_;
  GradientSteps steps_;
  std::uint64_t shuffles_ = 0;
  std::int64_t num_steps_ = 0;
  std::int64_t samples_ = 0;
  double flops_ = 0;
};

}  // namespace cascade
