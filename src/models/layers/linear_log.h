#pragma once
#include <cstddef>

namespace cascade {

/// x <- linear_log(x) = -log(-x) - 1 for x < -1; x for |x| <= 1; log(x) + 1 for x > 1, rows `stride` apart: continuous
/// with its derivative, and small for counts that half precision could not hold (Wang et al., COLD, arXiv 2007.16122,
/// Section 4).
template <class T>
void linear_log(T* x, std::size_t rows, std::size_t cols, std::size_t stride);

/// gradient <- gradient * linear_log'(x), told by the outputs `y` = linear_log(x).
template <class T>
void linear_log_backward(const T* y, std::size_t rows, std::size_t cols, std::size_t stride_y, T* gradient,
                         std::size_t stride);

/// FLOPs counted a number (ours).
inline constexpr double kLinearLogFlops = 2;

}  // namespace cascade
