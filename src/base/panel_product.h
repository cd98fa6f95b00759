#pragma once
#include <cstddef>

#include "base/product.h"
#include "base/simd.h"

namespace cascade {

/// The one inner product of the project, which every product in base/product.h is cut into: rows of A against one
/// packed panel of B. Element (r, j) of the result is
///   fma(A(r, k-1), B(k-1, j), ... fma(A(r, 0), B(0, j), start)), start = C(r, j) if accumulating, else 0,
/// then bias and relu: one chain in the order of k, so that no tiling, thread or instruction set can change a bit.
struct PanelProduct {
  const float* a;        ///< A(r, p) is a[r * row_step + p * k_step]
  std::size_t row_step;  ///< floats
  std::size_t k_step;    ///< floats
  std::size_t rows;
  std::size_t k;
  const float* panel;       ///< [k, kPanelWidth], starts on a cache line
  const float* next_panel;  ///< needed soon, of the same size: fetched meanwhile; or null
  std::size_t columns;      ///< 1..kPanelWidth, columns of C that exist
  float* c;                 ///< [rows, columns]
  std::size_t stride_c;     ///< floats
  Epilogue epilogue;        ///< its bias starts at the first column of the panel
};

using PanelKernel = void (*)(const PanelProduct& job);

/// REQUIRES simd_path_available(path).
PanelKernel panel_kernel(SimdPath path);

}  // namespace cascade
