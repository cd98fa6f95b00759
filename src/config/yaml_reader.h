#pragma once
#include <string_view>

#include "config/faults.h"
#include "config/node.h"

namespace cascade::config {

/// Parses one YAML document: the 1.2 core of it, without what makes files hard to trust (anchors and aliases, tags,
/// `<<`, duplicate keys, several documents, quoted texts over more than one line, tabs as indentation). Each of these
/// is a fault with its place. `begin` names the file and says where in it the text begins (1:1 for a whole file).
/// After a syntax error the result is a broken node. An empty text is a fault as well.
Node read_yaml(std::string_view text, const Mark& begin, Faults& faults);

}  // namespace cascade::config
