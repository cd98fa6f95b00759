#pragma once
#include <memory>

#include "funnel/stage.h"
#include "world/world.h"

namespace cascade {

/// A recall stage in a world that lists items later: asked for as many more as are not listed yet, of which these are
/// taken out. For a scan that is exactly its best among listed items. The stage itself where every item is listed.
std::shared_ptr<const Stage> only_listed(const World& world, std::shared_ptr<const Stage> stage);

}  // namespace cascade
