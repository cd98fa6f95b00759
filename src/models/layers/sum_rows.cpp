#include "models/layers/sum_rows.h"

#include <cstring>

namespace cascade {
namespace {

// Four lanes are what every x86-64 has; the compiler splits or pairs them elsewhere.
constexpr std::size_t kLanes = 4;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

inline Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

/// Columns [j, j + kVectors * kLanes), kept in registers over all rows.
template <std::size_t kVectors>
inline void sum_columns(const float* const* rows, std::size_t count, std::size_t j, bool relu, float* out) {
  Lanes sums[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = load(rows[0] + j + v * kLanes);
  for (std::size_t c = 1; c < count; ++c)
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] += load(rows[c] + j + v * kLanes);
  for (std::size_t v = 0; v < kVectors; ++v) {
    if (relu) sums[v] = sums[v] > 0.0f ? sums[v] : Lanes{};
    std::memcpy(out + j + v * kLanes, &sums[v], sizeof(Lanes));
  }
}

}  // namespace

void sum_rows(const float* const* rows, std::size_t count, std::size_t width, bool relu, float* out) {
  std::size_t j = 0;
  for (; j + 4 * kLanes <= width; j += 4 * kLanes) sum_columns<4>(rows, count, j, relu, out);
  for (; j + kLanes <= width; j += kLanes) sum_columns<1>(rows, count, j, relu, out);
  for (; j < width; ++j) {
    float sum = rows[0][j];
    for (std::size_t c = 1; c < count; ++c) sum += rows[c][j];
    out[j] = relu && !(sum > 0.0f) ? 0.0f : sum;
  }
}

}  // namespace cascade
