#pragma once
#include <span>
#include <string>
#include <vector>

namespace cascade {

/// relu: max(0, x); leaky_relu: x where positive, else kLeakySlope x.
enum class Activation { relu, leaky_relu };

inline constexpr double kLeakySlope = 0.01;

/// Names in the order of the enum.
std::span<const std::string> activation_names();

/// x <- activation(x).
template <class T>
void activate(Activation activation, std::span<T> x);

/// gradient <- gradient * activation'(x), told by the outputs `y` (whose signs are those of x); the derivative at 0 is
/// that of the left side.
template <class T>
void activate_backward(Activation activation, std::span<const T> y, std::span<T> gradient);

}  // namespace cascade
