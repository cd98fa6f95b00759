#pragma once

namespace cascade {

/// The instruction sets that the hot kernels are written for. All give the same bits; only the speed differs.
enum class SimdPath { portable, avx2, avx512 };

/// Whether this CPU can run `path`.
bool simd_path_available(SimdPath path);

/// The fastest path of this CPU. The environment variable CASCADE_SIMD (portable, avx2 or avx512) may lower it, for
/// tests and measurements.
SimdPath best_simd_path();

}  // namespace cascade
