#include "models/layers/mlp.h"

namespace cascade {

template <class T>
Mlp<T>::Mlp(const std::string& name, std::size_t in, const std::vector<std::size_t>& widths, Activation activation,
            Initialiser& initialiser)
    : activation_(activation), outputs_(widths.size()), gradients_(widths.size()) {
  CASCADE_CHECK(!widths.empty(), "network '" + name + "' without layers");
  for (std::size_t l = 0; l < widths.size(); ++l) {
    const double gain = l + 1 < widths.size() ? 6.0 : 3.0;
    layers_.emplace_back(name + "." + std::to_string(l), in, widths[l], gain, initialiser);
    in = widths[l];
  }
}

template <class T>
double Mlp<T>::flops() const {
  double sum = 0;
  for (const Linear<T>& layer : layers_) sum += layer.flops();
  return sum;
}

template <class T>
const Matrix<T>& Mlp<T>::forward(const Matrix<T>& x) {
  const Matrix<T>* input = &x;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const bool hidden = l + 1 < layers_.size();
    const bool fused = hidden && activation_ == Activation::relu;
    Matrix<T>& output = outputs_[l];
    output.resize(x.rows(), layers_[l].out());
    layers_[l].forward(input->data(), x.rows(), input->cols(), output.data(), output.cols(), fused);
    if (hidden && !fused) activate(activation_, output.values());
    input = &output;
  }
  return outputs_.back();
}

template <class T>
void Mlp<T>::backward(const Matrix<T>& x, Matrix<T>& gradient, Matrix<T>& x_gradient) {
  CASCADE_CHECK(gradient.rows() == x.rows() && gradient.cols() == out(), "gradient of another batch");
  Matrix<T>* gy = &gradient;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Matrix<T>& input = l == 0 ? x : outputs_[l - 1];
    Matrix<T>& gx = l == 0 ? x_gradient : gradients_[l - 1];
    if (l + 1 < layers_.size())
      activate_backward(activation_, static_cast<const Matrix<T>&>(outputs_[l]).values(), gy->values());
    gx.resize(input.rows(), input.cols());
    layers_[l].backward(input.data(), input.rows(), input.cols(), gy->data(), gy->cols(), gx.data(), gx.cols());
    gy = &gx;
  }
}

template <class T>
void Mlp<T>::append_parameters(std::vector<Parameter<T>>& parameters) {
  for (Linear<T>& layer : layers_) layer.append_parameters(parameters);
}

template <class T>
void Mlp<T>::clear_gradients() {
  for (Linear<T>& layer : layers_) layer.clear_gradients();
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace cascade
