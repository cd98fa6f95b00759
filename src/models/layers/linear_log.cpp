#include "models/layers/linear_log.h"

#include <cmath>

#include "base/real.h"

namespace cascade {

template <class T>
void linear_log(T* x, std::size_t rows, std::size_t cols, std::size_t stride) {
  for (std::size_t r = 0; r < rows; ++r, x += stride)
    for (std::size_t c = 0; c < cols; ++c) {
      if (!(std::abs(x[c]) > T(1))) continue;
      const double size = 1 + exact_log(static_cast<double>(std::abs(x[c])));
      x[c] = static_cast<T>(x[c] > T(0) ? size : -size);
    }
}

template <class T>
void linear_log_backward(const T* y, std::size_t rows, std::size_t cols, std::size_t stride_y, T* gradient,
                         std::size_t stride) {
  for (std::size_t r = 0; r < rows; ++r, y += stride_y, gradient += stride)
    for (std::size_t c = 0; c < cols; ++c)
      if (std::abs(y[c]) > T(1))  // 1 / |x|, and |x| = exp(|y| - 1)
        gradient[c] =
            static_cast<T>(static_cast<double>(gradient[c]) * exact_exp(1 - static_cast<double>(std::abs(y[c]))));
}

template void linear_log(float*, std::size_t, std::size_t, std::size_t);
template void linear_log(double*, std::size_t, std::size_t, std::size_t);
template void linear_log_backward(const float*, std::size_t, std::size_t, std::size_t, float*, std::size_t);
template void linear_log_backward(const double*, std::size_t, std::size_t, std::size_t, double*, std::size_t);

}  // namespace cascade
