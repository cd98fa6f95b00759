#include "models/layers/inner_product.h"

namespace cascade {

template <class T>
void inner_product(const Matrix<T>& u, const Matrix<T>& v, T scale, std::span<T> out) {
  CASCADE_CHECK(u.rows() == v.rows() && u.cols() == v.cols() && out.size() == u.rows(), "vectors of two shapes");
  for (std::size_t r = 0; r < u.rows(); ++r) {
    const auto a = u.row(r);
    const auto b = v.row(r);
    T sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    out[r] = scale * sum;
  }
}

template <class T>
void inner_product_backward(const Matrix<T>& u, const Matrix<T>& v, T scale, std::span<const T> gradient,
                            Matrix<T>& u_gradient, Matrix<T>& v_gradient) {
  CASCADE_CHECK(gradient.size() == u.rows(), "gradient of another batch");
  u_gradient.resize(u.rows(), u.cols());
  v_gradient.resize(v.rows(), v.cols());
  for (std::size_t r = 0; r < u.rows(); ++r) {
    const T g = scale * gradient[r];
    const auto a = u.row(r);
    const auto b = v.row(r);
    const auto ga = u_gradient.row(r);
    const auto gb = v_gradient.row(r);
    for (std::size_t i = 0; i < a.size(); ++i) {
      ga[i] = g * b[i];
      gb[i] = g * a[i];
    }
  }
}

template void inner_product(const Matrix<float>&, const Matrix<float>&, float, std::span<float>);
template void inner_product(const Matrix<double>&, const Matrix<double>&, double, std::span<double>);
template void inner_product_backward(const Matrix<float>&, const Matrix<float>&, float, std::span<const float>,
                                     Matrix<float>&, Matrix<float>&);
template void inner_product_backward(const Matrix<double>&, const Matrix<double>&, double, std::span<const double>,
                                     Matrix<double>&, Matrix<double>&);

}  // namespace cascade
