#include "base/half.h"

#include <bit>

#include "base/simd.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace cascade {
namespace {

constexpr std::uint32_t kSign = 0x80000000u;
constexpr std::uint32_t kInfinite = 0x7f800000u;  // of a float, as all below unless they say otherwise
constexpr std::uint32_t kQuiet = 0x00400000u;
constexpr std::uint32_t kFirstTooLarge = 0x477ff000u;  // 65520: from here on f16 rounds to infinity
constexpr std::uint32_t kLeastNormal = 0x38800000u;    // 2^-14, of f16
constexpr std::uint32_t kExponentGap = 0x38000000u;    // 127 - 15, in a float's exponent

std::uint16_t f16_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = (bits & kSign) >> 16;
  const std::uint32_t magnitude = bits & ~kSign;
  std::uint32_t half = 0;
  if (magnitude > kInfinite) {
    half = 0x7e00u | (magnitude >> 13 & 0x3ffu);
  } else if (magnitude >= kFirstTooLarge) {
    half = 0x7c00u;
  } else if (magnitude < kLeastNormal) {
    // The last bit of 0.5 is 2^-24, the unit of f16 below its normal range: the addition does the rounding.
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  } else {
    half = (magnitude - kExponentGap + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
  }
  return static_cast<std::uint16_t>(sign | half);
}

float f16_value(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t rest = half & 0x7fffu;
  if (rest < 0x400u) {
    constexpr float kUnit = 1.0f / (1 << 24);
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(rest) * kUnit));
  }
  if (rest < 0x7c00u) return std::bit_cast<float>(sign | ((rest << 13) + kExponentGap));
  const std::uint32_t mantissa = (rest & 0x3ffu) << 13;
  return std::bit_cast<float>(sign | kInfinite | mantissa | (mantissa != 0 ? kQuiet : 0u));
}

std::uint16_t bf16_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
  return static_cast<std::uint16_t>(((bits & ~kSign) > kInfinite ? bits | kQuiet : rounded) >> 16);
}

float bf16_value(std::uint16_t half) { return std::bit_cast<float>(std::uint32_t{half} << 16); }

#if defined(__x86_64__)
bool has_f16c() {
  static const bool has = [] {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return best_simd_path() != SimdPath::portable && __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
  }();
  return has;
}

constexpr std::size_t kLanes = 8;

/// The numbers that fill whole vectors: how many were done.
__attribute__((target("avx,f16c"))) std::size_t to_f16_vectors(const float* x, std::size_t n, std::uint16_t* out) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT));
  return i;
}

__attribute__((target("avx,f16c"))) std::size_t from_f16_vectors(const std::uint16_t* x, std::size_t n, float* out) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i))));
  return i;
}
#else
bool has_f16c() { return false; }
std::size_t to_f16_vectors(const float*, std::size_t, std::uint16_t*) { return 0; }
std::size_t from_f16_vectors(const std::uint16_t*, std::size_t, float*) { return 0; }
#endif

}  // namespace

std::uint16_t to_half(HalfKind kind, float x) { return kind == HalfKind::f16 ? f16_bits(x) : bf16_bits(x); }

float from_half(HalfKind kind, std::uint16_t half) {
  return kind == HalfKind::f16 ? f16_value(half) : bf16_value(half);
}

void to_half(HalfKind kind, const float* x, std::size_t n, std::uint16_t* out) {
  if (kind == HalfKind::bf16) {
    for (std::size_t i = 0; i < n; ++i) out[i] = bf16_bits(x[i]);
    return;
  }
  for (std::size_t i = has_f16c() ? to_f16_vectors(x, n, out) : 0; i < n; ++i) out[i] = f16_bits(x[i]);
}

void from_half(HalfKind kind, const std::uint16_t* x, std::size_t n, float* out) {
  if (kind == HalfKind::bf16) {
    for (std::size_t i = 0; i < n; ++i) out[i] = bf16_value(x[i]);
    return;
  }
  for (std::size_t i = has_f16c() ? from_f16_vectors(x, n, out) : 0; i < n; ++i) out[i] = f16_value(x[i]);
}

void round_to_half(HalfKind kind, float* x, std::size_t n) {
  constexpr std::size_t kBlock = 256;
  std::uint16_t block[kBlock];
  for (std::size_t i = 0; i < n; i += kBlock) {
    const std::size_t count = n - i < kBlock ? n - i : kBlock;
    to_half(kind, x + i, count, block);
    from_half(kind, block, count, x + i);
  }
}

}  // namespace cascade
