#include "config/node.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/scalars.h"

namespace cascade::config {
namespace {

/// Whether `path` is `step` or goes on below it.
bool begins_with_step(std::string_view path, std::string_view step) {
  return !step.empty() && path.starts_with(step) && (path.size() == step.size() || path[step.size()] == '.');
}

std::string_view after_step(std::string_view path, std::size_t step) {
  return path.size() == step ? std::string_view{} : path.substr(step + 1);
}

}  // namespace

std::string Mark::text() const {
  if (line <= 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const Node* Node::child(std::string_view name) const {
  if (kind != NodeKind::mapping) return nullptr;
  const auto found = std::find_if(children.begin(), children.end(), [&](const Node& c) { return c.key == name; });
  return found == children.end() ? nullptr : &*found;
}

Node* Node::child(std::string_view name) { return const_cast<Node*>(std::as_const(*this).child(name)); }

Step step_into(const Node& from, std::string_view path) {
  const Node* best = nullptr;
  std::size_t length = 0;
  const auto consider = [&](const Node& node, std::string_view step) {
    if (step.size() <= length || !begins_with_step(path, step)) return;
    best = &node;
    length = step.size();
  };
  if (from.is_mapping()) {
    for (const Node& entry : from.children) consider(entry, entry.key);
  } else if (from.is_sequence()) {
    for (const Node& element : from.children)
      if (const Node* name = element.child("name")) consider(element, name->text);
    if (best == nullptr) {
      std::size_t position = 0;
      const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), position);
      const auto digits = static_cast<std::size_t>(end - path.data());
      if (error == std::errc{} && position < from.children.size())
        consider(from.children[position], path.substr(0, digits));
    }
  }
  if (best == nullptr) return {};
  return {best, after_step(path, length)};
}

const Node* Node::find(std::string_view path) const {
  const Node* at = this;
  while (!path.empty()) {
    const Step step = step_into(*at, path);
    if (step.node == nullptr) return nullptr;
    at = step.node;
    path = step.rest;
  }
  return at;
}

std::string element_step(const Node& sequence, std::size_t i) {
  const Node* name = sequence.children[i].child("name");
  if (name != nullptr && name->is_scalar() && !name->text.empty()) return shown_text(name->text);
  return std::to_string(i);
}

std::string join_path(std::string_view path, std::string_view step) {
  std::string joined(path);
  if (!joined.empty()) joined += '.';
  return joined += step;
}

bool same_value(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.key != b.key) return false;
  if (a.is_scalar() && (a.text != b.text || is_text(a) != is_text(b))) return false;
  return std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), same_value);
}

void merge_over(Node& base, const Node& over) {
  if (!base.is_mapping() || !over.is_mapping()) {
    base = over;
    return;
  }
  base.key = over.key;
  base.key_mark = over.key_mark;
  base.mark = over.mark;
  for (const Node& entry : over.children) {
    if (Node* old = base.child(entry.key))
      merge_over(*old, entry);
    else
      base.children.push_back(entry);
  }
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool continues = (c & 0xC0) == 0x80;
    if (out.size() >= kLongest && !continues) return out + "...";
    // C1 controls are U+0080..U+009F: 0xC2 and a byte below 0xA0.
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      out += std::string("\\x") + kHex[c >> 4] + kHex[c & 15];
    } else if (c1) {
      const auto next = static_cast<unsigned char>(text[++i]);
      out += std::string("\\x") + kHex[next >> 4] + kHex[next & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string shown(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      return node.text.empty() ? "nothing" : node.text;
    case NodeKind::scalar:
      return node.quoted ? "\"" + shown_text(node.text) + "\"" : shown_text(node.text);
    case NodeKind::sequence:
      return node.children.empty() ? "an empty list" : "a list";
    case NodeKind::mapping:
      return node.children.empty() ? "an empty mapping" : "a mapping";
    case NodeKind::broken:
      break;
  }
  return "a broken value";
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace cascade::config
