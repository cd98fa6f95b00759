#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "data/logs.h"

namespace cascade {

/// What stays together when samples are shuffled: rows come alone, or all rows of a request in one batch, whose size is
/// then as near to `batch` as whole requests of mean length give.
enum class Unit { row, request };

/// Rows in the order in which a pass takes them, cut into batches; at first in the order in which they are given, which
/// for Unit::request has the rows of a request adjacent. `rows` must outlive it.
class Batches {
 public:
  Batches(const LogTable& log, std::span<const std::uint32_t> rows, std::size_t batch, Unit unit);

  std::size_t size() const { return starts_.size() - 1; }
  std::span<const std::uint32_t> operator[](std::size_t k) const {
    return std::span(order_).subspan(starts_[k], starts_[k + 1] - starts_[k]);
  }

  /// A new order, which depends on the generator alone.
  void shuffle(Rng rng);

 private:
  std::size_t num_requests() const { return requests_.size() - 1; }
  /// Writes the requests by their turns, and where batches begin.
  void arrange();

  std::span<const std::uint32_t> rows_;
  std::vector<std::uint32_t> order_;
  std::vector<std::size_t> starts_;    ///< [batches + 1], in order_
  std::vector<std::size_t> requests_;  ///< [requests + 1], where they begin in rows_; empty by rows
  std::vector<std::uint32_t> turns_;   ///< [requests]
  std::size_t requests_a_batch_ = 0;
};

}  // namespace cascade
