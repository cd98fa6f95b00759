#include "models/layers/normalise.h"

#include <algorithm>
#include <cmath>

namespace cascade {

template <class T>
T normalise_row(T* x, std::size_t width) {
  T squares = 0;
  for (std::size_t i = 0; i < width; ++i) squares += x[i] * x[i];
  const T norm = std::max(std::sqrt(squares), static_cast<T>(kLeastNorm));
  const T inverse = T(1) / norm;
  for (std::size_t i = 0; i < width; ++i) x[i] *= inverse;
  return norm;
}

template <class T>
void L2Normalise<T>::forward(Matrix<T>& x) {
  norms_.resize(x.rows());
  for (std::size_t r = 0; r < x.rows(); ++r) norms_[r] = normalise_row(x.row(r).data(), x.cols());
}

template <class T>
void L2Normalise<T>::backward(const Matrix<T>& y, Matrix<T>& gradient) const {
  CASCADE_CHECK(y.rows() == norms_.size() && gradient.size() == y.size(), "gradient of another batch");
  for (std::size_t r = 0; r < y.rows(); ++r) {
    const auto unit = y.row(r);
    const auto g = gradient.row(r);
    T along = 0;
    for (std::size_t i = 0; i < unit.size(); ++i) along += unit[i] * g[i];
    const T inverse = T(1) / norms_[r];
    for (std::size_t i = 0; i < unit.size(); ++i) g[i] = (g[i] - along * unit[i]) * inverse;
  }
}

template float normalise_row(float*, std::size_t);
template double normalise_row(double*, std::size_t);
template class L2Normalise<float>;
template class L2Normalise<double>;

}  // namespace cascade
