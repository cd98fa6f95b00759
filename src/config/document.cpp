#include "config/document.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "config/text_check.h"
#include "config/yaml_reader.h"

namespace cascade::config {
namespace {

/// Steps that a path may have: bounds the depth of what set() makes.
constexpr std::size_t kMaxSteps = 32;

bool is_well_formed(std::string_view path) {
  const auto dots = static_cast<std::size_t>(std::count(path.begin(), path.end(), '.'));
  return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos &&
         dots < kMaxSteps;
}

/// As far as a path exists.
struct Walk {
  const Node* parent;
  const Node* node;
  std::string_view rest;  ///< what is left of the path
};
Walk walk(const Node& root, std::string_view path) {
  Walk at{&root, &root, path};
  while (!at.rest.empty()) {
    const Step step = step_into(*at.node, at.rest);
    if (step.node == nullptr) break;
    at = {at.node, step.node, step.rest};
  }
  return at;
}

std::vector<std::string> element_steps(const Node& sequence) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < sequence.children.size(); ++i) steps.push_back(element_step(sequence, i));
  return steps;
}

/// Replaces `old`, which keeps its key.
void replace(Node& old, const Override& change, bool in_sequence) {
  Node fresh = change.value;
  const Node* name = old.child("name");
  if (in_sequence && name != nullptr && fresh.is_mapping() && fresh.child("name") == nullptr)
    fresh.children.insert(fresh.children.begin(), *name);
  fresh.key = std::move(old.key);
  fresh.key_mark = fresh.key.empty() ? Mark{} : change.mark;
  old = std::move(fresh);
}

/// Adds the value below a mapping, with the mappings that its path asks for.
void append(Node& mapping, std::string_view path, const Override& change) {
  Node* at = &mapping;
  while (true) {
    const std::size_t dot = path.find('.');
    const bool last = dot == std::string_view::npos;
    Node entry;
    if (last) {
      entry = change.value;
    } else {
      entry.kind = NodeKind::mapping;
      entry.mark = change.mark;
    }
    entry.key = std::string(path.substr(0, dot));
    entry.key_mark = change.mark;
    at->children.push_back(std::move(entry));
    if (last) return;
    at = &at->children.back();
    path.remove_prefix(dot + 1);
  }
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

Override override_from_text(std::string_view assignment, const std::string& origin, Faults& faults) {
  const Mark mark{origin, 1, 1};
  const std::size_t equals = assignment.find('=');
  const std::string path(assignment.substr(0, equals));
  if (equals == std::string_view::npos || !is_well_formed(path) || has_control_characters(path)) {
    faults.add(mark, "", "expected path.to.key=value", but_got(shown_text(assignment)));
    return {};
  }
  const std::string_view text = assignment.substr(equals + 1);
  Override change;
  change.path = path;
  change.mark = mark;
  const Mark begin{origin, 1, static_cast<int>(display_width(assignment.substr(0, equals + 1))) + 1};
  if (is_blank(text))
    change.value.mark = begin;  // nothing: a null
  else
    change.value = read_yaml(text, begin, faults);
  return change;
}

std::vector<Override> overrides_of(const Node& mapping) {
  std::vector<Override> changes;
  if (!mapping.is_mapping()) return changes;
  for (const Node& entry : mapping.children) {
    Override change{entry.key, entry, entry.key_mark};
    change.value.key.clear();
    change.value.key_mark = {};
    changes.push_back(std::move(change));
  }
  return changes;
}

Document Document::load(const std::filesystem::path& path, Faults& faults) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path, unknown);
  if (!unknown && size > kMaxBytes) {
    Document document;
    document.name_ = path.string();
    document.root_.kind = NodeKind::broken;
    document.root_.mark = {document.name_, 1, 1};
    faults.add(document.root_.mark, "",
               "too large: " + std::to_string(size) + " bytes; at most " + std::to_string(kMaxBytes) + " are read");
    return document;
  }
  return parse(read_file(path, kMaxBytes), path.string(), faults);
}

Document Document::parse(std::string_view text, const std::string& name, Faults& faults) {
  Document document;
  document.name_ = name;
  document.root_ = read_yaml(text, {name, 1, 1}, faults);
  return document;
}

void Document::set(const Override& change, Faults& faults) {
  if (change.path.empty() || root_.is_broken()) return;
  if (!is_well_formed(change.path)) {
    faults.add(change.mark, "", "not a path", but_got(shown_text(change.path)));
    return;
  }
  const Walk at = walk(root_, change.path);
  Node& found = const_cast<Node&>(*at.node);  // the tree is our own: the walk only looked at it
  const std::size_t length = change.path.size() - at.rest.size();
  const std::string there = length == 0 ? "the file" : change.path.substr(0, at.rest.empty() ? length : length - 1);
  if (at.rest.empty()) {
    replace(found, change, at.parent->is_sequence());
  } else if (found.is_mapping() || found.kind == NodeKind::null) {
    if (!found.is_mapping()) found.mark = change.mark;
    found.kind = NodeKind::mapping;
    append(found, at.rest, change);
  } else if (found.is_sequence()) {
    const std::string step = shown_text(at.rest.substr(0, at.rest.find('.')));
    faults.add(change.mark, change.path, there + " has no element '" + step + "'",
               choose_from(step, element_steps(found)));
  } else if (!found.is_broken()) {
    faults.add(change.mark, change.path, there + " has no keys to set", but_got(shown(found)));
  }
}

void Document::set(std::string_view path, std::string_view yaml, const std::string& origin, Faults& faults) {
  set(override_from_text(std::string(path) + "=" + std::string(yaml), origin, faults), faults);
}

Mark Document::where(std::string_view path) const {
  const Walk at = walk(root_, path);
  return at.rest.empty() ? at.node->mark : at.node->place();
}

void Faults::add_at(const Document& document, std::string_view path, std::string_view what, const Hint& hint) {
  add(document.where(path), path, what, hint);
}

}  // namespace cascade::config
