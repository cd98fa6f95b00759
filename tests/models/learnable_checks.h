#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/rng.h"
#include "models/learnable.h"
#include "tests/models/gradient_check.h"
#include "tests/models/toy_data.h"

namespace cascade::testing {

inline std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

/// A parameter's gradient, rows without one filled with zeros: [rows * width].
template <class T>
std::vector<T> whole_gradient(const Parameter<T>& parameter) {
  if (parameter.sparse == nullptr) return {parameter.gradient.begin(), parameter.gradient.end()};
  std::vector<T> whole(parameter.value.size());
  for (std::size_t k = 0; k < parameter.sparse->rows.size(); ++k)
    std::copy_n(parameter.sparse->values.begin() + static_cast<std::ptrdiff_t>(k * parameter.width), parameter.width,
                whole.begin() + static_cast<std::ptrdiff_t>(parameter.sparse->rows[k] * parameter.width));
  return whole;
}

/// Moves every parameter: what training would do, at once and far.
template <class T>
void perturb(Learnable<T>& model, std::uint64_t seed) {
  std::uint64_t k = 0;
  for (auto& parameter : model.parameters()) {
    Rng rng(seed, Stream::test, k++);
    for (T& value : parameter.value) value += static_cast<T>(rng.uniform(-0.3, 0.3));
  }
}

/// Gradients of every parameter against central differences, on a batch with rows twice and with users and items that
/// have several, one and no values; that they add up, and that clearing leaves none.
inline void check_model_gradients(const std::string& name, Learnable<double>& model, const toy::Data& data) {
  INFO(name);
  std::vector<std::uint32_t> rows = first_rows(24);
  for (std::uint32_t r = 0; r < 8; ++r) rows.push_back(r);
  const Batch batch{&data.store, &data.log, rows};
  perturb(model, 11);  // so that no term of a gradient is too small to be seen
  std::vector<double> logits(rows.size() * model.outputs());
  std::vector<double> weights(logits.size());
  for (std::size_t r = 0; r < weights.size(); ++r) weights[r] = 0.5 - 0.1 * static_cast<double>(r % 11);
  const auto loss = [&] {
    model.forward(batch, logits);
    return std::inner_product(logits.begin(), logits.end(), weights.begin(), 0.0);
  };
  model.clear_gradients();
  loss();
  model.backward(weights);
  std::vector<std::vector<double>> once;
  for (const auto& parameter : model.parameters()) {
    once.push_back(whole_gradient(parameter));
    const std::size_t stride = 1 + parameter.value.size() / 100;  // about a hundred numbers of each
    check_gradient(name + " " + parameter.name, parameter.value, once.back(), loss, stride);
  }
  loss();
  model.backward(weights);
  const auto all = model.parameters();
  for (std::size_t p = 0; p < all.size(); ++p) {
    const auto twice = whole_gradient(all[p]);
    for (std::size_t i = 0; i < twice.size(); ++i) REQUIRE(twice[i] == Approx(2 * once[p][i]).margin(1e-12));
  }
  model.clear_gradients();
  for (const auto& parameter : model.parameters())
    for (const double g : whole_gradient(parameter)) REQUIRE(g == 0.0);
}

}  // namespace cascade::testing
