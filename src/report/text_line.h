#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cascade {

/// Columns of a line at most.
inline constexpr std::size_t kTerminalWidth = 100;

/// How a terminal shows a piece of text; every ink is readable without colour too.
enum class Ink { plain, bold, dim, good, bad, accent, warn };

/// What the terminal can show.
struct TextStyle {
  bool unicode = true;  ///< else ASCII
  bool color = false;   ///< ANSI escape codes
  /// `fancy` or its ASCII stand-in.
  std::string_view glyph(std::string_view fancy, std::string_view ascii) const { return unicode ? fancy : ascii; }
  std::string_view plus_minus() const { return glyph("±", "+-"); }
};

/// A line put together from left to right; widths are what a terminal shows, escape codes count nothing.
class TextLine {
 public:
  explicit TextLine(const TextStyle& style) : style_(style) {}
  /// Blanks up to `column` (one blank if the line is already past it).
  TextLine& to(std::size_t column);
  TextLine& put(std::string_view text, Ink ink = Ink::plain);
  /// Ends the text at `column`, as numbers stand under each other.
  TextLine& put_right(std::size_t column, std::string_view text, Ink ink = Ink::plain);
  TextLine& repeat(std::string_view glyph, std::size_t times, Ink ink = Ink::plain);
  std::size_t width() const { return width_; }
  /// With the line end; blanks at the end are left out.
  std::string str() const;

 private:
  const TextStyle& style_;
  std::string text_;
  std::size_t width_ = 0;
};

/// At most `width` columns of the text, the end replaced by "…" ("." in ASCII) where it does not fit.
std::string cut_text(std::string_view text, std::size_t width, const TextStyle& style);

/// The text in lines of at most `width` columns, broken at blanks.
std::vector<std::string> wrap_text(std::string_view text, std::size_t width);

}  // namespace cascade
