#include "models/layers/interactions.h"

namespace cascade {

template <class T>
Interactions<T>::Interactions(std::size_t products, ColumnRange user, ColumnRange item, Initialiser& initialiser)
    : products_(user.size() > 0 && item.size() > 0 ? products : 0), user_columns_(user), item_columns_(item) {
  if (products_ == 0) return;
  user_side_ = Linear<T>("user_latent", user.size(), products_, 3.0, initialiser);
  item_side_ = Linear<T>("item_latent", item.size(), products_, 3.0, initialiser);
}

template <class T>
double Interactions<T>::flops() const {
  return products_ == 0 ? 0.0 : user_side_.flops() + item_side_.flops() + static_cast<double>(products_);
}

template <class T>
void Interactions<T>::forward(Matrix<T>& input, std::size_t at) {
  if (products_ == 0) return;
  const std::size_t rows = input.rows();
  user_.resize(rows, products_);
  item_.resize(rows, products_);
  user_side_.forward(input.data() + user_columns_.begin, rows, input.cols(), user_.data(), products_);
  item_side_.forward(input.data() + item_columns_.begin, rows, input.cols(), item_.data(), products_);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t k = 0; k < products_; ++k) input(r, at + k) = user_(r, k) * item_(r, k);
}

template <class T>
void Interactions<T>::backward(const Matrix<T>& input, Matrix<T>& input_gradient, std::size_t at) {
  if (products_ == 0) return;
  const std::size_t rows = input.rows();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t k = 0; k < products_; ++k) {
      const T user = user_(r, k);
      user_(r, k) = input_gradient(r, at + k) * item_(r, k);
      item_(r, k) = input_gradient(r, at + k) * user;
    }
  }
  const auto side = [&](Linear<T>& layer, ColumnRange columns, const Matrix<T>& gradient) {
    layer.backward(input.data() + columns.begin, rows, input.cols(), gradient.data(), products_,
                   input_gradient.data() + columns.begin, input_gradient.cols(), true);
  };
  side(user_side_, user_columns_, user_);
  side(item_side_, item_columns_, item_);
}

template <class T>
void Interactions<T>::append_parameters(std::vector<Parameter<T>>& parameters) {
  if (products_ == 0) return;
  user_side_.append_parameters(parameters);
  item_side_.append_parameters(parameters);
}

template <class T>
void Interactions<T>::clear_gradients() {
  user_side_.clear_gradients();
  item_side_.clear_gradients();
}

template class Interactions<float>;
template class Interactions<double>;

}  // namespace cascade
