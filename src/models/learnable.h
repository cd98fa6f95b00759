#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "base/errors.h"
#include "data/logs.h"
#include "models/scorer.h"

namespace cascade {

/// Gradients of the rows of a table that batches touched since they were cleared; all other rows have none.
template <class T>
struct SparseGradient {
  std::vector<std::uint32_t> rows;  ///< each once, in first-touch order, the same for the same batch
  AlignedVector<T> values;          ///< [rows.size(), width] at least: line k belongs to rows[k]
};

/// One array of trainable numbers. A table of embeddings is sparse: a batch touches some rows only, and optimisers
/// update just those.
template <class T>
struct Parameter {
  std::string name;
  std::size_t width = 0;                      ///< numbers a row
  std::span<T> value;                         ///< [rows * width]
  std::span<T> gradient;                      ///< the same shape; empty where sparse
  const SparseGradient<T>* sparse = nullptr;  ///< set for tables of embeddings
};

template <class T>
class FeatureEmbedding;

/// A model that learns by gradients. T = float for use, double for gradient checks.
template <class T>
class Learnable {
 public:
  virtual ~Learnable() = default;
  /// Logits of the batch's rows, [rows * outputs()], row by row; keeps what backward() needs.
  virtual void forward(const Batch& batch, std::span<T> logits) = 0;
  /// Adds the gradients of sum_i logit_gradients[i] * logit[i] for the batch of the last forward().
  virtual void backward(std::span<const T> logit_gradients) = 0;
  /// The same list, in the same order, at every call.
  virtual std::vector<Parameter<T>> parameters() = 0;
  /// Sets all gradients to zero; sparse ones have no rows afterwards.
  virtual void clear_gradients() = 0;
  /// Told by the trainer before each step which share of the training is over, and at its end with 1: for models that
  /// change their shape on the way.
  virtual void advance(double) {}
  /// Whether that shape is the last one, so that its losses may be compared (early stopping).
  virtual bool settled() const { return true; }
  /// That shape in numbers: what training made of the network besides the values of its parameters. Empty for models
  /// that keep theirs.
  virtual std::vector<std::uint32_t> shape() const { return {}; }
  /// Gives a network that was made alike the shape of another.
  virtual void set_shape(std::span<const std::uint32_t> shape) {
    CASCADE_CHECK(shape.empty(), "a shape of another kind of network");
  }
  /// Logits of a row: 1 but for networks of several tasks (tasks.h), the first of which is what the model is asked for.
  virtual std::size_t outputs() const { return 1; }
  /// Counted work of a sample in training, forward and backward: three times the forward products.
  virtual double flops_per_sample() const = 0;
  /// Numbers of embedding tables that a sample reads in a forward pass: look-ups, which are moves and no FLOPs.
  virtual double lookups_per_sample() const { return 0; }
  /// Its embeddings of feature groups, whose tables another model can share. None for models without.
  virtual std::vector<FeatureEmbedding<T>*> embeddings() { return {}; }
  /// The immutable scorer of the present parameters; precomputes what is item-side only (on several threads).
  virtual std::unique_ptr<Scorer> freeze(const FeatureStore& store) const = 0;
};

}  // namespace cascade
