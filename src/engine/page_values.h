#pragma once
#include <span>

#include "engine/replicate.h"
#include "engine/serve_blocks.h"
#include "world/world.h"

namespace cascade {

/// What a page of `page` items is worth in the mean over the requests: the oracle's (oracle_page_value) and one drawn
/// by chance (random_page_value). Of no use where this process only helps.
NamedValues page_values(const World& world, std::span<const Request> requests, std::size_t page,
                        const SharedRequests& shared, const RunProgress& progress);

}  // namespace cascade
