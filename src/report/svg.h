#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/stats.h"

namespace cascade {

/// A picture inside report.html. Coordinates are pixels from the upper left corner, written to a tenth; looks come from
/// the page's style sheet by class. Texts and tooltips are plain text.
class Svg {
 public:
  /// `description` says in words what the picture shows.
  Svg(double width, double height, std::string_view description, std::string_view css_class = "");
  Svg& rect(double x, double y, double width, double height, std::string_view css_class, std::string_view tip = "");
  Svg& line(double x1, double y1, double x2, double y2, std::string_view css_class);
  Svg& circle(double x, double y, double radius, std::string_view css_class, std::string_view tip = "");
  Svg& diamond(double x, double y, double radius, std::string_view css_class, std::string_view tip = "");
  Svg& polygon(const std::vector<std::pair<double, double>>& points, std::string_view css_class);
  Svg& polyline(const std::vector<std::pair<double, double>>& points, std::string_view css_class);
  /// `css_class` may have "mid" or "end" for the place of (x, y) in the text.
  Svg& text(double x, double y, std::string_view text, std::string_view css_class = "", std::string_view tip = "");
  /// An interval from x1 to x2 with caps.
  Svg& whisker(double x1, double x2, double y, std::string_view css_class = "whisker");
  Svg& whisker_up(double x, double y1, double y2, std::string_view css_class = "whisker");
  std::string str() const { return head_ + body_ + "</svg>\n"; }

 private:
  Svg& shape(std::string_view tag, std::string_view attributes, std::string_view css_class, std::string_view tip);

  std::string head_;
  std::string body_;
};

/// 12.34 -> "12.3", 12.0 -> "12".
std::string svg_number(double value);

/// A scale from data to pixels.
struct Axis {
  double lo = 0;
  double hi = 1;  ///< above lo
  double from = 0;
  double to = 1;             ///< pixels of lo and hi
  bool logarithmic = false;  ///< REQUIRES lo > 0

  double at(double value) const;
  /// About `count` round values from lo to hi (log: 1, 2 and 5 times powers of ten, thinned).
  std::vector<double> ticks(int count) const;
  /// Tick labels all have these decimals.
  static int decimals(const std::vector<double>& ticks);
};

/// Collects what an axis has to hold.
class Range {
 public:
  void add(double value);
  void add(const Estimate& e);  ///< its interval, where it applies
  bool empty() const { return !(lo_ <= hi_); }
  double lo() const { return lo_; }
  double hi() const { return hi_; }
  /// With a margin of 4 % (of the logarithm) on both sides; a single value gets room too.
  Axis axis(double from, double to, bool logarithmic = false) const;

 private:
  double lo_ = 1e300;
  double hi_ = -1e300;
};

}  // namespace cascade
