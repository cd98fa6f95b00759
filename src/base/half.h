#pragma once
#include <cstddef>
#include <cstdint>

namespace cascade {

/// Numbers of 16 bits. f16: IEEE binary16, 11 bits of precision, largest 65504; bf16: the upper half of a float, 8 bits
/// of precision and a float's range.
enum class HalfKind { f16, bf16 };

/// Rounds to the nearest, ties to even; what is too large becomes infinite, a NaN stays one (quiet). The same bits on
/// every CPU: the portable definition, which the conversions of whole arrays agree with.
std::uint16_t to_half(HalfKind kind, float x);
float from_half(HalfKind kind, std::uint16_t half);  ///< exact

/// Arrays, by the CPU's conversions where it has them (x86: F16C).
void to_half(HalfKind kind, const float* x, std::size_t n, std::uint16_t* out);
void from_half(HalfKind kind, const std::uint16_t* x, std::size_t n, float* out);
/// x <- from_half(to_half(x)): what storing them in 16 bits leaves of them.
void round_to_half(HalfKind kind, float* x, std::size_t n);

}  // namespace cascade
