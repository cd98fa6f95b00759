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

/// Binary cross entropy of a label in [0, 1] and sigmoid(logit): softplus(logit) - label * logit, no overflow.
double bce(double logit, double label);
/// Its derivative for the logit: sigmoid(logit) - label.
double bce_gradient(double logit, double label);

/// Mean binary cross entropy on clicks, summed in double.
template <class T>
double click_bce(const Batch& batch, std::span<const T> logits, std::span<T> gradients);

}  // namespace cascade
