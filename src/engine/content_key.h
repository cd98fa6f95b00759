#pragma once
#include <string>

#include "config/writer.h"
#include "config/yaml_text.h"

namespace cascade {

/// The text that names everything a parameter struct says: equal texts, equal content.
template <class Struct>
std::string content_of(const Struct& value) {
  return config::flow_text(config::to_node(value));
}

}  // namespace cascade
