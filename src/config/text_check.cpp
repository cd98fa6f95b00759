#include "config/text_check.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace cascade::config {
namespace {

std::string hex_byte(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return std::string("0x") + kDigits[byte >> 4] + kDigits[byte & 15];
}

/// The first byte that begins no well-formed character. REQUIRES that there is one.
std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > text.size() - i || !is_valid_utf8(text.substr(i, length))) return i;
    i += length;
  }
  return i;
}

bool check_encoding(std::string_view text, const Places& places, Faults& faults) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    faults.add(places.at(0), "", "the file is UTF-16 or UTF-32; save it as UTF-8");
    return false;
  }
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    faults.add(places.at(nul), "", "a NUL byte: not a text file, or not in UTF-8");
    return false;
  }
  if (!is_valid_utf8(text)) {
    const std::size_t bad = first_invalid_utf8(text);
    const std::string byte = hex_byte(static_cast<unsigned char>(text[bad]));
    faults.add(places.at(bad), "", "not UTF-8: the byte " + byte + "; save the file as UTF-8");
    return false;
  }
  return true;
}

bool check_characters(std::string_view text, const Places& places, Faults& faults) {
  bool line_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;  // U+0080..U+009F
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F || c1) {
      faults.add(places.at(i), "", "a control character (" + hex_byte(c1 ? static_cast<unsigned char>(next) : c) + ")");
      return false;
    }
    if (c == '\r' && next != '\n') {
      faults.add(places.at(i), "", "a carriage return that ends no line; end lines with a line feed");
      return false;
    }
    if (c == '\t' && line_start) {
      faults.add(places.at(i), "", "a tab in the indentation; indent with spaces");
      return false;
    }
    line_start = c == '\n' || (line_start && c == ' ');
  }
  return true;
}

bool check_count(std::size_t count, std::size_t most, const std::string& things, const Places& places, Faults& faults) {
  if (count <= most) return true;
  faults.add(places.at(0), "",
             "too large: " + std::to_string(count) + " " + things + "; at most " + std::to_string(most) + " are read");
  return false;
}

}  // namespace

Places::Places(std::string_view text, const Mark& begin) : text_(text), begin_(begin), starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continued_.push_back(i);
  }
}

Mark Places::at(std::size_t byte) const {
  byte = std::min(byte, text_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), byte);
  const std::size_t line = static_cast<std::size_t>(after - starts_.begin()) - 1;
  const auto first = std::lower_bound(continued_.begin(), continued_.end(), starts_[line]);
  const auto last = std::lower_bound(continued_.begin(), continued_.end(), byte);
  const auto characters = static_cast<std::ptrdiff_t>(byte - starts_[line]) - (last - first);
  const int shift = line == 0 ? begin_.column : 1;
  return {begin_.file, begin_.line + static_cast<int>(line), shift + static_cast<int>(characters)};
}

Mark Places::at(int line, int byte_column) const {
  const auto row = static_cast<std::size_t>(std::max(line, 0));
  if (row >= starts_.size()) return at(text_.size());
  const std::size_t end = row + 1 < starts_.size() ? starts_[row + 1] - 1 : text_.size();
  return at(std::min(starts_[row] + static_cast<std::size_t>(std::max(byte_column, 0)), end));
}

bool check_text(std::string_view text, const Places& places, Faults& faults) {
  const auto marks =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{' || c == ',' || c == ':'; });
  return check_count(text.size(), kMaxBytes, "bytes", places, faults) && check_encoding(text, places, faults) &&
         check_characters(text, places, faults) && check_count(places.lines(), kMaxLines, "lines", places, faults) &&
         check_count(static_cast<std::size_t>(marks), kMaxMarks, "marks ([ { , :)", places, faults);
}

}  // namespace cascade::config
