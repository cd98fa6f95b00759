#pragma once
#include <span>

#include "base/matrix.h"

namespace cascade {

/// out[r] = scale <u_r, v_r> for u, v [rows, dim].
template <class T>
void inner_product(const Matrix<T>& u, const Matrix<T>& v, T scale, std::span<T> out);

/// Writes the gradients of u and v for the outputs' gradient.
template <class T>
void inner_product_backward(const Matrix<T>& u, const Matrix<T>& v, T scale, std::span<const T> gradient,
                            Matrix<T>& u_gradient, Matrix<T>& v_gradient);

}  // namespace cascade
