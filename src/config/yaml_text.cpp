#include "config/yaml_text.h"

#include <algorithm>
#include <array>

#include "config/scalars.h"

namespace cascade::config {
namespace {

constexpr std::size_t kWidth = 100;  ///< flow style as long as a line is not longer

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Words that YAML 1.1 programs take for booleans.
bool is_old_boolean(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords = {"yes", "no", "on", "off"};
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

/// Leaves out what a parser may take otherwise: yaml-cpp ends bare text at a `?` in flow style.
bool is_bare(std::string_view text) {
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@+()'% ";
  return !text.empty() && is_letter(text.front()) && text.back() != ' ' &&
         text.find_first_not_of(kInside) == std::string_view::npos && plain_type(text) == PlainType::text &&
         !is_old_boolean(text);
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c == '"' || c == '\\') {
      out += std::string("\\") + static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      out += std::string("\\x") + kHex[c >> 4] + kHex[c & 15];
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // C1 controls
      out += std::string("\\x") + kHex[next >> 4] + kHex[next & 15];
      ++i;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + '"';
}

/// Bare text of a block may not be so in flow style (`a, b`), hence written anew; numbers and the like stay.
std::string value_text(const Node& scalar) { return is_text(scalar) ? scalar_text(scalar.text) : scalar.text; }

/// Whether the value reads well on one line: nothing inside that is itself more than a list of scalars.
bool is_flat(const Node& node, int depth = 0) {
  if (node.is_scalar() || node.children.empty()) return true;
  if (depth > 0 && node.is_mapping()) return false;
  return std::all_of(node.children.begin(), node.children.end(),
                     [depth](const Node& child) { return is_flat(child, depth + 1); });
}

void write_block(const Node& node, std::size_t indent, std::string& out);

/// What follows "key:" or "-": the value on the same line, or a block below.
void write_value(const Node& value, std::size_t indent, std::size_t column, std::string& out) {
  const std::string flow = is_flat(value) ? flow_text(value) : "";
  if (!flow.empty() && (value.is_scalar() || value.children.empty() || column + 1 + flow.size() <= kWidth)) {
    out += " " + flow + "\n";
    return;
  }
  out += '\n';
  write_block(value, indent + 2, out);
}

void write_block(const Node& node, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (const Node& child : node.children) {
    if (node.is_mapping()) {
      const std::string key = margin + scalar_text(child.key) + ":";
      out += key;
      write_value(child, indent, key.size(), out);
      continue;
    }
    const std::string flow = is_flat(child) ? flow_text(child) : "";
    if (child.is_scalar() || child.children.empty() || (!flow.empty() && indent + 2 + flow.size() <= kWidth)) {
      out += margin + "- " + flow + "\n";
      continue;
    }
    // A block below "- ": its first line goes on the line of the dash.
    std::string block;
    write_block(child, indent + 2, block);
    out += margin + "- " + block.substr(indent + 2);
  }
}

}  // namespace

std::string scalar_text(std::string_view text) { return is_bare(text) ? std::string(text) : quoted(text); }

std::string flow_text(const Node& node) {
  if (node.is_scalar()) return value_text(node);
  if (!node.is_mapping() && !node.is_sequence()) return "null";
  std::string out(1, node.is_mapping() ? '{' : '[');
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) out += ", ";
    if (node.is_mapping()) out += scalar_text(node.children[i].key) + ": ";
    out += flow_text(node.children[i]);
  }
  return out + (node.is_mapping() ? '}' : ']');
}

std::string yaml_text(const Node& node) {
  if (node.children.empty()) return flow_text(node) + "\n";
  std::string out;
  write_block(node, 0, out);
  return out;
}

}  // namespace cascade::config
