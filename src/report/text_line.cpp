#include "report/text_line.h"

#include "base/text.h"

namespace cascade {
namespace {

std::string_view ink_code(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::good:
      return "\x1b[32m";
    case Ink::bad:
      return "\x1b[31m";
    case Ink::accent:
      return "\x1b[36m";
    case Ink::warn:
      return "\x1b[33m";
  }
  return "";
}

/// Length in bytes of the first character.
std::size_t first_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

}  // namespace

TextLine& TextLine::to(std::size_t column) {
  const std::size_t blanks = column > width_ ? column - width_ : (width_ > 0 ? 1 : 0);
  text_.append(blanks, ' ');
  width_ += blanks;
  return *this;
}

TextLine& TextLine::put(std::string_view text, Ink ink) {
  if (text.empty()) return *this;
  const std::string_view code = style_.color ? ink_code(ink) : std::string_view();
  text_ += code;
  text_ += text;
  if (!code.empty()) text_ += "\x1b[0m";
  width_ += display_width(text);
  return *this;
}

TextLine& TextLine::put_right(std::size_t column, std::string_view text, Ink ink) {
  const std::size_t width = display_width(text);
  return to(column > width ? column - width : 0).put(text, ink);
}

TextLine& TextLine::repeat(std::string_view glyph, std::size_t times, Ink ink) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += glyph;
  return put(text, ink);
}

std::string TextLine::str() const {
  const std::size_t end = text_.find_last_not_of(' ');
  return text_.substr(0, end == std::string::npos ? 0 : end + 1) + "\n";
}

std::string cut_text(std::string_view text, std::size_t width, const TextStyle& style) {
  if (display_width(text) <= width) return std::string(text);
  std::string cut;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, first_length(text));
    const std::size_t columns = display_width(one);
    if (used + columns + 1 > width) break;
    cut += one;
    used += columns;
    text.remove_prefix(one.size());
  }
  return width == 0 ? cut : cut + std::string(style.glyph("…", "."));
}

std::vector<std::string> wrap_text(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, end);
    if (!word.empty()) {
      if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > width) lines.emplace_back();
      if (!lines.back().empty()) lines.back() += ' ';
      lines.back() += word;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace cascade
