#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "base/half.h"

namespace cascade {

/// Of what a frozen network stores and multiplies; sums are floats in all of them.
enum class Precision { f32, f16, bf16 };

/// Names in the order of the enum.
std::span<const std::string> precision_names();

/// REQUIRES another precision than f32.
HalfKind half_kind(Precision precision);

/// x <- what the precision keeps of it.
void round_to(Precision precision, float* x, std::size_t n);
inline void round_to(Precision precision, std::span<float> x) { round_to(precision, x.data(), x.size()); }

}  // namespace cascade
