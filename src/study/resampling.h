#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/stats.h"

namespace cascade {

/// The bootstrap over requests (Efron 1979): every replicate's requests are drawn anew, with replacement and as many as
/// there are, and the mean over replicates of their means is taken; the interval is from the 2.5th to the 97.5th
/// percentile of that. Drawn once, so that all that is compared is compared on the same draws. It says what other
/// requests to the same worlds, logs and models would have given.
class Resampling {
 public:
  Resampling(std::size_t replicates, std::size_t requests, std::uint64_t seed);
  /// `values` [replicates * requests], replicate by replicate.
  Estimate estimate(std::span<const double> values) const;

 private:
  std::size_t replicates_;
  std::size_t requests_;
  std::vector<std::uint32_t> drawn_;  ///< [draws, replicates, requests]
};

}  // namespace cascade
