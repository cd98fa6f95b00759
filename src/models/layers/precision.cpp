#include "models/layers/precision.h"

#include <array>

#include "base/errors.h"

namespace cascade {

std::span<const std::string> precision_names() {
  static const std::array<std::string, 3> kNames = {"f32", "f16", "bf16"};
  return kNames;
}

HalfKind half_kind(Precision precision) {
  CASCADE_CHECK(precision != Precision::f32, "f32 is no half precision");
  return precision == Precision::f16 ? HalfKind::f16 : HalfKind::bf16;
}

void round_to(Precision precision, float* x, std::size_t n) {
  if (precision != Precision::f32) round_to_half(half_kind(precision), x, n);
}

}  // namespace cascade
