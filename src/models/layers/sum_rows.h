#pragma once
#include <cstddef>

namespace cascade {

/// out[j] = rows[0][j] + rows[1][j] + ... for j < width, added in this order; with max(0, .) after it where `relu`.
/// REQUIRES count > 0.
void sum_rows(const float* const* rows, std::size_t count, std::size_t width, bool relu, float* out);

}  // namespace cascade
