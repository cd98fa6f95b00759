#include "base/simd.h"

#include <cstdlib>
#include <string_view>

namespace cascade {
namespace {

SimdPath choose_path() {
  const char* text = std::getenv("CASCADE_SIMD");
  const std::string_view wish = text != nullptr ? text : "avx512";
  if (wish == "avx512" && simd_path_available(SimdPath::avx512)) return SimdPath::avx512;
  if (wish != "portable" && simd_path_available(SimdPath::avx2)) return SimdPath::avx2;
  return SimdPath::portable;
}

}  // namespace

bool simd_path_available(SimdPath path) {
#if defined(__x86_64__)
  switch (path) {
    case SimdPath::portable:
      return true;
    case SimdPath::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case SimdPath::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  }
#endif
  return path == SimdPath::portable;
}

SimdPath best_simd_path() {
  static const SimdPath path = choose_path();
  return path;
}

}  // namespace cascade
