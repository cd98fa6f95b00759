#include "config/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace cascade::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

/// Splits "12.5e-3" into digits, fraction and exponent; nothing if it is not a decimal number.
struct Decimal {
  std::string_view whole, fraction, exponent;
};
std::optional<Decimal> split_decimal(std::string_view text) {
  text = without_sign(text);
  Decimal parts;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    parts.exponent = text.substr(e + 1);
    if (!all_digits(without_sign(parts.exponent))) return std::nullopt;
    text = text.substr(0, e);
  }
  const std::size_t point = text.find('.');
  parts.whole = text.substr(0, point);
  if (point != std::string_view::npos) parts.fraction = text.substr(point + 1);
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (!parts.whole.empty() && !all_digits(parts.whole)) return std::nullopt;
  if (!parts.fraction.empty() && !all_digits(parts.fraction)) return std::nullopt;
  return parts;
}

bool has_leading_zero(const Decimal& parts) { return parts.whole.size() > 1 && parts.whole[0] == '0'; }

std::optional<std::int64_t> to_int64(std::string_view text, int base = 10) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> to_double(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The number that a spelling from other languages or YAML 1.1 stands for: 1_000, 0x1F, 0o17, 010.
std::string plain_decimal(std::string_view text) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept), [](char c) { return c != '_'; });
  const std::string sign = kept.starts_with('-') ? "-" : "";
  std::string_view digits = without_sign(kept);
  std::optional<std::int64_t> value;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    value = to_int64(digits.substr(2), 16);
  } else if (digits.starts_with("0o")) {
    value = to_int64(digits.substr(2), 8);
  } else {
    while (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) digits.remove_prefix(1);
    return split_decimal(digits) ? sign + std::string(digits) : "";
  }
  return value && *value >= 0 ? sign + std::to_string(*value) : "";
}

Problem out_of_bounds(const Bounds& bounds) { return {"must be " + bounds_text(bounds), ""}; }

Problem beyond_64_bits(bool negative, const Bounds& bounds) {
  if (std::isfinite(negative ? bounds.lo : bounds.hi)) return out_of_bounds(bounds);
  return {negative ? "must be at least -9223372036854775808" : "must be at most 9223372036854775807", ""};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_not_finite(std::string_view text) {
  const std::string lower = lower_case(without_sign(text));
  constexpr std::array<std::string_view, 6> kWords = {".inf", ".nan", "inf", "nan", "infinity", ".infinity"};
  return one_of(lower, kWords);
}

}  // namespace

PlainType plain_type(std::string_view text) {
  constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
  constexpr std::array<std::string_view, 6> kBool = {"true", "True", "TRUE", "false", "False", "FALSE"};
  constexpr std::array<std::string_view, 6> kNotFinite = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"};
  if (one_of(text, kNull)) return PlainType::null;
  if (one_of(text, kBool)) return PlainType::boolean;
  if (split_decimal(text) || one_of(without_sign(text), kNotFinite)) return PlainType::number;
  const bool hex = text.starts_with("0x") && to_int64(text.substr(2), 16);
  const bool octal = text.starts_with("0o") && to_int64(text.substr(2), 8);
  return hex || octal ? PlainType::number : PlainType::text;
}

bool is_text(const Node& scalar) { return scalar.quoted || plain_type(scalar.text) == PlainType::text; }

std::optional<Problem> scalar_to(const Node& node, bool& value) {
  const std::string expected = "expected true or false";
  if (!node.is_scalar()) return Problem{expected, ""};
  if (!node.quoted && (node.text == "true" || node.text == "false")) {
    value = node.text == "true";
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 5> kYes = {"true", "yes", "on", "y", "1"};
  constexpr std::array<std::string_view, 5> kNo = {"false", "no", "off", "n", "0"};
  const std::string lower = lower_case(node.text);
  if (one_of(lower, kYes)) return Problem{expected, "true"};
  if (one_of(lower, kNo)) return Problem{expected, "false"};
  return Problem{expected, ""};
}

std::optional<Problem> scalar_to(const Node& node, std::int64_t& value, const Bounds& bounds) {
  const std::string expected = "expected a whole number";
  if (!node.is_scalar()) return Problem{expected, ""};
  const auto parts = split_decimal(node.text);
  const bool whole = parts && node.text.find_first_of(".eE") == std::string::npos;
  if (whole && !node.quoted && !has_leading_zero(*parts)) {
    const auto read = to_int64(node.text);
    if (!read) return beyond_64_bits(node.text.starts_with('-'), bounds);
    if (!inside(*read, bounds)) return out_of_bounds(bounds);
    value = *read;
    return std::nullopt;
  }
  if (whole && has_leading_zero(*parts))
    return Problem{expected + " without leading zeros (YAML 1.1 reads them as octal)", plain_decimal(node.text)};
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const auto real = parts ? to_double(node.text) : std::nullopt;
  if (real && std::floor(*real) == *real && std::abs(*real) <= kExact)
    return Problem{expected, number_text(*real)};  // 1e3, 2.0
  return Problem{expected, parts ? "" : plain_decimal(node.text)};
}

std::optional<Problem> scalar_to(const Node& node, double& value, const Bounds& bounds) {
  const std::string expected = "expected a number";
  if (!node.is_scalar()) return Problem{expected, ""};
  const auto parts = split_decimal(node.text);
  if (!parts) {
    if (is_not_finite(node.text)) return Problem{"expected a finite number", ""};
    return Problem{expected, plain_decimal(node.text)};
  }
  if (has_leading_zero(*parts)) return Problem{expected + " without leading zeros", plain_decimal(node.text)};
  if (node.quoted) return Problem{expected, node.text};
  const auto read = to_double(node.text);
  if (!read) return Problem{"too large or too small for a number", ""};
  if (!inside(*read, bounds)) return out_of_bounds(bounds);
  value = *read;
  return std::nullopt;
}

std::optional<Problem> scalar_to(const Node& node, std::string& value) {
  const std::string expected = "expected text";
  if (!node.is_scalar()) return Problem{expected, ""};
  if (!is_text(node)) return Problem{expected + " (in quotes, if this is meant)", "\"" + node.text + "\""};
  const bool control = std::any_of(node.text.begin(), node.text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
  });
  if (control) return Problem{expected + " without control characters", ""};
  value = node.text;
  return std::nullopt;
}

}  // namespace cascade::config
