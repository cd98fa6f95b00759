#include "config/describe.h"

#include <limits>

#include "base/errors.h"
#include "base/text.h"
#include "config/writer.h"
#include "config/yaml_text.h"

namespace cascade::config {
namespace {

/// A value as the resolved scenario would show it.
template <class Value, class... Rest>
std::string value_text(Value& value, Rest... rest) {
  Writer writer;
  static_cast<FieldVisitor&>(writer).field("value", value, "", rest...);
  return flow_text(writer.take().children.front());
}

/// An empty text says nothing as a default.
std::string default_of(std::string& value) { return value.empty() ? "" : scalar_text(value); }

std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string code(std::string_view text) { return text.empty() ? "" : "`" + in_cell(text) + "`"; }

std::string limits_of(const FieldRow& row) {
  if (!row.choices.empty()) return "one of " + join(row.choices);
  return row.bounds;
}

}  // namespace

Bounds telling(Bounds bounds) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (bounds.lo == std::numeric_limits<int>::min()) bounds.lo = -kInfinity;
  if (bounds.hi == std::numeric_limits<int>::max()) bounds.hi = kInfinity;
  return bounds;
}

FieldRow& Describer::add(std::string_view name, std::string_view type, std::string_view doc, Need need) {
  FieldRow row;
  row.path = join_path(join(steps_, "."), name);
  row.when = when_.empty() ? "" : when_.back();
  row.type = type;
  row.required = need == Need::required;
  row.doc = doc;
  rows_.push_back(std::move(row));
  return rows_.back();
}

void Describer::enter(std::string_view step) {
  constexpr std::size_t kDeepest = 32;
  CASCADE_CHECK(steps_.size() < kDeepest, "a struct that holds itself");
  steps_.emplace_back(step);
}

void Describer::field(std::string_view name, bool& value, std::string_view doc) {
  add(name, "true or false", doc).default_text = value_text(value);
}

void Describer::field(std::string_view name, std::int64_t& value, std::string_view doc, Bounds bounds, Need need) {
  FieldRow& row = add(name, "whole number", doc, need);
  row.bounds = bounds_text(telling(bounds));
  if (!row.required) row.default_text = value_text(value);
}

void Describer::field(std::string_view name, double& value, std::string_view doc, Bounds bounds, Need need) {
  FieldRow& row = add(name, "number", doc, need);
  row.bounds = bounds_text(bounds);
  if (!row.required) row.default_text = value_text(value);
}

void Describer::field(std::string_view name, std::string& value, std::string_view doc, Need need) {
  FieldRow& row = add(name, "text", doc, need);
  if (!row.required) row.default_text = default_of(value);
}

void Describer::text_or_number(std::string_view name, std::string& value, std::string_view doc) {
  add(name, "text or number", doc).default_text = default_of(value);
}

void Describer::field(std::string_view name, std::vector<std::int64_t>& value, std::string_view doc, Bounds each) {
  FieldRow& row = add(name, "list of whole numbers", doc);
  row.bounds = bounds_text(telling(each));
  row.default_text = value_text(value, Bounds{});
}

void Describer::field(std::string_view name, std::vector<double>& value, std::string_view doc, Bounds each) {
  FieldRow& row = add(name, "list of numbers", doc);
  row.bounds = bounds_text(each);
  row.default_text = value_text(value, Bounds{});
}

void Describer::field(std::string_view name, std::vector<std::string>& value, std::string_view doc) {
  add(name, "list of text", doc).default_text = value_text(value);
}

void Describer::choice(std::string_view name, int& index, std::span<const std::string> names, std::string_view doc,
                       Need need) {
  FieldRow& row = add(name, "choice", doc, need);
  row.choices.assign(names.begin(), names.end());
  if (!row.required) row.default_text = names[static_cast<std::size_t>(index)];
}

void Describer::one_of(std::string_view tag, std::string& kind, std::span<const Alternative> alternatives,
                       std::string_view doc) {
  FieldRow& row = add(tag, "kind", doc, kind.empty() ? Need::required : Need::optional);
  row.default_text = kind;
  for (const Alternative& alternative : alternatives) row.choices.push_back(alternative.name);
  for (const Alternative& alternative : alternatives) {
    const std::string outer = when_.empty() ? "" : when_.back() + ", ";
    when_.push_back(outer + std::string(tag) + " = " + alternative.name);
    alternative.visit(*this);
    when_.pop_back();
  }
}

void Describer::free_map(std::string_view name, std::vector<std::pair<std::string, std::string>>&,
                         std::string_view doc) {
  add(name, "mapping of paths to values", doc);
}

bool Describer::begin_object(std::string_view name, std::string_view doc, Need need) {
  add(name, "mapping", doc, need);
  enter(name);
  return true;
}

bool Describer::begin_optional_object(std::string_view name, std::string_view doc, bool& present) {
  add(name, "mapping or null", doc).default_text = present ? "" : "null";
  enter(name);
  return true;
}

void Describer::end_object() { leave(); }

bool Describer::begin_list(std::string_view name, std::string_view doc, std::string_view named_by, std::size_t&,
                           Need need) {
  add(name, "list of mappings", doc, need);
  enter(name);
  element_ = named_by.empty() ? "N" : "NAME";
  return true;
}

void Describer::begin_element(std::size_t) { enter(element_); }

void Describer::end_element() { leave(); }

void Describer::end_list() { leave(); }

bool Describer::begin_map(std::string_view name, std::string_view doc, std::vector<std::string>&, Need need) {
  add(name, "mapping of names to mappings", doc, need);
  enter(name);
  return true;
}

void Describer::begin_entry(std::string_view key) { enter(key); }

void Describer::end_entry() { leave(); }

void Describer::end_map() { leave(); }

std::vector<std::string> keys_of(const Alternative& alternative) {
  Describer describer;
  alternative.visit(describer);
  std::vector<std::string> keys;
  for (const FieldRow& row : describer.rows())
    if (row.path.find('.') == std::string::npos) keys.push_back(row.path);
  return keys;
}

std::string describe_text(std::span<const FieldRow> rows) {
  std::string out;
  for (const FieldRow& row : rows) {
    out += row.path + ": " + row.type;
    if (const std::string limits = limits_of(row); !limits.empty()) out += ", " + limits;
    if (row.required) out += ", required";
    if (!row.default_text.empty()) out += ", default " + row.default_text;
    if (!row.when.empty()) out += " (" + row.when + ")";
    out += "\n    " + row.doc + "\n";
  }
  return out;
}

std::string describe_markdown(std::span<const FieldRow> rows) {
  std::string out = "| key | only for | type | default | limits | meaning |\n|---|---|---|---|---|---|\n";
  for (const FieldRow& row : rows) {
    const std::string initial = row.required ? "required" : code(row.default_text);
    out += "| " + code(row.path) + " | " + code(row.when) + " | " + row.type + " | " + initial + " | " +
           in_cell(limits_of(row)) + " | " + in_cell(row.doc) + " |\n";
  }
  return out;
}

}  // namespace cascade::config
