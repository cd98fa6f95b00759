#include "study/resampling.h"

#include <algorithm>

#include "base/errors.h"
#include "base/parallel.h"
#include "base/rng.h"

namespace cascade {

namespace {
constexpr std::size_t kDraws = 400;
constexpr std::size_t kOutside = kDraws / 40;  // at either end: 2.5 %
}  // namespace

Resampling::Resampling(std::size_t replicates, std::size_t requests, std::uint64_t seed)
    : replicates_(replicates), requests_(requests), drawn_(kDraws * replicates * requests) {
  for_each_task(kDraws, [&](std::size_t d) {
    Rng rng(seed, Stream::bootstrap, d);
    for (std::size_t i = 0; i < replicates * requests; ++i)
      drawn_[d * replicates * requests + i] = rng.below(static_cast<std::uint32_t>(requests));
  });
}

Estimate Resampling::estimate(std::span<const double> values) const {
  const std::size_t n = replicates_ * requests_;
  CASCADE_CHECK(values.size() == n && n > 0, "one value a request");
  std::vector<double> means(kDraws);
  for (std::size_t d = 0; d < kDraws; ++d) {
    double sum = 0;
    for (std::size_t k = 0; k < replicates_; ++k)
      for (std::size_t i = 0; i < requests_; ++i)
        sum += values[k * requests_ + drawn_[(d * replicates_ + k) * requests_ + i]];
    means[d] = sum / static_cast<double>(n);
  }
  std::sort(means.begin(), means.end());
  return {mean(values), means[kOutside], means[kDraws - 1 - kOutside], n};
}

}  // namespace cascade
