#include "report/svg.h"

#include <algorithm>
#include <cmath>

#include "base/real.h"
#include "report/format.h"
#include "report/html_text.h"

namespace cascade {
namespace {

constexpr double kCap = 3;  // half the length of a whisker's cap

std::string attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + svg_number(value) + "\"";
}

std::string class_attribute(std::string_view css_class) {
  return css_class.empty() ? "" : " class=\"" + std::string(css_class) + "\"";
}

std::string points_text(const std::vector<std::pair<double, double>>& points) {
  std::string text;
  for (const auto& [x, y] : points) text += (text.empty() ? "" : " ") + svg_number(x) + "," + svg_number(y);
  return text;
}

/// The power of ten at or below `value`.
double power_of_ten(double value) {
  double power = 1;
  while (power > value) power /= 10;
  while (power * 10 <= value) power *= 10;
  return power;
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `value`.
double round_up(double value) {
  const double power = power_of_ten(value);
  for (const double factor : {1.0, 2.0, 5.0})
    if (power * factor >= value * (1 - 1e-9)) return power * factor;
  return power * 10;
}

std::vector<double> logarithmic_ticks(double lo, double hi, int count) {
  std::vector<double> ticks;
  for (const std::vector<double>& steps : {std::vector<double>{1, 2, 5}, {1, 3}, {1}}) {
    ticks.clear();
    for (double power = power_of_ten(lo); power <= hi; power *= 10)
      for (const double step : steps)
        if (power * step >= lo && power * step <= hi) ticks.push_back(power * step);
    if (ticks.size() <= static_cast<std::size_t>(count)) break;
  }
  return ticks;
}

}  // namespace

std::string svg_number(double value) {
  std::string text = fixed_text(value, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

Svg::Svg(double width, double height, std::string_view description, std::string_view css_class)
    : head_("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"" + html_text(description) + "\"" +
            attribute("width", width) + attribute("height", height) + " viewBox=\"0 0 " + svg_number(width) + " " +
            svg_number(height) + "\"" + class_attribute(css_class) + ">\n") {}

Svg& Svg::shape(std::string_view tag, std::string_view attributes, std::string_view css_class, std::string_view tip) {
  body_ += "<" + std::string(tag) + std::string(attributes) + class_attribute(css_class);
  body_ += tip.empty() ? "/>\n" : "><title>" + html_text(tip) + "</title></" + std::string(tag) + ">\n";
  return *this;
}

Svg& Svg::rect(double x, double y, double width, double height, std::string_view css_class, std::string_view tip) {
  return shape("rect",
               attribute("x", x) + attribute("y", y) + attribute("width", std::max(width, 0.0)) +
                   attribute("height", std::max(height, 0.0)),
               css_class, tip);
}

Svg& Svg::line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return shape("line", attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2), css_class,
               "");
}

Svg& Svg::circle(double x, double y, double radius, std::string_view css_class, std::string_view tip) {
  return shape("circle", attribute("cx", x) + attribute("cy", y) + attribute("r", radius), css_class, tip);
}

Svg& Svg::diamond(double x, double y, double radius, std::string_view css_class, std::string_view tip) {
  const std::string points = points_text({{x, y - radius}, {x + radius, y}, {x, y + radius}, {x - radius, y}});
  return shape("polygon", " points=\"" + points + "\"", css_class, tip);
}

Svg& Svg::polygon(const std::vector<std::pair<double, double>>& points, std::string_view css_class) {
  return shape("polygon", " points=\"" + points_text(points) + "\"", css_class, "");
}

Svg& Svg::polyline(const std::vector<std::pair<double, double>>& points, std::string_view css_class) {
  return shape("polyline", " points=\"" + points_text(points) + "\"", css_class, "");
}

Svg& Svg::text(double x, double y, std::string_view text, std::string_view css_class, std::string_view tip) {
  body_ += "<text" + attribute("x", x) + attribute("y", y) + class_attribute(css_class) + ">";
  if (!tip.empty()) body_ += "<title>" + html_text(tip) + "</title>";
  body_ += html_text(text) + "</text>\n";
  return *this;
}

Svg& Svg::whisker(double x1, double x2, double y, std::string_view css_class) {
  line(x1, y, x2, y, css_class);
  line(x1, y - kCap, x1, y + kCap, css_class);
  return line(x2, y - kCap, x2, y + kCap, css_class);
}

Svg& Svg::whisker_up(double x, double y1, double y2, std::string_view css_class) {
  line(x, y1, x, y2, css_class);
  line(x - kCap, y1, x + kCap, y1, css_class);
  return line(x - kCap, y2, x + kCap, y2, css_class);
}

double Axis::at(double value) const {
  double share = (value - lo) / (hi - lo);
  if (logarithmic) share = value > 0 ? exact_log(value / lo) / exact_log(hi / lo) : 0;
  return from + share * (to - from);
}

std::vector<double> Axis::ticks(int count) const {
  if (logarithmic) return logarithmic_ticks(lo, hi, count);
  const double step = round_up((hi - lo) / std::max(1, count - 1));
  std::vector<double> ticks;
  for (double n = std::ceil(lo / step - 1e-9); n * step <= hi + 1e-9 * step; ++n) ticks.push_back(n * step);
  return ticks;
}

int Axis::decimals(const std::vector<double>& ticks) {
  if (ticks.size() < 2) return 2;
  const double step = ticks[1] - ticks[0];
  int decimals = 0;
  for (double power = 1; power > step * (1 + 1e-9) && decimals < 6; power /= 10) ++decimals;
  return decimals;
}

void Range::add(double value) {
  if (!std::isfinite(value)) return;
  lo_ = std::min(lo_, value);
  hi_ = std::max(hi_, value);
}

void Range::add(const Estimate& e) {
  if (e.n == 0) return;
  for (const double value : {e.mean, e.lo, e.hi}) add(value);
}

Axis Range::axis(double from, double to, bool logarithmic) const {
  constexpr double kMargin = 0.04;
  if (logarithmic && lo_ > 0) {
    const double ratio = std::max(exact_log(hi_ / lo_), 0.1);
    return {lo_ * exact_exp(-kMargin * ratio), hi_ * exact_exp(kMargin * ratio), from, to, true};
  }
  const double width = hi_ > lo_ ? hi_ - lo_ : std::max(std::fabs(hi_), 1.0);
  return {lo_ - kMargin * width, hi_ + kMargin * width, from, to, false};
}

}  // namespace cascade
