#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cascade {

// Pieces of report.html. "Markup" is text that stands in the page as it is; everything else passes html_text() first.

/// Any text as content or attribute value: markup signs escaped, and what XML forbids (control characters,
/// noncharacters, bytes that are not UTF-8) replaced by U+FFFD.
std::string html_text(std::string_view text);

/// A metric's name with its unit, direction and definition as a tooltip; "preranking gauc" where a stage is given.
std::string metric_markup(std::string_view stage, std::string_view metric);

/// What the tooltip of a metric says; "" for a metric that the register does not have.
std::string metric_tooltip(std::string_view metric);

/// `<p class="...">text</p>`.
std::string paragraph(std::string_view text, std::string_view css_class = "");

/// What is shown only on demand; every reader without script can open it too.
std::string details(std::string_view summary, std::string_view markup);

/// Markup in a box that scrolls sideways by itself.
std::string scrolled(std::string_view markup);

/// A table of markup cells. The first cell of each row is its head.
class HtmlTable {
 public:
  /// `css_class` may be empty; with "sort" a click on a column's head sorts the rows by it.
  HtmlTable(std::string_view caption, std::string_view css_class);
  HtmlTable& head(std::span<const std::string> cells);
  /// REQUIRES as many cells as the head has.
  HtmlTable& row(std::span<const std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string str() const;

 private:
  std::string caption_;
  std::string css_class_;
  std::string head_;
  std::size_t columns_ = 0;
  std::string rows_;
};

}  // namespace cascade
