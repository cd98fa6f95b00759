#include "models/layers/activation.h"

#include <array>

#include "base/errors.h"

namespace cascade {

std::span<const std::string> activation_names() {
  static const std::array<std::string, 2> kNames = {"relu", "leaky_relu"};
  return kNames;
}

template <class T>
void activate(Activation activation, std::span<T> x) {
  const T slope = activation == Activation::relu ? T(0) : static_cast<T>(kLeakySlope);
  for (T& value : x) value = value > T(0) ? value : slope * value;
}

template <class T>
void activate_backward(Activation activation, std::span<const T> y, std::span<T> gradient) {
  CASCADE_CHECK(y.size() == gradient.size(), "activation: outputs and gradients differ in size");
  const T slope = activation == Activation::relu ? T(0) : static_cast<T>(kLeakySlope);
  const T* outputs = y.data();
  T* gradients = gradient.data();
  for (std::size_t i = 0; i < y.size(); ++i) gradients[i] = outputs[i] > T(0) ? gradients[i] : slope * gradients[i];
}

template void activate(Activation, std::span<float>);
template void activate(Activation, std::span<double>);
template void activate_backward(Activation, std::span<const float>, std::span<float>);
template void activate_backward(Activation, std::span<const double>, std::span<double>);

}  // namespace cascade
