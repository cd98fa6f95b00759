#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

namespace cascade {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edits (insert, delete, replace, swap of neighbours; case ignored) between two short words: optimal string alignment.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

struct CodePoint {
  char32_t value;
  std::size_t length;  // bytes
};

// The code point at the front of `text`; nothing if it is not well-formed UTF-8 (over-long forms, surrogates and values
// past U+10FFFF are not).
std::optional<CodePoint> first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return CodePoint{lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return std::nullopt;
  char32_t value = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (byte(i) & 0x3fU);
  }
  static constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return std::nullopt;
  return CodePoint{value, length};
}

bool is_wide(char32_t c) {  // East Asian wide and emoji blocks
  static constexpr std::array<std::array<char32_t, 2>, 9> kWide = {{{0x1100, 0x115f},
                                                                    {0x2e80, 0xa4cf},
                                                                    {0xac00, 0xd7a3},
                                                                    {0xf900, 0xfaff},
                                                                    {0xfe30, 0xfe6f},
                                                                    {0xff00, 0xff60},
                                                                    {0xffe0, 0xffe6},
                                                                    {0x1f300, 0x1faff},
                                                                    {0x20000, 0x3fffd}}};
  return std::any_of(kWide.begin(), kWide.end(), [c](const auto& range) { return c >= range[0] && c <= range[1]; });
}

template <class... Format>
std::string chars_of(double value, Format... format) {
  std::array<char, 400> buffer;  // the longest fixed form has 309 digits
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return {buffer.data(), end};
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view wanted, std::span<const std::string> names, int limit) {
  struct Near {
    std::size_t distance;
    std::size_t position;
  };
  std::vector<Near> near;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t longer = std::max(wanted.size(), names[i].size());
    const std::size_t shorter = std::min(wanted.size(), names[i].size());
    const std::size_t allowed = std::max<std::size_t>(1, longer / 3);
    if (shorter == 0 || longer - shorter > allowed) continue;
    const std::size_t distance = edit_distance(wanted, names[i]);
    if (distance <= allowed) near.push_back({distance, i});
  }
  std::stable_sort(near.begin(), near.end(), [](const Near& a, const Near& b) { return a.distance < b.distance; });
  if (near.size() > static_cast<std::size_t>(std::max(limit, 0)))
    near.resize(static_cast<std::size_t>(std::max(limit, 0)));
  std::vector<std::string> found;
  for (const Near& n : near) found.push_back(names[n.position]);
  return found;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) all += separator;
    all += parts[i];
  }
  return all;
}

std::string number_text(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15) return chars_of(value, std::chars_format::fixed);
  return chars_of(value);
}

std::string short_number(double value) {
  const double size = std::fabs(value);
  if (!std::isfinite(value)) return chars_of(value);
  if (size < 9999.5 && (size == std::floor(size) || size >= 999.5)) return chars_of(value, std::chars_format::fixed, 0);
  if (size < 999.5) return chars_of(value, std::chars_format::general, 3);
  static constexpr std::array<std::string_view, 5> kSuffix = {"k", "M", "G", "T", "P"};
  double scaled = value / 1e3;
  std::size_t i = 0;
  for (; i + 1 < kSuffix.size() && std::fabs(scaled) >= 999.5; ++i) scaled /= 1e3;
  if (std::fabs(scaled) >= 999.5) return chars_of(value, std::chars_format::general, 3);
  return chars_of(scaled, std::chars_format::general, 3) + std::string(kSuffix[i]);
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto code_point = first_code_point(text);
    if (!code_point) return false;
    text.remove_prefix(code_point->length);
  }
  return true;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto code_point = first_code_point(text);
    width += code_point && is_wide(code_point->value) ? 2 : 1;
    text.remove_prefix(code_point ? code_point->length : 1);
  }
  return width;
}

}  // namespace cascade
