#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cascade {

/// The names nearest to `wanted` by edit distance (with swaps), at most `limit` and only near ones.
std::vector<std::string> nearest_names(std::string_view wanted, std::span<const std::string> names, int limit = 1);

/// "a, b, c".
std::string join(std::span<const std::string> parts, std::string_view separator = ", ");

/// Shortest text that reads back as the same double; "12" for whole numbers.
std::string number_text(double value);

/// 1234567 -> "1.23M", 0.00312 -> "0.00312": for people.
std::string short_number(double value);

bool is_valid_utf8(std::string_view text);

/// Columns that a terminal shows for UTF-8 text (our own output only: no combining marks).
std::size_t display_width(std::string_view text);

}  // namespace cascade
