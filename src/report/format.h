#pragma once
#include <string>
#include <string_view>

#include "base/stats.h"

namespace cascade {

/// "0.412": fixed, rounded half to even as the C library does; "-0.000" is "0.000"; "-" for what is not finite.
std::string fixed_text(double value, int decimals);
/// With a leading "+" where it is not negative.
std::string signed_text(double value, int decimals);

/// Decimals that show two digits of a half-width, at most 4.
int decimals_for(double half_width);

/// How an estimate is written: "0.412 ±0.013". Exact counts (an interval of no width) stand alone, "21.4M"; one value
/// has no interval, "0.5 ±?"; what does not apply is "-".
std::string estimate_text(const Estimate& e, std::string_view plus_minus = "±");
/// As estimate_text() with a sign in front: "+0.021 ±0.004".
std::string gap_text(const Estimate& e, std::string_view plus_minus = "±");
/// "+0.021 [+0.012, +0.030]"; "+2900 [exact]" where every value is the same, "+0.5 [one value]".
std::string interval_text(const Estimate& e);

/// 50000 -> "50 000"; small counts that are not whole have one decimal.
std::string grouped_count(double count);

/// 0.3149 -> "31.5 %" with one decimal.
std::string percent_text(double share, int decimals = 1);
/// A share with its half-width, in per cent: "31.5 ±1.2 %".
std::string percent_text(const Estimate& share, std::string_view plus_minus);

}  // namespace cascade
