#pragma once
#include <vector>

#include "base/matrix.h"

namespace cascade {

/// Below this a vector is divided by this instead of its norm (as torch.nn.functional.normalize does).
inline constexpr double kLeastNorm = 1e-12;

/// Divides `x` [width] by its Euclidean norm (or kLeastNorm, if that is larger); returns what it was divided by.
template <class T>
T normalise_row(T* x, std::size_t width);

/// Rows to unit length.
template <class T>
class L2Normalise {
 public:
  void forward(Matrix<T>& x);  ///< in place
  /// gradient of the outputs `y` -> gradient of the inputs of the last forward(), in place.
  void backward(const Matrix<T>& y, Matrix<T>& gradient) const;

 private:
  std::vector<T> norms_;
};

}  // namespace cascade
