#include "report/html_text.h"

#include "base/errors.h"
#include "metrics/info.h"

namespace cascade {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Bytes of the character that starts the text; 0 where it is none that XML allows.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t n) {
    for (std::size_t i = 1; i <= n; ++i)
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    return true;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' ? 1 : 0;
  if (first >= 0xC2 && first < 0xE0) return follows(1) && !(first == 0xC2 && byte(1) < 0xA0) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const unsigned code = (first & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    return follows(2) && code >= 0x800 && !surrogate && code < 0xFFFE ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    const unsigned code =
        (first & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
    return follows(3) && code >= 0x10000 && code <= 0x10FFFF && (code & 0xFFFEU) != 0xFFFE ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    switch (text[0]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string metric_tooltip(std::string_view metric) {
  const MetricInfo* info = find_metric(metric);
  if (info == nullptr) return "";
  return std::string(info->pattern) + " [" + std::string(info->unit) + ", " +
         std::string(direction_name(info->direction)) + "]: " + std::string(info->definition);
}

std::string metric_markup(std::string_view stage, std::string_view metric) {
  const std::string tooltip = metric_tooltip(metric);
  const std::string place = stage.empty() ? "" : "<span class=\"dim\">" + html_text(stage) + "</span> ";
  if (tooltip.empty()) return place + html_text(metric);
  return place + "<abbr title=\"" + html_text(tooltip) + "\">" + html_text(metric) + "</abbr>";
}

std::string paragraph(std::string_view text, std::string_view css_class) {
  const std::string attribute = css_class.empty() ? "" : " class=\"" + std::string(css_class) + "\"";
  return "<p" + attribute + ">" + html_text(text) + "</p>\n";
}

std::string details(std::string_view summary, std::string_view markup) {
  return "<details><summary>" + html_text(summary) + "</summary>\n" + std::string(markup) + "</details>\n";
}

std::string scrolled(std::string_view markup) {
  return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">" + std::string(markup) +
         "</div>\n";
}

HtmlTable::HtmlTable(std::string_view caption, std::string_view css_class)
    : caption_(html_text(caption)), css_class_(css_class) {}

HtmlTable& HtmlTable::head(std::span<const std::string> cells) {
  columns_ = cells.size();
  head_ = "<thead><tr>";
  for (const std::string& cell : cells) head_ += "<th scope=\"col\">" + cell + "</th>";
  head_ += "</tr></thead>\n";
  return *this;
}

HtmlTable& HtmlTable::row(std::span<const std::string> cells) {
  CASCADE_CHECK(cells.size() == columns_, "a row has as many cells as the head");
  rows_ += "<tr>";
  bool first = true;
  for (const std::string& cell : cells) {
    rows_ += first ? "<th scope=\"row\">" + cell + "</th>" : "<td>" + cell + "</td>";
    first = false;
  }
  rows_ += "</tr>\n";
  return *this;
}

std::string HtmlTable::str() const {
  const std::string attribute = css_class_.empty() ? "" : " class=\"" + css_class_ + "\"";
  return "<table" + attribute + "><caption>" + caption_ + "</caption>\n" + head_ + "<tbody>\n" + rows_ +
         "</tbody></table>\n";
}

}  // namespace cascade
