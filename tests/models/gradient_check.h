#pragma once
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace cascade::testing {

/// Compares `gradient` with central differences of `loss` for each of `values` (or every stride-th of them). Errors
/// are relative to 1 + |gradient|; in double a step of 1e-6 leaves about 1e-9.
inline void check_gradient(const std::string& name, std::span<double> values, std::span<const double> gradient,
                           const std::function<double()>& loss, std::size_t stride = 1, double tolerance = 1e-7) {
  constexpr double kStep = 1e-6;
  for (std::size_t i = 0; i < values.size(); i += stride) {
    const double kept = values[i];
    values[i] = kept + kStep;
    const double above = loss();
    values[i] = kept - kStep;
    const double below = loss();
    values[i] = kept;
    const double expected = (above - below) / (2 * kStep);
    if (std::abs(gradient[i] - expected) > tolerance * (1 + std::abs(expected)))
      FAIL_CHECK(name << "[" << i << "]: gradient " << gradient[i] << ", central difference " << expected);
  }
}

}  // namespace cascade::testing
