#pragma once
#include <cstdint>
#include <span>

#include "base/rng.h"

namespace cascade {

/// Draws initial values. Every array gets a random stream of its own, numbered in the order of the calls, so that a
/// model's initial values depend on (seed, place in the model) only.
class Initialiser {
 public:
  explicit Initialiser(std::uint64_t seed) : seed_(seed) {}

  template <class T>
  void normal(std::span<T> values, double sd) {
    Rng rng = next();
    for (T& value : values) value = static_cast<T>(sd * rng.normal());
  }
  template <class T>
  void uniform(std::span<T> values, double bound) {
    Rng rng = next();
    for (T& value : values) value = static_cast<T>(rng.uniform(-bound, bound));
  }

 private:
  Rng next() { return Rng(seed_, Stream::model_init, layer_++); }

  std::uint64_t seed_;
  std::uint64_t layer_ = 0;
};

}  // namespace cascade
