#pragma once
#include <cstdint>
#include <span>

#include "world/truth.h"

namespace cascade {

/// Content code number `code` of every item: the latent plus noise is cut into as many slices as there are codes, and
/// a slice is coded by the nearest of `content_levels` centres (product quantisation, Jegou et al., TPAMI 2011).
/// With more codes than components, a component is coded several times, each with its own noise.
void content_codes(const World::Truth& truth, int code, std::span<std::uint32_t> out);

}  // namespace cascade
