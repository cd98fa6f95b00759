#include "base/product.h"

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/panel_product.h"

namespace cascade {
namespace {

constexpr std::size_t kPanelWidth = PackedMatrix::kPanelWidth;

/// Rows of A that are run against all panels before the next ones: as many as stay in the second-level cache (half of
/// 256 KiB, the least that the CPUs of these paths have), and a multiple of every path's tile (12, 6, 3 rows).
std::size_t rows_per_block(std::size_t k) {
  constexpr std::size_t kFloats = 32768;
  constexpr std::size_t kTile = 12;
  return std::max<std::size_t>(1, kFloats / (kTile * std::max<std::size_t>(k, 1))) * kTile;
}

/// Rows of A and B that multiply_transposed sums over before the next ones: a panel of so many stays in the first
/// cache and on the stack.
constexpr std::size_t kSumBlock = 192;

/// Rows [0, k) of b into one panel, columns beyond `columns` 0.
void pack_panel(const float* b, std::size_t k, std::size_t columns, std::size_t stride, float* panel) {
  if (columns == kPanelWidth) {
    for (std::size_t p = 0; p < k; ++p)
      std::memcpy(panel + p * kPanelWidth, b + p * stride, kPanelWidth * sizeof(float));
    return;
  }
  for (std::size_t p = 0; p < k; ++p, panel += kPanelWidth) {
    std::copy_n(b + p * stride, columns, panel);
    std::fill(panel + columns, panel + kPanelWidth, 0.0f);
  }
}

}  // namespace

PackedMatrix PackedMatrix::pack(const float* b, std::size_t k, std::size_t n, std::size_t stride) {
  PackedMatrix packed;
  packed.repack(b, k, n, stride);
  return packed;
}

PackedMatrix PackedMatrix::pack_transposed(const float* bt, std::size_t n, std::size_t k, std::size_t stride) {
  PackedMatrix packed;
  packed.repack_transposed(bt, n, k, stride);
  return packed;
}

void PackedMatrix::resize(std::size_t k, std::size_t n) {
  k_ = k;
  n_ = n;
  const std::size_t size = (n + kPanelWidth - 1) / kPanelWidth * kPanelWidth * k;
  if (data_.size() < size) data_.resize(size);
}

void PackedMatrix::repack(const float* b, std::size_t k, std::size_t n, std::size_t stride) {
  resize(k, n);
  for (std::size_t first = 0; first < n; first += kPanelWidth) {
    pack_panel(b + first, k, std::min(kPanelWidth, n - first), stride, data_.data() + first * k);
  }
}

void PackedMatrix::repack_transposed(const float* bt, std::size_t n, std::size_t k, std::size_t stride) {
  resize(k, n);
  for (std::size_t first = 0; first < n; first += kPanelWidth) {
    float* to = data_.data() + first * k;
    const std::size_t columns = std::min(kPanelWidth, n - first);
    for (std::size_t p = 0; p < k; ++p, to += kPanelWidth) {
      for (std::size_t j = 0; j < columns; ++j) to[j] = bt[(first + j) * stride + p];
      std::fill(to + columns, to + kPanelWidth, 0.0f);
    }
  }
}

const float* PackedMatrix::panel(std::size_t first_column) const {
  CASCADE_CHECK(first_column % kPanelWidth == 0 && first_column <= n_, "no panel starts at this column");
  return data_.data() + first_column * k_;
}

void multiply(const float* a, std::size_t m, std::size_t stride_a, const PackedMatrix& b, float* c,
              std::size_t stride_c, const Epilogue& epilogue) {
  multiply_columns(a, m, stride_a, b, 0, b.n(), c, stride_c, epilogue);
}

void multiply_columns(const float* a, std::size_t m, std::size_t stride_a, const PackedMatrix& b, std::size_t first,
                      std::size_t count, float* c, std::size_t stride_c, const Epilogue& epilogue) {
  CASCADE_CHECK(first + count <= b.n(), "columns beyond the packed matrix");
  const PanelKernel kernel = panel_kernel(best_simd_path());
  const std::size_t block = rows_per_block(b.k());
  for (std::size_t row = 0; row < m; row += block) {
    PanelProduct job{.a = a + row * stride_a,
                     .row_step = stride_a,
                     .k_step = 1,
                     .rows = std::min(block, m - row),
                     .k = b.k(),
                     .panel = nullptr,
                     .next_panel = nullptr,
                     .columns = 0,
                     .c = nullptr,
                     .stride_c = stride_c,
                     .epilogue = epilogue};
    for (std::size_t j = 0; j < count; j += kPanelWidth) {
      job.panel = b.panel(first + j);
      job.next_panel = first + j + kPanelWidth < b.n() ? job.panel + b.k() * kPanelWidth : nullptr;
      job.columns = std::min(kPanelWidth, count - j);
      job.c = c + row * stride_c + j;
      if (epilogue.bias != nullptr) job.epilogue.bias = epilogue.bias + first + j;
      kernel(job);
    }
  }
}

void multiply_transposed(const float* a, std::size_t m, std::size_t k, std::size_t stride_a, const float* b,
                         std::size_t n, std::size_t stride_b, float* c, std::size_t stride_c, bool accumulate) {
  if (m == 0 && !accumulate)
    for (std::size_t r = 0; r < k; ++r) std::fill_n(c + r * stride_c, n, 0.0f);
  const PanelKernel kernel = panel_kernel(best_simd_path());
  alignas(64) float panel[kSumBlock * kPanelWidth];
  for (std::size_t row = 0; row < m; row += kSumBlock) {
    const std::size_t rows = std::min(kSumBlock, m - row);
    for (std::size_t first = 0; first < n; first += kPanelWidth) {
      const std::size_t columns = std::min(kPanelWidth, n - first);
      pack_panel(b + row * stride_b + first, rows, columns, stride_b, panel);
      kernel({.a = a + row * stride_a,
              .row_step = 1,
              .k_step = stride_a,
              .rows = k,
              .k = rows,
              .panel = panel,
              .next_panel = nullptr,
              .columns = columns,
              .c = c + first,
              .stride_c = stride_c,
              .epilogue = {.bias = nullptr, .relu = false, .accumulate = accumulate || row > 0}});
    }
  }
}

void multiply(const double* a, std::size_t m, std::size_t k, std::size_t stride_a, const double* b, std::size_t n,
              std::size_t stride_b, double* c, std::size_t stride_c, bool accumulate) {
  for (std::size_t i = 0; i < m; ++i) {
    double* row = c + i * stride_c;
    if (!accumulate) std::fill_n(row, n, 0.0);
    for (std::size_t p = 0; p < k; ++p) {
      const double factor = a[i * stride_a + p];
      const double* from = b + p * stride_b;
      for (std::size_t j = 0; j < n; ++j) row[j] += factor * from[j];
    }
  }
}

float dot(const float* a, const float* b, std::size_t n) {
  constexpr std::size_t kDotLanes = 16;
  float sum[kDotLanes] = {};
  std::size_t i = 0;
  for (; i + kDotLanes <= n; i += kDotLanes) {
    for (std::size_t lane = 0; lane < kDotLanes; ++lane) sum[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < n; ++i) sum[i % kDotLanes] += a[i] * b[i];
  for (std::size_t half = kDotLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) sum[lane] += sum[lane + half];
  }
  return sum[0];
}

}  // namespace cascade
