#include "base/append_keys.h"

#include <algorithm>

#include "base/errors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the deliberately undefined operands inside its own AVX-512 intrinsics for mistakes (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace cascade {
namespace {

std::size_t append_portable(const float* scores, std::size_t n, ItemId first, float least, std::uint64_t* keys) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (scores[i] >= least) keys[count++] = rank_key(scores[i], first + static_cast<ItemId>(i));
  }
  return count;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) std::size_t append_avx2(const float* scores, std::size_t n, ItemId first, float least,
                                                        std::uint64_t* keys) {
  const __m256 bound = _mm256_set1_ps(least);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    auto mask =
        static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(scores + i), bound, _CMP_GE_OQ)));
    for (; mask != 0; mask &= mask - 1) {
      const std::size_t at = i + static_cast<std::size_t>(std::countr_zero(mask));
      keys[count++] = rank_key(scores[at], first + static_cast<ItemId>(at));
    }
  }
  return count + append_portable(scores + i, n - i, first + static_cast<ItemId>(i), least, keys + count);
}

__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"))) std::size_t append_avx512(const float* scores,
                                                                                        std::size_t n, ItemId first,
                                                                                        float least,
                                                                                        std::uint64_t* keys) {
  const __m512 bound = _mm512_set1_ps(least);
  const __m512i sign = _mm512_set1_epi32(static_cast<int>(0x80000000u));
  __m512i inverse = _mm512_sub_epi32(_mm512_set1_epi32(static_cast<int>(~first)),
                                     _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  std::uint64_t* to = keys;
  for (std::size_t i = 0; i < n; i += 16) {
    const auto exists = static_cast<__mmask16>(n - i >= 16 ? 0xffffu : (1u << (n - i)) - 1u);
    const __m512 x = _mm512_maskz_loadu_ps(exists, scores + i);
    const __mmask16 mask = _mm512_mask_cmp_ps_mask(exists, x, bound, _CMP_GE_OQ);
    if (mask != 0) {
      const __m512i bits = _mm512_castps_si512(_mm512_add_ps(x, _mm512_setzero_ps()));
      const __m512i ordered = _mm512_xor_si512(bits, _mm512_or_si512(_mm512_srai_epi32(bits, 31), sign));
      const auto low_mask = static_cast<__mmask8>(mask);
      const auto high_mask = static_cast<__mmask8>(mask >> 8);
      const __m512i low = _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(ordered)), 32),
                                          _mm512_cvtepu32_epi64(_mm512_castsi512_si256(inverse)));
      const __m512i high =
          _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(ordered, 1)), 32),
                          _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(inverse, 1)));
      // Compressed in a register and stored whole: a compressing store is slow microcode on Zen 4.
      _mm512_storeu_si512(to, _mm512_maskz_compress_epi64(low_mask, low));
      to += std::popcount(static_cast<unsigned>(low_mask));
      _mm512_storeu_si512(to, _mm512_maskz_compress_epi64(high_mask, high));
      to += std::popcount(static_cast<unsigned>(high_mask));
    }
    inverse = _mm512_sub_epi32(inverse, _mm512_set1_epi32(16));
  }
  return static_cast<std::size_t>(to - keys);
}
#endif

}  // namespace

AppendKeys append_keys(SimdPath path) {
  CASCADE_CHECK(simd_path_available(path), "this CPU lacks the instructions asked for");
#if defined(__x86_64__)
  if (path == SimdPath::avx512) return append_avx512;
  if (path == SimdPath::avx2) return append_avx2;
#endif
  return append_portable;
}

}  // namespace cascade
