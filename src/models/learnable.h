#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/logs.h"
#include "models/scorer.h"

namespace cascade {

/// One array of trainable numbers. A table of embeddings is sparse: a batch touches some rows only, and optimisers
/// update just those. `touched` lists them (each once, in first-touch order, the same for the same batch).
template <class T>
struct Parameter {
  std::string name;
  std::span<T> value;     ///< [rows * width]
  std::span<T> gradient;  ///< same shape; zero outside the touched rows
  std::size_t width = 0;  ///< numbers a row
  bool sparse = false;
  const std::vector<std::uint32_t>* touched = nullptr;  ///< sparse only
};

/// A model that learns by gradients. T = float for use, double for gradient checks.
template <class T>
class Learnable {
 public:
  virtual ~Learnable() = default;
  /// Logits of the batch's rows; keeps what backward() needs.
  virtual void forward(const Batch& batch, std::span<T> logits) = 0;
  /// Adds the gradients of sum_r logit_gradients[r] * logit[r] for the batch of the last forward().
  virtual void backward(std::span<const T> logit_gradients) = 0;
  /// The same list, in the same order, at every call.
  virtual std::vector<Parameter<T>> parameters() = 0;
  /// Sets all gradients to zero (touched rows only where sparse).
  virtual void clear_gradients() = 0;
  /// Counted work of a sample in training, forward and backward: three times the forward products.
  virtual double flops_per_sample() const = 0;
  /// The immutable scorer of the present parameters; precomputes what is item-side only (on several threads).
  virtual std::unique_ptr<Scorer> freeze(const FeatureStore& store) const = 0;
};

}  // namespace cascade
