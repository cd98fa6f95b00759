#pragma once
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace cascade {

using Json = nlohmann::ordered_json;

/// null for what is not finite.
inline Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// Text of a tree: two spaces a level, and whatever fits into 120 columns on one line. REQUIRES nesting of at most a
/// few dozen levels.
std::string json_text(const Json& value);

}  // namespace cascade
