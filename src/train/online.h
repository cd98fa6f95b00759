#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/learnable.h"
#include "train/optimizer.h"
#include "train/trainer.h"

namespace cascade {

/// A training that goes on from day to day: the network, its optimiser with all its state, and what was done.
class OnlineTraining {
 public:
  /// Of `params`, the optimisers, their rates, l2, batch and epochs count. `seed` orders the rows.
  OnlineTraining(std::unique_ptr<Learnable<float>> model, const TrainParams& params, std::uint64_t seed);

  /// One pass over these rows in this order, `batch` at a time, by binary cross entropy on clicks.
  void pass(const FeatureStore& store, const LogTable& log, std::span<const std::uint32_t> rows);
  /// A batch training: `epochs` passes, each in a new order. The first call does, bit for bit, what train() does.
  void epochs(const FeatureStore& store, const LogTable& log, std::span<const std::uint32_t> rows);

  Learnable<float>& model() { return *model_; }
  std::int64_t steps() const { return steps_; }
  std::int64_t samples() const { return samples_; }
  double flops() const { return flops_ + optimizer_.flops(); }  ///< counted: forward, backward and updates

 private:
  std::unique_ptr<Learnable<float>> model_;
  TrainParams params_;
  std::uint64_t seed_;
  std::vector<Parameter<float>> parameters_;
  Optimizer<float> optimizer_;
  std::uint64_t shuffles_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t samples_ = 0;
  double flops_ = 0;
};

}  // namespace cascade
