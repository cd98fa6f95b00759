#include "train/batches.h"

#include <algorithm>
#include <numeric>

namespace cascade {

Batches::Batches(const LogTable& log, std::span<const std::uint32_t> rows, std::size_t batch, Unit unit)
    : rows_(rows), order_(rows.begin(), rows.end()) {
  if (unit == Unit::row) {
    for (std::size_t begin = 0; begin < rows.size(); begin += batch) starts_.push_back(begin);
    starts_.push_back(rows.size());
    return;
  }
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (k == 0 || log.request[rows[k]] != log.request[rows[k - 1]] || log.day[rows[k]] != log.day[rows[k - 1]])
      requests_.push_back(k);
  requests_.push_back(rows.size());
  const std::size_t requests = num_requests();
  requests_a_batch_ = std::max<std::size_t>(1, requests * batch / std::max<std::size_t>(1, rows.size()));
  turns_.resize(requests);
  std::iota(turns_.begin(), turns_.end(), 0U);
  arrange();
}

void Batches::shuffle(Rng rng) {
  if (requests_.empty()) {
    order_.assign(rows_.begin(), rows_.end());
    rng.shuffle(order_);
    return;
  }
  std::iota(turns_.begin(), turns_.end(), 0U);
  rng.shuffle(turns_);
  arrange();
}

void Batches::arrange() {
  order_.clear();
  starts_.clear();
  for (std::size_t q = 0; q < turns_.size(); ++q) {
    if (q % requests_a_batch_ == 0) starts_.push_back(order_.size());
    for (std::size_t k = requests_[turns_[q]]; k < requests_[turns_[q] + 1]; ++k) order_.push_back(rows_[k]);
  }
  starts_.push_back(order_.size());
}

}  // namespace cascade
