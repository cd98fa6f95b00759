#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/logs.h"
#include "models/layers/embedding.h"

namespace cascade {

/// Where one feature group sits in a model's input.
struct EmbeddedGroup {
  int group = 0;  ///< in the schema
  Side side = Side::user;
  std::size_t ordinal = 0;     ///< among the groups of its side: column of LogTable::cross or ::privileged
  std::size_t num_values = 1;  ///< max_values of the group
  std::size_t offset = 0;      ///< first column in the concatenated vector
};

/// Columns [begin, end) of a concatenated vector.
struct ColumnRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

/// ids [rows * num_values] of a group for the rows of a batch: user and item groups from the store, cross and
/// privileged ones as logged. Throws InternalError for a value past the group's cardinality.
void gather_values(const Batch& batch, const EmbeddedGroup& group, std::vector<std::uint32_t>& ids);

/// One embedding a feature group, pooled and concatenated: the input of a network (GwEN: group-wise embedding). Groups
/// stand in the order user, item, cross, privileged.
template <class T>
class FeatureEmbedding {
 public:
  /// Parameters are named PREFIX.GROUP.
  FeatureEmbedding(const std::string& prefix, const FeatureSchema& schema, std::span<const int> groups,
                   std::size_t width, double sd, Initialiser& initialiser);

  std::size_t width() const { return width_; }  ///< of one group
  std::size_t cols() const { return width_ * groups_.size(); }
  ColumnRange columns(Side side) const;
  const std::vector<EmbeddedGroup>& groups() const { return groups_; }
  const Matrix<T>& table(std::size_t k) const { return tables_[k]->table(); }  ///< of groups()[k]: [cardinality, width]
  /// The embedding of groups()[k]: what else reads it, by ids of its own, takes its gradient there.
  Embedding<T>& of(std::size_t k) { return *tables_[k]; }
  const Embedding<T>& of(std::size_t k) const { return *tables_[k]; }
  double flops() const;                       ///< of pooling one row
  double pooling_flops(std::size_t k) const;  ///< of that, the part of groups()[k]
  double lookups() const;                     ///< numbers that a row reads
  double lookups(std::size_t k) const {       ///< of those, the part of groups()[k]
    return static_cast<double>(groups_[k].num_values * width_);
  }

  /// From now on the table of groups()[k] is that of other.groups()[j], the same group and width: both read it, and
  /// both add their gradients to it.
  void share(std::size_t k, const FeatureEmbedding& other, std::size_t j);

  /// Writes the concatenated vectors of the batch's rows to out, rows `stride` apart.
  void forward(const Batch& batch, T* out, std::size_t stride);
  /// Adds the gradients for the rows of the last forward().
  void backward(const T* gradient, std::size_t stride);

  void append_parameters(std::vector<Parameter<T>>& parameters);
  void clear_gradients();

 private:
  std::size_t width_;
  std::vector<EmbeddedGroup> groups_;
  std::vector<std::shared_ptr<Embedding<T>>> tables_;  ///< by group
  std::vector<std::vector<std::uint32_t>> ids_;        ///< by group, of the last forward()
};

}  // namespace cascade
