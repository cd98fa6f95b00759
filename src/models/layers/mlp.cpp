#include "models/layers/mlp.h"

namespace cascade {

template <class T>
Mlp<T>::Mlp(const std::string& name, std::size_t in, const std::vector<std::size_t>& widths, Activation activation,
            Initialiser& initialiser)
    : name_(name), activation_(activation), outputs_(widths.size()), gradients_(widths.size()) {
  CASCADE_CHECK(!widths.empty(), "network '" + name + "' without layers");
  for (std::size_t l = 0; l < widths.size(); ++l) {
    const double gain = l + 1 < widths.size() ? 6.0 : 3.0;
    layers_.emplace_back(name + "." + std::to_string(l), in, widths[l], gain, initialiser);
    in = widths[l];
  }
}

template <class T>
void Mlp<T>::add_scales(double penalty) {
  CASCADE_CHECK(scales_.empty(), "network '" + name_ + "' has its scales");
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l)
    scales_.emplace_back(name_ + "." + std::to_string(l) + ".scale", layers_[l].out(), penalty);
  scaled_.resize(scales_.size());
}

template <class T>
Mlp<T> Mlp<T>::compact() const {
  if (scales_.empty()) return *this;
  Mlp small;
  small.name_ = name_;
  small.activation_ = activation_;
  small.outputs_.resize(layers_.size());
  small.gradients_.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Linear<T>& layer = layers_[l];
    const auto number = [](const std::vector<std::uint32_t>& kept, std::size_t i) { return std::size_t{kept[i]}; };
    const std::size_t rows = l == 0 ? layer.in() : scales_[l - 1].kept().size();
    const std::size_t cols = l < scales_.size() ? scales_[l].kept().size() : layer.out();
    Matrix<T> weights(rows, cols);
    std::vector<T> bias(cols);
    for (std::size_t c = 0; c < cols; ++c) {
      const std::size_t from = l < scales_.size() ? number(scales_[l].kept(), c) : c;
      bias[c] = layer.bias()[from];
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t row = l == 0 ? r : number(scales_[l - 1].kept(), r);
        weights(r, c) = layer.weights()(row, from) * (l == 0 ? T(1) : scales_[l - 1].scale()[row]);
      }
    }
    small.layers_.emplace_back(name_ + "." + std::to_string(l), std::move(weights), std::move(bias));
  }
  return small;
}

template <class T>
double Mlp<T>::flops() const {
  double sum = 0;
  for (const Linear<T>& layer : layers_) sum += layer.flops();
  for (const NeuronScale<T>& scale : scales_) sum += static_cast<double>(scale.scale().size());
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
    if (l < scales_.size()) {
      scales_[l].forward(output, scaled_[l]);
      input = &scaled_[l];
    }
  }
  return outputs_.back();
}

template <class T>
void Mlp<T>::backward(const Matrix<T>& x, Matrix<T>& gradient, Matrix<T>& x_gradient) {
  CASCADE_CHECK(gradient.rows() == x.rows() && gradient.cols() == out(), "gradient of another batch");
  Matrix<T>* gy = &gradient;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Matrix<T>& input = l == 0 ? x : scales_.empty() ? outputs_[l - 1] : scaled_[l - 1];
    Matrix<T>& gx = l == 0 ? x_gradient : gradients_[l - 1];
    if (l < scales_.size()) scales_[l].backward(outputs_[l], *gy);
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
  for (NeuronScale<T>& scale : scales_) parameters.push_back(scale.parameter());
}

template <class T>
void Mlp<T>::clear_gradients() {
  for (Linear<T>& layer : layers_) layer.clear_gradients();
  for (NeuronScale<T>& scale : scales_) scale.clear_gradients();
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace cascade
