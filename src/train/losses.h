#pragma once
#include <cstddef>
#include <functional>
#include <span>

#include "data/logs.h"

namespace cascade {

/// Mean loss of a batch; writes the gradient of that mean for every logit.
template <class T>
using LossFunction = std::function<double(const Batch& batch, std::span<const T> logits, std::span<T> gradients)>;

/// Binary cross entropy of a label in [0, 1] and sigmoid(logit): softplus(logit) - label * logit, no overflow.
double bce(double logit, double label);
/// Its derivative for the logit: sigmoid(logit) - label.
double bce_gradient(double logit, double label);

/// Mean binary cross entropy on clicks, summed in double.
template <class T>
double click_bce(const Batch& batch, std::span<const T> logits, std::span<T> gradients);

}  // namespace cascade
