#pragma once
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "base/stats.h"

namespace cascade {

using Json = nlohmann::ordered_json;

/// null for what is not finite.
inline Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// {mean, ci95: [lo, hi], n}; nulls where it does not apply.
Json estimate_json(const Estimate& e);

/// Text of a tree: two spaces a level, and whatever fits into 120 columns on one line. REQUIRES nesting of at most a
/// few dozen levels.
std::string json_text(const Json& value);

}  // namespace cascade
