#include "config/reader.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/errors.h"
#include "config/describe.h"
#include "config/scalars.h"
#include "config/yaml_text.h"

namespace cascade::config {
namespace {

Hint hint_of(const Node& node, const Problem& problem) {
  Hint hint = but_got(shown(node));
  hint.meant = problem.meant;
  return hint;
}

std::vector<std::string> names_of(std::span<const Alternative> alternatives) {
  std::vector<std::string> names;
  for (const Alternative& alternative : alternatives) names.push_back(alternative.name);
  return names;
}

constexpr std::string_view kMissing = "required, but not given";

}  // namespace

Reader::Reader(const Node& mapping, Faults& faults, std::string_view path) : faults_(faults) {
  frames_.push_back({&mapping, &mapping, std::string(path), false, false, {}, {}, {}});
  if (mapping.is_mapping()) return;
  if (mapping.is_broken())
    CASCADE_CHECK(!faults.empty(), "a broken value whose fault was lost");
  else
    faults_.add(mapping.mark, path, "expected a mapping (key: value)", but_got(shown(mapping)));
  top().node = nullptr;
  top().silent = true;
}

void Reader::finish() {
  CASCADE_CHECK(frames_.size() == 1, "a part was begun and not ended");
  report_unknown_keys(top());
}

const Node* Reader::take(std::string_view name, Need need) {
  const bool fresh = std::find(top().keys.begin(), top().keys.end(), name) == top().keys.end();
  CASCADE_CHECK(fresh, "the field '" + std::string(name) + "' is listed twice at '" + top().path + "'");
  top().keys.emplace_back(name);
  const Node* node = top().node == nullptr ? nullptr : top().node->child(name);
  if (node == nullptr && need == Need::required && !top().silent)
    faults_.add(top().around->place(), join_path(top().path, name), kMissing);
  if (node != nullptr && node->is_broken()) {
    CASCADE_CHECK(!faults_.empty(), "a broken value whose fault was lost");
    return nullptr;
  }
  return node;
}

void Reader::fault(const Node& node, std::string_view name, std::string_view what, const Hint& hint) {
  faults_.add(node.mark, join_path(top().path, name), what, hint);
}

bool Reader::expect(const Node& node, NodeKind kind, std::string_view name) {
  if (node.kind == kind) return true;
  const bool list = kind == NodeKind::sequence;
  Hint hint = but_got(shown(node));
  if (list && node.is_scalar() && !node.quoted) hint.meant = "[" + shown_text(node.text) + "]";
  fault(node, name, list ? "expected a list" : "expected a mapping (key: value)", hint);
  return false;
}

template <class Value, class... Bound>
void Reader::scalar(std::string_view name, Value& value, Need need, const Bound&... bounds) {
  const Node* node = take(name, need);
  if (node == nullptr) return;
  if (const auto problem = scalar_to(*node, value, bounds...))
    fault(*node, name, problem->what, hint_of(*node, *problem));
}

template <class Value, class... Bound>
void Reader::scalars(std::string_view name, std::vector<Value>& values, const Bound&... bounds) {
  const Node* node = take(name, Need::optional);
  if (node == nullptr || !expect(*node, NodeKind::sequence, name)) return;
  values.clear();
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    const Node& element = node->children[i];
    if (element.is_broken()) continue;
    Value value{};
    if (const auto problem = scalar_to(element, value, bounds...))
      fault(element, join_path(name, std::to_string(i)), problem->what, hint_of(element, *problem));
    values.push_back(std::move(value));
  }
}

void Reader::field(std::string_view name, bool& value, std::string_view) { scalar(name, value, Need::optional); }

void Reader::field(std::string_view name, std::int64_t& value, std::string_view, Bounds bounds, Need need) {
  scalar(name, value, need, bounds);
}

void Reader::field(std::string_view name, double& value, std::string_view, Bounds bounds, Need need) {
  scalar(name, value, need, bounds);
}

void Reader::field(std::string_view name, std::string& value, std::string_view, Need need) {
  scalar(name, value, need);
}

void Reader::text_or_number(std::string_view name, std::string& value, std::string_view) {
  const Node* node = top().node == nullptr ? nullptr : top().node->child(name);
  double number = 0;
  if (node != nullptr && node->is_scalar() && !scalar_to(*node, number, Bounds{})) {
    value = take(name, Need::optional)->text;
    return;
  }
  scalar(name, value, Need::optional);
}

void Reader::field(std::string_view name, std::vector<std::int64_t>& value, std::string_view, Bounds each) {
  scalars(name, value, each);
}

void Reader::field(std::string_view name, std::vector<double>& value, std::string_view, Bounds each) {
  scalars(name, value, each);
}

void Reader::field(std::string_view name, std::vector<std::string>& value, std::string_view) { scalars(name, value); }

void Reader::choice(std::string_view name, int& index, std::span<const std::string> names, std::string_view,
                    Need need) {
  const Node* node = take(name, need);
  if (node == nullptr) return;
  const auto found = std::find(names.begin(), names.end(), node->text);
  if (node->is_scalar() && found != names.end()) {
    index = static_cast<int>(found - names.begin());
    return;
  }
  Hint hint = choose_from(node->text, names);
  hint.got = shown(*node);
  fault(*node, name, "not one of the choices", hint);
}

void Reader::one_of(std::string_view tag, std::string& kind, std::span<const Alternative> alternatives,
                    std::string_view) {
  const std::vector<std::string> names = names_of(alternatives);
  const bool given = top().node != nullptr && top().node->child(tag) != nullptr;
  const Node* node = take(tag, Need::optional);
  std::string wanted = kind;
  if (node != nullptr) {
    if (!node->is_scalar() || std::find(names.begin(), names.end(), node->text) == names.end()) {
      Hint hint = choose_from(node->text, names);
      hint.got = shown(*node);
      fault(*node, tag, "unknown " + std::string(tag), hint);
      top().open = true;
      return;
    }
    wanted = node->text;
  } else if (given || kind.empty()) {
    if (!given && !top().silent)
      faults_.add(top().around->place(), join_path(top().path, tag), kMissing, choose_from("", names));
    top().open = true;
    return;
  }
  const auto found = std::find(names.begin(), names.end(), wanted);
  CASCADE_CHECK(found != names.end(), "the default " + std::string(tag) + " '" + wanted + "' does not exist");
  kind = wanted;
  alternatives[static_cast<std::size_t>(found - names.begin())].visit(*this);
  top().kind = wanted;
  note_keys_of_other_kinds(alternatives);
}

/// So that `select_groups` below `kind: two_tower` is said to belong to `kind: cold`.
void Reader::note_keys_of_other_kinds(std::span<const Alternative> alternatives) {
  if (top().node == nullptr) return;
  const auto unknown = [&](const Node& entry) {
    return std::find(top().keys.begin(), top().keys.end(), entry.key) == top().keys.end();
  };
  const auto& entries = top().node->children;
  if (std::none_of(entries.begin(), entries.end(), unknown)) return;
  for (const Alternative& alternative : alternatives) {
    if (alternative.name == top().kind) continue;
    for (const std::string& key : keys_of(alternative)) top().of_kind.emplace_back(key, alternative.name);
  }
}

void Reader::report_unknown_keys(const Frame& frame) {
  if (frame.node == nullptr || frame.open || frame.silent) return;
  for (const Node& entry : frame.node->children) {
    if (std::find(frame.keys.begin(), frame.keys.end(), entry.key) != frame.keys.end()) continue;
    std::string what = "unknown key";
    for (const auto& [key, kind] : frame.of_kind) {
      if (key != entry.key) continue;
      what += " for kind '" + frame.kind + "' (kind '" + kind + "' has it)";
      break;
    }
    faults_.add(entry.key_mark, join_path(frame.path, shown_text(entry.key)), what, choose_from(entry.key, frame.keys));
  }
}

void Reader::free_map(std::string_view name, std::vector<std::pair<std::string, std::string>>& values,
                      std::string_view) {
  const Node* node = take(name, Need::optional);
  if (node == nullptr || !expect(*node, NodeKind::mapping, name)) return;
  values.clear();
  for (const Node& entry : node->children)
    if (!entry.is_broken()) values.emplace_back(entry.key, flow_text(entry));
}

void Reader::push(const Node* node, std::string path) {
  const Frame& outer = top();
  frames_.push_back({node, node != nullptr ? node : outer.around, std::move(path), outer.silent, false, {}, {}, {}});
}

void Reader::pop() {
  report_unknown_keys(top());
  frames_.pop_back();
}

bool Reader::begin_object(std::string_view name, std::string_view, Need need) {
  const bool given = top().node != nullptr && top().node->child(name) != nullptr;
  const Node* node = take(name, need);
  if (given && (node == nullptr || !expect(*node, NodeKind::mapping, name))) return false;
  if (!given && need == Need::required) return false;  // one fault is enough
  push(node, join_path(top().path, name));
  return true;
}

bool Reader::begin_optional_object(std::string_view name, std::string_view, bool& present) {
  const bool given = top().node != nullptr && top().node->child(name) != nullptr;
  const Node* node = take(name, Need::optional);
  if (given && node == nullptr) return false;
  if (node != nullptr && node->kind == NodeKind::null && !node->text.empty()) {
    present = false;  // `name: null` switches a default part off
    return false;
  }
  if (node != nullptr && !expect(*node, NodeKind::mapping, name)) return false;
  present = present || node != nullptr;
  if (!present) return false;
  push(node, join_path(top().path, name));
  return true;
}

void Reader::end_object() { pop(); }

bool Reader::begin_list(std::string_view name, std::string_view, std::string_view named_by, std::size_t& size,
                        Need need) {
  const Node* node = take(name, need);
  if (node == nullptr || !expect(*node, NodeKind::sequence, name)) return false;
  size = node->children.size();
  std::map<std::string, const Node*> names;
  for (std::size_t i = 0; i < size && !named_by.empty(); ++i) {
    const Node* given = node->children[i].child(named_by);
    if (given == nullptr || !given->is_scalar()) continue;
    const auto [first, is_new] = names.emplace(given->text, given);
    if (is_new) continue;
    const Mark& mark = first->second->mark;
    const std::string path = join_path(join_path(name, std::to_string(i)), named_by);
    fault(*given, path, "the name is taken, first at " + std::to_string(mark.line) + ":" + std::to_string(mark.column),
          but_got(shown(*given)));
  }
  push(node, join_path(top().path, name));
  return true;
}

void Reader::begin_element(std::size_t index) {
  const Node* element = &top().node->children[index];
  const std::string step = element_step(*top().node, index);
  const bool usable = element->is_mapping() || (!element->is_broken() && expect(*element, NodeKind::mapping, step));
  push(usable ? element : nullptr, join_path(top().path, step));
  if (!usable) top().silent = true;
}

void Reader::end_element() { pop(); }

void Reader::end_list() { frames_.pop_back(); }

bool Reader::begin_map(std::string_view name, std::string_view, std::vector<std::string>& keys, Need need) {
  const Node* node = take(name, need);
  if (node == nullptr || !expect(*node, NodeKind::mapping, name)) return false;
  keys.clear();
  for (const Node& entry : node->children) {
    if (!is_plain_name(entry.key))
      faults_.add(entry.key_mark, join_path(top().path, name), "a name is made of letters, digits, '_' and '-'",
                  but_got("\"" + shown_text(entry.key) + "\""));
    keys.push_back(entry.key);
  }
  push(node, join_path(top().path, name));
  return true;
}

void Reader::begin_entry(std::string_view key) {
  const Node* entry = top().node->child(key);
  const bool usable = entry->is_mapping() || (!entry->is_broken() && expect(*entry, NodeKind::mapping, key));
  push(usable ? entry : nullptr, join_path(top().path, shown_text(key)));
  if (!usable) top().silent = true;
}

void Reader::end_entry() { pop(); }

void Reader::end_map() { frames_.pop_back(); }

}  // namespace cascade::config
