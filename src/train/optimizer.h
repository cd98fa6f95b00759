#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "models/learnable.h"
#include "train/trainer.h"

namespace cascade {

/// Gradient steps that agree with PyTorch's definitions (torch.optim 1.13, default settings):
///   g <- gradient + l2 * value
///   sgd      value -= lr g
///   adagrad  s += g^2;  value -= lr g / (sqrt(s) + 1e-10), s = 0 at first
///   adam     m = .9 m + .1 g;  v = .999 v + .001 g^2;  with c1 = 1 - .9^t, c2 = 1 - .999^t:
///            dense:  value -= lr / c1 * m / (sqrt(v) / sqrt(c2) + 1e-8)         (torch.optim.Adam)
///            sparse: value -= lr sqrt(c2) / c1 * m / (sqrt(v) + 1e-8)           (torch.optim.SparseAdam)
/// Sparse parameters change in their touched rows only; t counts all steps, also those that did not touch a row.
template <class T>
class Optimizer {
 public:
  /// State of the parameters' shapes; step() expects the same list.
  Optimizer(const std::vector<Parameter<T>>& parameters, const TrainParams& params);
  void step(const std::vector<Parameter<T>>& parameters);

  /// Counted work of the steps so far, over the numbers that moved: FLOPs as in the formulas above (a root is one), and
  /// bytes of values and states read and written and gradients read, in floats.
  double flops() const { return flops_; }
  double bytes() const { return bytes_; }

 private:
  struct Setting {
    OptimizerKind kind;
    double learning_rate;
  };
  struct State {
    AlignedVector<T> first;   ///< adam: m; adagrad: s
    AlignedVector<T> second;  ///< adam: v
  };

  Setting dense_;
  Setting sparse_;
  T l2_;
  std::vector<State> states_;
  std::int64_t steps_ = 0;
  double flops_ = 0;
  double bytes_ = 0;
};

}  // namespace cascade
