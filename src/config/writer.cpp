#include "config/writer.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/text.h"
#include "config/faults.h"
#include "config/yaml_reader.h"
#include "config/yaml_text.h"

namespace cascade::config {
namespace {

Node scalar_node(std::string text, bool quoted) {
  Node node;
  node.kind = NodeKind::scalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

Node number_node(double value) {
  CASCADE_CHECK(std::isfinite(value), "a scenario holds finite numbers only");
  std::string text = number_text(value);
  // YAML 1.1 reads 1e-04 as text, 1.0e-04 as the number that it is everywhere else.
  if (const std::size_t e = text.find('e'); e != std::string::npos && text.find('.') == std::string::npos)
    text.insert(e, ".0");
  return scalar_node(text, false);
}

Node number_node(std::int64_t value) { return scalar_node(std::to_string(value), false); }

Node text_node(std::string_view text) { return scalar_node(std::string(text), true); }

template <class Values, class ToNode>
Node list_node(const Values& values, ToNode to_node) {
  Node list;
  list.kind = NodeKind::sequence;
  for (const auto& value : values) list.children.push_back(to_node(value));
  return list;
}

void add_settings(const Node& node, const std::string& path, std::vector<std::pair<std::string, std::string>>& all) {
  const bool nested = std::any_of(node.children.begin(), node.children.end(),
                                  [](const Node& child) { return child.is_mapping() || child.is_sequence(); });
  if (node.children.empty() || (node.is_sequence() && !nested)) {
    all.emplace_back(path, flow_text(node));
    return;
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const std::string step = node.is_mapping() ? node.children[i].key : element_step(node, i);
    add_settings(node.children[i], join_path(path, step), all);
  }
}

}  // namespace

Writer::Writer() { open_.emplace_back().kind = NodeKind::mapping; }

Node Writer::take() {
  CASCADE_CHECK(open_.size() == 1, "a part was begun and not ended");
  return std::move(open_.back());
}

void Writer::add(std::string_view name, Node value) {
  value.key = std::string(name);
  open_.back().children.push_back(std::move(value));
}

void Writer::open(std::string_view name, NodeKind kind) {
  Node node;
  node.kind = kind;
  node.key = std::string(name);
  open_.push_back(std::move(node));
}

void Writer::close() {
  Node done = std::move(open_.back());
  open_.pop_back();
  open_.back().children.push_back(std::move(done));
}

void Writer::field(std::string_view name, bool& value, std::string_view) {
  add(name, scalar_node(value ? "true" : "false", false));
}

void Writer::field(std::string_view name, std::int64_t& value, std::string_view, Bounds, Need) {
  add(name, number_node(value));
}

void Writer::field(std::string_view name, double& value, std::string_view, Bounds, Need) {
  add(name, number_node(value));
}

void Writer::field(std::string_view name, std::string& value, std::string_view, Need) { add(name, text_node(value)); }

void Writer::text_or_number(std::string_view name, std::string& value, std::string_view) {
  add(name, text_node(value));
}

void Writer::field(std::string_view name, std::vector<std::int64_t>& value, std::string_view, Bounds) {
  add(name, list_node(value, [](std::int64_t one) { return number_node(one); }));
}

void Writer::field(std::string_view name, std::vector<double>& value, std::string_view, Bounds) {
  add(name, list_node(value, [](double one) { return number_node(one); }));
}

void Writer::field(std::string_view name, std::vector<std::string>& value, std::string_view) {
  add(name, list_node(value, [](const std::string& one) { return text_node(one); }));
}

void Writer::choice(std::string_view name, int& index, std::span<const std::string> names, std::string_view, Need) {
  CASCADE_CHECK(index >= 0 && static_cast<std::size_t>(index) < names.size(), "a choice that has no name");
  add(name, text_node(names[static_cast<std::size_t>(index)]));
}

void Writer::one_of(std::string_view tag, std::string& kind, std::span<const Alternative> alternatives,
                    std::string_view) {
  const auto found = std::find_if(alternatives.begin(), alternatives.end(),
                                  [&](const Alternative& alternative) { return alternative.name == kind; });
  CASCADE_CHECK(found != alternatives.end(), "the " + std::string(tag) + " '" + kind + "' does not exist");
  add(tag, text_node(kind));
  found->visit(*this);
}

void Writer::free_map(std::string_view name, std::vector<std::pair<std::string, std::string>>& values,
                      std::string_view) {
  open(name, NodeKind::mapping);
  for (const auto& [key, text] : values) {
    Faults faults;
    add(key, read_yaml(text, {"", 1, 1}, faults));
    CASCADE_CHECK(faults.empty(), faults.text());
  }
  close();
}

bool Writer::begin_object(std::string_view name, std::string_view, Need) {
  open(name, NodeKind::mapping);
  return true;
}

bool Writer::begin_optional_object(std::string_view name, std::string_view, bool& present) {
  if (present) {
    open(name, NodeKind::mapping);
  } else {
    add(name, Node{});
  }
  return present;
}

void Writer::end_object() { close(); }

bool Writer::begin_list(std::string_view name, std::string_view, std::string_view, std::size_t&, Need) {
  open(name, NodeKind::sequence);
  return true;
}

void Writer::begin_element(std::size_t) { open("", NodeKind::mapping); }

void Writer::end_element() { close(); }

void Writer::end_list() { close(); }

bool Writer::begin_map(std::string_view name, std::string_view, std::vector<std::string>&, Need) {
  open(name, NodeKind::mapping);
  return true;
}

void Writer::begin_entry(std::string_view key) { open(key, NodeKind::mapping); }

void Writer::end_entry() { close(); }

void Writer::end_map() { close(); }

std::vector<std::pair<std::string, std::string>> settings_of(const Node& tree) {
  std::vector<std::pair<std::string, std::string>> settings;
  add_settings(tree, "", settings);
  return settings;
}

}  // namespace cascade::config
