#pragma once
#include <string>
#include <string_view>

namespace cascade {

/// Text as one field of a CSV file (RFC 4180): quoted where it has a comma, a quote or a line end.
std::string csv_field(std::string_view text);

}  // namespace cascade
