#include "base/at_least.h"

#include <bit>

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

std::size_t find_portable(const float* scores, std::size_t n, float least, std::uint32_t* positions) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (scores[i] >= least) positions[count++] = static_cast<std::uint32_t>(i);
  }
  return count;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) std::size_t find_avx2(const float* scores, std::size_t n, float least,
                                                      std::uint32_t* positions) {
  const __m256 bound = _mm256_set1_ps(least);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 passes = _mm256_cmp_ps(_mm256_loadu_ps(scores + i), bound, _CMP_GE_OQ);
    for (auto mask = static_cast<unsigned>(_mm256_movemask_ps(passes)); mask != 0; mask &= mask - 1) {
      positions[count++] = static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(std::countr_zero(mask));
    }
  }
  for (; i < n; ++i) {
    if (scores[i] >= least) positions[count++] = static_cast<std::uint32_t>(i);
  }
  return count;
}

/// No branch on the scores: most are below, but those that are not cannot be foreseen.
__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"))) std::size_t find_avx512(const float* scores,
                                                                                      std::size_t n, float least,
                                                                                      std::uint32_t* positions) {
  const __m512 bound = _mm512_set1_ps(least);
  __m512i position = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; i += 16) {
    const auto exists = static_cast<__mmask16>(n - i >= 16 ? 0xffffu : (1u << (n - i)) - 1u);
    const __mmask16 passes =
        _mm512_mask_cmp_ps_mask(exists, _mm512_maskz_loadu_ps(exists, scores + i), bound, _CMP_GE_OQ);
    // Compressed in a register and stored whole: a compressing store is slow microcode on Zen 4.
    _mm512_storeu_si512(positions + count, _mm512_maskz_compress_epi32(passes, position));
    count += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(passes)));
    position = _mm512_add_epi32(position, _mm512_set1_epi32(16));
  }
  return count;
}
#endif

}  // namespace

FindAtLeast find_at_least(SimdPath path) {
  CASCADE_CHECK(simd_path_available(path), "this CPU lacks the instructions asked for");
#if defined(__x86_64__)
  if (path == SimdPath::avx512) return find_avx512;
  if (path == SimdPath::avx2) return find_avx2;
#endif
  return find_portable;
}

}  // namespace cascade
