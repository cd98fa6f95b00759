#include "world/content_codes.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/parallel.h"

namespace cascade {
namespace {

constexpr std::size_t kCodedATask = 1024;
constexpr std::size_t kSample = 4096;  // items that the centres are fitted to
constexpr int kIterations = 8;         // of Lloyd's algorithm

std::uint32_t nearest(const std::vector<float>& centres, std::size_t width, const float* point) {
  float best = std::numeric_limits<float>::infinity();
  std::uint32_t index = 0;
  for (std::size_t c = 0; c * width < centres.size(); ++c) {
    float distance = 0;
    for (std::size_t d = 0; d < width; ++d) {
      const float difference = point[d] - centres[c * width + d];
      distance += difference * difference;
    }
    if (distance < best) {
      best = distance;
      index = static_cast<std::uint32_t>(c);
    }
  }
  return index;
}

/// Centres [levels, width] of points [n, width]: spread over the points, then moved by Lloyd's algorithm. A
/// centre without points stays where it is.
std::vector<float> fit_centres(std::span<const float> points, std::size_t width, std::size_t levels) {
  const std::size_t n = points.size() / width;
  std::vector<float> centres(levels * width);
  for (std::size_t c = 0; c < levels; ++c) {
    const std::size_t from = c * n / levels;
    std::copy_n(points.begin() + static_cast<std::ptrdiff_t>(from * width), width,
                centres.begin() + static_cast<std::ptrdiff_t>(c * width));
  }
  std::vector<std::uint32_t> assigned(n);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    for_each_block(n, kCodedATask, [&](std::size_t begin, std::size_t end) {
      for (std::size_t k = begin; k < end; ++k) assigned[k] = nearest(centres, width, points.data() + k * width);
    });
    std::vector<double> sums(levels * width, 0);
    std::vector<std::size_t> counts(levels, 0);
    for (std::size_t k = 0; k < n; ++k) {
      ++counts[assigned[k]];
      for (std::size_t d = 0; d < width; ++d) sums[assigned[k] * width + d] += points[k * width + d];
    }
    for (std::size_t c = 0; c < levels; ++c) {
      if (counts[c] == 0) continue;
      for (std::size_t d = 0; d < width; ++d)
        centres[c * width + d] = static_cast<float>(sums[c * width + d] / static_cast<double>(counts[c]));
    }
  }
  return centres;
}

}  // namespace

void content_codes(const World::Truth& t, int code, std::span<std::uint32_t> out) {
  const auto g = static_cast<std::size_t>(code);
  const auto codes = static_cast<std::size_t>(t.params.content_codes);
  const std::size_t first = g * t.dim / codes;
  const std::size_t width = std::max((g + 1) * t.dim / codes, first + 1) - first;
  std::vector<float> points(t.num_items * width);
  for_each_block(t.num_items, kCodedATask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      Rng rng(t.seed, Stream::item_content, i, static_cast<std::uint32_t>(code));
      for (std::size_t d = 0; d < width; ++d)
        points[i * width + d] =
            t.latents[i * t.dim + first + d] + static_cast<float>(t.params.content_noise * rng.normal());
    }
  });
  // Neighbouring ids share a category: fit to items from all over the catalogue.
  const std::size_t n = std::min(kSample, t.num_items);
  std::vector<float> sample(n * width);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = k * t.num_items / n;
    std::copy_n(points.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                sample.begin() + static_cast<std::ptrdiff_t>(k * width));
  }
  const std::vector<float> centres = fit_centres(sample, width, static_cast<std::size_t>(t.params.content_levels));
  for_each_block(t.num_items, kCodedATask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) out[i] = nearest(centres, width, points.data() + i * width);
  });
}

}  // namespace cascade
