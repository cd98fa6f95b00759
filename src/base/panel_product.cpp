#include "base/panel_product.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/errors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the deliberately undefined operands inside its own AVX-512 intrinsics for mistakes (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#if defined(__clang__)
#define CASCADE_UNROLL _Pragma("unroll")
#else
#define CASCADE_UNROLL _Pragma("GCC unroll 16")
#endif

namespace cascade {
namespace {

constexpr std::size_t kLineFloats = 16;  // of a cache line

namespace portable {

/// a b + c, rounded once, also where the CPU has no such instruction: the product of two floats is exact in double;
/// the sum is rounded to odd, which makes the second rounding, to float, the right one (Boldo and Melquiond, IEEE
/// Trans. Computers 57(4), 2008).
inline float fused(float a, float b, float c) {
#if defined(FP_FAST_FMAF)
  return std::fma(a, b, c);
#else
  const double product = static_cast<double>(a) * b;
  const double addend = c;
  double sum = product + addend;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part);  // exact, Knuth's TwoSum; NaN at infinities
  const auto bits = std::bit_cast<std::uint64_t>(sum);
  if ((error < 0 || error > 0) && (bits & 1) == 0) {
    // An even sum moves one step towards the exact value; the step is away from 0 where the signs agree.
    sum = std::bit_cast<double>((error > 0) == (sum > 0) ? bits + 1 : bits - 1);
  }
  return static_cast<float>(sum);
#endif
}

struct Simd {
  static constexpr std::size_t kWidth = 4;
  static constexpr int kRows = 3;
  struct Vector {
    float lane[kWidth];
  };
  static Vector broadcast(float x) { return {{x, x, x, x}}; }
  static Vector load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
  static Vector load_first(const float* p, std::size_t count) {
    Vector x = broadcast(0.0f);
    std::copy_n(p, std::min(count, kWidth), x.lane);
    return x;
  }
  static void store_first(float* p, const Vector& x, std::size_t count) {
    std::copy_n(x.lane, std::min(count, kWidth), p);
  }
  static Vector add(Vector x, const Vector& y) {
    for (std::size_t i = 0; i < kWidth; ++i) x.lane[i] += y.lane[i];
    return x;
  }
  static Vector positive(Vector x) {
    for (float& lane : x.lane) lane = lane > 0.0f ? lane : 0.0f;
    return x;
  }
  static Vector fma(const Vector& x, const Vector& y, Vector z) {
    for (std::size_t i = 0; i < kWidth; ++i) z.lane[i] = fused(x.lane[i], y.lane[i], z.lane[i]);
    return z;
  }
};

#define CASCADE_TARGET
#include "base/panel_product.inc"
#undef CASCADE_TARGET

}  // namespace portable

#if defined(__x86_64__)
namespace avx2 {

#define CASCADE_TARGET __attribute__((target("avx2,fma")))
#define CASCADE_INLINE CASCADE_TARGET __attribute__((always_inline)) static inline

struct Simd {
  static constexpr std::size_t kWidth = 8;
  static constexpr int kRows = 6;
  using Vector = __m256;
  CASCADE_INLINE Vector broadcast(float x) { return _mm256_set1_ps(x); }
  CASCADE_INLINE Vector load(const float* p) { return _mm256_load_ps(p); }
  CASCADE_INLINE __m256i first(std::size_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  CASCADE_INLINE Vector load_first(const float* p, std::size_t count) {
    return count >= kWidth ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, first(count));
  }
  CASCADE_INLINE void store_first(float* p, Vector x, std::size_t count) {
    if (count >= kWidth) {
      _mm256_storeu_ps(p, x);
    } else {
      _mm256_maskstore_ps(p, first(count), x);
    }
  }
  CASCADE_INLINE Vector add(Vector x, Vector y) { return _mm256_add_ps(x, y); }
  CASCADE_INLINE Vector positive(Vector x) { return _mm256_max_ps(x, _mm256_setzero_ps()); }
  CASCADE_INLINE Vector fma(Vector x, Vector y, Vector z) { return _mm256_fmadd_ps(x, y, z); }
};

#include "base/panel_product.inc"
#undef CASCADE_TARGET

}  // namespace avx2

namespace avx512 {

#define CASCADE_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))

struct Simd {
  static constexpr std::size_t kWidth = 16;
  static constexpr int kRows = 12;
  using Vector = __m512;
  CASCADE_INLINE Vector broadcast(float x) { return _mm512_set1_ps(x); }
  CASCADE_INLINE Vector load(const float* p) { return _mm512_load_ps(p); }
  CASCADE_INLINE __mmask16 first(std::size_t count) {
    return static_cast<__mmask16>(count >= kWidth ? 0xffffu : (1u << count) - 1u);
  }
  CASCADE_INLINE Vector load_first(const float* p, std::size_t count) { return _mm512_maskz_loadu_ps(first(count), p); }
  CASCADE_INLINE void store_first(float* p, Vector x, std::size_t count) { _mm512_mask_storeu_ps(p, first(count), x); }
  CASCADE_INLINE Vector add(Vector x, Vector y) { return _mm512_add_ps(x, y); }
  CASCADE_INLINE Vector positive(Vector x) { return _mm512_max_ps(x, _mm512_setzero_ps()); }
  CASCADE_INLINE Vector fma(Vector x, Vector y, Vector z) { return _mm512_fmadd_ps(x, y, z); }
};

#include "base/panel_product.inc"
#undef CASCADE_TARGET

}  // namespace avx512
#endif

}  // namespace

PanelKernel panel_kernel(SimdPath path) {
  CASCADE_CHECK(simd_path_available(path), "this CPU lacks the instructions asked for");
#if defined(__x86_64__)
  if (path == SimdPath::avx512) return avx512::run_panel;
  if (path == SimdPath::avx2) return avx2::run_panel;
#endif
  return portable::run_panel;
}

}  // namespace cascade
