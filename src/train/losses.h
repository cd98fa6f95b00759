#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>

#include "data/logs.h"

namespace cascade {

/// Step number of an evaluation that is no step of training: what changes with the step is as at the end.
inline constexpr std::int64_t kNoStep = std::numeric_limits<std::int64_t>::max();

/// Mean loss of a batch; writes the gradient of that mean for every logit. `step` counts steps from 0, or is kNoStep.
template <class T>
using LossFunction =
    std::function<double(const Batch& batch, std::span<const T> logits, std::span<T> gradients, std::int64_t step)>;

struct Bce {
  double loss;      ///< softplus(logit) - label * logit
  double gradient;  ///< its derivative for the logit: sigmoid(logit) - label
};
/// Binary cross entropy of a label in [0, 1] and sigmoid(logit), no overflow.
Bce bce(double logit, double label);

/// Mean binary cross entropy on clicks, summed in double.
template <class T>
double click_bce(const Batch& batch, std::span<const T> logits, std::span<T> gradients);

}  // namespace cascade
