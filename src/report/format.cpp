#include "report/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace cascade {
namespace {

double half_width(const Estimate& e) { return 0.5 * (e.hi - e.lo); }

/// No spread beyond rounding.
bool is_exact(const Estimate& e) { return e.n >= 2 && half_width(e) <= 1e-9 * std::fabs(e.mean); }

}  // namespace

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text[0] == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string signed_text(double value, int decimals) {
  const std::string text = fixed_text(value, decimals);
  return text[0] == '-' ? text : "+" + text;
}

int decimals_for(double half_width) {
  if (!(half_width > 0)) return 3;
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(half_width))), 0, 4);
}

std::string estimate_text(const Estimate& e, std::string_view plus_minus) {
  if (e.n == 0) return "-";
  if (is_exact(e)) return short_number(e.mean);
  if (e.n == 1) return short_number(e.mean) + " " + std::string(plus_minus) + "?";
  const int decimals = decimals_for(half_width(e));
  return fixed_text(e.mean, decimals) + " " + std::string(plus_minus) + fixed_text(half_width(e), decimals);
}

std::string gap_text(const Estimate& e, std::string_view plus_minus) {
  const std::string text = estimate_text(e, plus_minus);
  return e.n == 0 || text[0] == '-' ? text : "+" + text;
}

std::string interval_text(const Estimate& e) {
  if (e.n == 0) return "-";
  const std::string sign = e.mean < 0 ? "" : "+";
  if (e.n == 1) return sign + short_number(e.mean) + " [one value]";
  if (is_exact(e)) return sign + short_number(e.mean) + " [exact]";
  const int decimals = decimals_for(half_width(e));
  return signed_text(e.mean, decimals) + " [" + signed_text(e.lo, decimals) + ", " + signed_text(e.hi, decimals) + "]";
}

std::string grouped_count(double count) {
  const std::string digits = fixed_text(count, count < 10 && count != std::floor(count) ? 1 : 0);
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) text += ' ';
    text += digits[i];
  }
  return text;
}

std::string percent_text(double share, int decimals) { return fixed_text(100 * share, decimals) + " %"; }

std::string percent_text(const Estimate& share, std::string_view plus_minus) {
  if (share.n == 0) return "-";
  const std::string half = share.n == 1 ? "?" : fixed_text(100 * half_width(share), 1);
  return fixed_text(100 * share.mean, 1) + " " + std::string(plus_minus) + half + " %";
}

}  // namespace cascade
