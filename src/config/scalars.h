#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/fields.h"
#include "config/node.h"

namespace cascade::config {

/// What unquoted text means in YAML 1.2 (core schema).
enum class PlainType { null, boolean, number, text };
PlainType plain_type(std::string_view text);
/// Whether a scalar is text: quoted, or of no other type.
bool is_text(const Node& scalar);

/// Why a value is not of the type asked for.
struct Problem {
  std::string what;   ///< "expected a whole number"
  std::string meant;  ///< how it should probably be written; may be empty
};

/// Each sets `value` and returns nothing, or leaves it and says what is wrong. Numbers are plain decimals: no leading
/// zeros, underscores, hex, octal, nan or infinity; whole numbers no point or exponent either. Booleans are `true` and
/// `false` alone. Quoted text is text only; unquoted text that YAML takes for a number, boolean or null is not text.
std::optional<Problem> scalar_to(const Node& node, bool& value);
std::optional<Problem> scalar_to(const Node& node, std::int64_t& value, const Bounds& bounds);
std::optional<Problem> scalar_to(const Node& node, double& value, const Bounds& bounds);
std::optional<Problem> scalar_to(const Node& node, std::string& value);

}  // namespace cascade::config
