#include "base/half_product.h"

#include <algorithm>

#include "base/panel_product.h"

namespace cascade {

HalfMatrix HalfMatrix::pack(HalfKind kind, const float* b, std::size_t k, std::size_t n, std::size_t stride) {
  HalfMatrix packed;
  packed.kind_ = kind;
  packed.k_ = k;
  packed.n_ = n;
  packed.data_.assign((n + PackedMatrix::kPanelWidth - 1) / PackedMatrix::kPanelWidth * PackedMatrix::kPanelWidth * k,
                      0);
  for (std::size_t first = 0; first < n; first += PackedMatrix::kPanelWidth)
    for (std::size_t p = 0; p < k; ++p)
      to_half(kind, b + p * stride + first, std::min(PackedMatrix::kPanelWidth, n - first),
              packed.data_.data() + first * k + p * PackedMatrix::kPanelWidth);
  return packed;
}

void multiply(const float* a, std::size_t m, std::size_t stride_a, const HalfMatrix& b, float* c, std::size_t stride_c,
              const Epilogue& epilogue) {
  const PanelKernel kernel = panel_kernel(best_simd_path());
  thread_local AlignedVector<float> panel;  // of one panel at a time: it stays in the core's own cache
  panel.resize(std::max(panel.size(), b.k() * PackedMatrix::kPanelWidth));
  for (std::size_t j = 0; j < b.n(); j += PackedMatrix::kPanelWidth) {
    from_half(b.kind(), b.panel(j), b.k() * PackedMatrix::kPanelWidth, panel.data());
    PanelProduct job{.a = a,
                     .row_step = stride_a,
                     .k_step = 1,
                     .rows = m,
                     .k = b.k(),
                     .panel = panel.data(),
                     .next_panel = nullptr,
                     .columns = std::min(PackedMatrix::kPanelWidth, b.n() - j),
                     .c = c + j,
                     .stride_c = stride_c,
                     .epilogue = epilogue};
    if (epilogue.bias != nullptr) job.epilogue.bias = epilogue.bias + j;
    kernel(job);
  }
}

}  // namespace cascade
