#pragma once
#include <algorithm>
#include <ctime>

#include "base/simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cascade::bench {

/// Seconds of CPU this thread has used: what other programs on the machine disturb least.
inline double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

#if defined(__x86_64__)
inline constexpr int kChains = 12;  // enough to cover a latency of 4 or 5 cycles in two units
inline constexpr int kSteps = 1'000'000;

__attribute__((target("avx512f"))) inline void run_chains_avx512() {
  __m512 sums[kChains];
  for (__m512& sum : sums) sum = _mm512_set1_ps(1.0f);
  for (int step = 0; step < kSteps; ++step) {
    for (__m512& sum : sums) asm volatile("vfmadd213ps %0, %0, %0" : "+v"(sum));
  }
}

__attribute__((target("avx2,fma"))) inline void run_chains_avx2() {
  __m256 sums[kChains];
  for (__m256& sum : sums) sum = _mm256_set1_ps(1.0f);
  for (int step = 0; step < kSteps; ++step) {
    for (__m256& sum : sums) asm volatile("vfmadd213ps %0, %0, %0" : "+x"(sum));
  }
}
#endif

/// GFLOP/s of one core in a loop of fused multiply-adds that never leaves the registers, best of 20; 0 where there is
/// no such loop for the path.
inline double peak_gflops() {
  double best = 0;
#if defined(__x86_64__)
  const SimdPath path = best_simd_path();
  if (path == SimdPath::portable) return 0;
  for (int i = 0; i < 20; ++i) {
    const double start = thread_seconds();
    if (path == SimdPath::avx512) {
      run_chains_avx512();
    } else {
      run_chains_avx2();
    }
    const double lanes = path == SimdPath::avx512 ? 16 : 8;
    best = std::max(best, 2e-9 * lanes * kChains * kSteps / (thread_seconds() - start));
  }
#endif
  return best;
}

}  // namespace cascade::bench
