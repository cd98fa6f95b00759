#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/fields.h"
#include "models/layers/feature_embedding.h"
#include "models/layers/local_activation.h"

namespace cascade {

/// What a network reads of a user's latest clicks.
struct BehaviourParams {
  int behaviours = 20;  ///< latest clicks, at most FeatureStore::kSequence
  std::vector<std::string> behaviour_groups = {"item_id", "category"};
  std::vector<int> attention_hidden = {32};
  void fields(config::FieldVisitor& v);
};

/// Attention over a user's latest clicks for the candidate of each row. A click and a candidate are the concatenated
/// embeddings of some of their item groups, in tables that are the network's own for those groups.
template <class T>
class BehaviourAttention {
 public:
  /// Throws InputError where a group is not among the item groups of `embedding`, `kind` being the model's.
  BehaviourAttention(const std::string& kind, const BehaviourParams& params, Activation activation,
                     const FeatureSchema& schema, const FeatureEmbedding<T>& embedding, Initialiser& initialiser);

  std::size_t cols() const { return places_.size() * group_width_; }
  std::size_t most() const { return most_; }                          ///< clicks read of a user
  const std::vector<std::size_t>& places() const { return places_; }  ///< of its groups in embedding.groups()
  const LocalActivation<T>& attention() const { return attention_; }
  double flops() const { return static_cast<double>(most_) * attention_.flops(); }  ///< a row, forward

  /// Reads the candidates' embeddings in `input`, which embedding.forward() wrote, and writes [rows, cols()] into its
  /// columns from `column` on.
  void forward(const Batch& batch, const FeatureEmbedding<T>& embedding, Matrix<T>& input, std::size_t column);
  /// Adds the gradients of the clicks' embeddings to `embedding`, and those of the candidates' to `input_gradient`.
  void backward(FeatureEmbedding<T>& embedding, Matrix<T>& input_gradient, std::size_t column);

  void append_parameters(std::vector<Parameter<T>>& parameters) { attention_.append_parameters(parameters); }
  void clear_gradients() { attention_.clear_gradients(); }

 private:
  std::size_t most_;
  std::size_t group_width_;
  std::vector<std::size_t> places_;
  LocalActivation<T> attention_;
  std::vector<std::size_t> starts_;              ///< [rows + 1]: the clicks of a row among all
  std::vector<std::vector<std::uint32_t>> ids_;  ///< by group: [clicks * values] of the last forward()
  Matrix<T> clicks_;                             ///< [clicks, cols()]
  Matrix<T> candidates_;                         ///< [rows, cols()]
  Matrix<T> clicks_gradient_;
  Matrix<T> candidates_gradient_;
};

}  // namespace cascade
