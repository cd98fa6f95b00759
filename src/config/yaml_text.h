#pragma once
#include <string>
#include <string_view>

#include "config/node.h"

namespace cascade::config {

/// The value on one line: "300", "[1, 2]", "{kind: cold, keep: 300}". read_yaml gives the same value back.
std::string flow_text(const Node& node);

/// A whole file of a mapping or list: block style, what is small and flat in flow style. read_yaml gives the same
/// values back, and the text depends on nothing but them.
std::string yaml_text(const Node& node);

/// A text as a scalar: bare where it can be nothing else than this text, in double quotes otherwise.
std::string scalar_text(std::string_view text);

}  // namespace cascade::config
