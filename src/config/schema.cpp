#include "config/schema.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/errors.h"
#include "base/text.h"
#include "config/describe.h"

namespace cascade::config {
namespace {

using Json = nlohmann::ordered_json;

/// A mapping whose fields are being listed.
struct Mapping {
  std::string name;  ///< of the kind, where this is what a kind adds
  Json properties = Json::object();
  Json required = Json::array();
  /// Its one_of parts: what each kind adds.
  struct Kinds {
    std::string tag;
    std::string initial;
    std::vector<Mapping> alternatives;
  };
  std::vector<Kinds> kinds;
};

/// 300 rather than 300.0.
Json json_number(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

void add_bounds(Json& schema, const Bounds& bounds) {
  if (std::isfinite(bounds.lo)) schema[bounds.lo_open ? "exclusiveMinimum" : "minimum"] = json_number(bounds.lo);
  if (std::isfinite(bounds.hi)) schema[bounds.hi_open ? "exclusiveMaximum" : "maximum"] = json_number(bounds.hi);
}

Json typed(std::string_view type, std::string_view doc) {
  Json schema;
  schema["description"] = doc;
  schema["type"] = type;
  return schema;
}

/// Every key that a mapping may have, whatever its kinds.
std::set<std::string> keys_of_mapping(const Mapping& mapping) {
  std::set<std::string> keys;
  for (const auto& [key, schema] : mapping.properties.items()) keys.insert(key);
  for (const auto& kinds : mapping.kinds)
    for (const Mapping& alternative : kinds.alternatives) keys.merge(keys_of_mapping(alternative));
  return keys;
}

/// "If the tag says this kind, then these keys": one entry a kind. `outer`: keys that the mapping has besides.
Json conditions(const Mapping& mapping, const std::set<std::string>& outer) {
  Json all = Json::array();
  for (std::size_t k = 0; k < mapping.kinds.size(); ++k) {
    std::set<std::string> others = outer;
    for (const auto& [key, schema] : mapping.properties.items()) others.insert(key);
    for (std::size_t j = 0; j < mapping.kinds.size(); ++j)
      if (j != k)
        for (const Mapping& alternative : mapping.kinds[j].alternatives) others.merge(keys_of_mapping(alternative));

    const Mapping::Kinds& kinds = mapping.kinds[k];
    for (const Mapping& alternative : kinds.alternatives) {
      Json condition;
      condition["properties"][kinds.tag]["const"] = alternative.name;
      // An absent tag means the default kind, and satisfies `properties` anyway.
      if (alternative.name != kinds.initial) condition["required"] = Json::array({kinds.tag});
      Json then;
      then["properties"] = alternative.properties;
      std::set<std::string> allowed = keys_of_mapping(alternative);
      allowed.insert(others.begin(), others.end());
      for (const std::string& key : allowed)
        if (!alternative.properties.contains(key)) then["properties"][key] = true;
      if (!alternative.required.empty()) then["required"] = alternative.required;
      then["additionalProperties"] = false;
      Json nested = conditions(alternative, others);
      if (!nested.empty()) then["allOf"] = std::move(nested);
      Json entry;
      entry["if"] = std::move(condition);
      entry["then"] = std::move(then);
      all.push_back(std::move(entry));
    }
  }
  return all;
}

/// The same schema where anything may be missing and a kind may come from elsewhere: what stands beside `use`.
Json loosened(Json schema) {
  if (!schema.is_object()) return schema;
  for (const char* key : {"required", "allOf", "if", "then", "else"}) schema.erase(key);
  if (schema.contains("properties"))
    for (auto& property : schema["properties"]) property = loosened(property);
  if (schema.contains("items")) schema["items"] = loosened(schema["items"]);
  if (schema.contains("additionalProperties")) {
    if (schema["additionalProperties"].is_object())
      schema["additionalProperties"] = loosened(schema["additionalProperties"]);
    else
      schema.erase("additionalProperties");
  }
  return schema;
}

Json use_property(const PartPlace& place) {
  Json use = typed("string", "name of a part in " + place.folder.filename().string() +
                                 "/ that is taken here; keys beside it override the part's");
  use["pattern"] = "^[A-Za-z0-9_-]+$";
  return use;
}

/// A mapping as a schema; `null_too`: it may be null.
Json mapping_schema(const Mapping& mapping, std::string_view doc, bool null_too, const PartPlace* place) {
  const Json type = null_too ? Json::array({"object", "null"}) : Json("object");
  Json strict;
  strict["type"] = type;
  strict["properties"] = mapping.properties;
  if (!mapping.required.empty()) strict["required"] = mapping.required;
  if (mapping.kinds.empty())
    strict["additionalProperties"] = false;
  else
    strict["allOf"] = conditions(mapping, {});

  Json schema;
  schema["description"] = doc;
  if (place == nullptr) {
    schema.update(strict);
    return schema;
  }
  Json loose = loosened(strict);
  loose["properties"]["use"] = use_property(*place);
  for (const std::string& key : keys_of_mapping(mapping))
    if (!loose["properties"].contains(key)) loose["properties"][key] = true;
  loose["additionalProperties"] = false;
  schema["if"]["required"] = Json::array({"use"});
  schema["then"] = std::move(loose);
  schema["else"] = std::move(strict);
  return schema;
}

}  // namespace

struct SchemaWriter::State {
  std::vector<PartPlace> places;
  std::vector<Mapping> open;  ///< mappings from the root to the one being listed
  std::vector<std::string> steps;
  /// What was begun and how it will be put into the mapping around it.
  struct Begun {
    std::string name, doc;
    bool null_too = false;
    Json inner;  ///< schema of the element or entry
  };
  std::vector<Begun> begun;

  const PartPlace* place() const { return find_place(places, join(steps, ".")); }
  void property(std::string_view name, Json schema, Need need = Need::optional) {
    open.back().properties[std::string(name)] = std::move(schema);
    if (need == Need::required) open.back().required.push_back(name);
  }
  void begin(std::string_view name, std::string_view doc, Need need, bool null_too = false) {
    if (need == Need::required) open.back().required.push_back(name);
    begun.push_back({std::string(name), std::string(doc), null_too, {}});
    enter(name);
  }
  void enter(std::string_view step) {
    constexpr std::size_t kDeepest = 32;
    CASCADE_CHECK(steps.size() < kDeepest, "a struct that holds itself");
    steps.emplace_back(step);
  }
  Mapping take_mapping() {
    Mapping done = std::move(open.back());
    open.pop_back();
    return done;
  }
  void end(Json schema) {
    const std::string name = begun.back().name;
    begun.pop_back();
    steps.pop_back();
    property(name, std::move(schema));
  }
};

SchemaWriter::SchemaWriter(std::span<const PartPlace> places) : state_(std::make_unique<State>()) {
  state_->places.assign(places.begin(), places.end());
  state_->open.emplace_back();
}

SchemaWriter::~SchemaWriter() = default;

std::string SchemaWriter::take(std::string_view title) {
  CASCADE_CHECK(state_->open.size() == 1 && state_->begun.empty(), "a part was begun and not ended");
  Json schema;
  schema["$schema"] = "http://json-schema.org/draft-07/schema#";
  schema["title"] = title;
  schema.update(mapping_schema(state_->take_mapping(), title, false, nullptr));
  schema.erase("description");
  return schema.dump(2) + "\n";
}

void SchemaWriter::field(std::string_view name, bool& value, std::string_view doc) {
  Json schema = typed("boolean", doc);
  schema["default"] = value;
  state_->property(name, std::move(schema));
}

void SchemaWriter::field(std::string_view name, std::int64_t& value, std::string_view doc, Bounds bounds, Need need) {
  Json schema = typed("integer", doc);
  add_bounds(schema, telling(bounds));
  if (need == Need::optional) schema["default"] = value;
  state_->property(name, std::move(schema), need);
}

void SchemaWriter::field(std::string_view name, double& value, std::string_view doc, Bounds bounds, Need need) {
  Json schema = typed("number", doc);
  add_bounds(schema, bounds);
  if (need == Need::optional) schema["default"] = json_number(value);
  state_->property(name, std::move(schema), need);
}

void SchemaWriter::field(std::string_view name, std::string& value, std::string_view doc, Need need) {
  Json schema = typed("string", doc);
  if (need == Need::optional && !value.empty()) schema["default"] = value;
  state_->property(name, std::move(schema), need);
}

void SchemaWriter::text_or_number(std::string_view name, std::string& value, std::string_view doc) {
  Json schema = typed("string", doc);
  schema["type"] = {"string", "number"};
  if (!value.empty()) schema["default"] = value;
  state_->property(name, std::move(schema));
}

void SchemaWriter::field(std::string_view name, std::vector<std::int64_t>& value, std::string_view doc, Bounds each) {
  Json schema = typed("array", doc);
  schema["items"]["type"] = "integer";
  add_bounds(schema["items"], telling(each));
  schema["default"] = value;
  state_->property(name, std::move(schema));
}

void SchemaWriter::field(std::string_view name, std::vector<double>& value, std::string_view doc, Bounds each) {
  Json schema = typed("array", doc);
  schema["items"]["type"] = "number";
  add_bounds(schema["items"], each);
  schema["default"] = Json::array();
  for (const double one : value) schema["default"].push_back(json_number(one));
  state_->property(name, std::move(schema));
}

void SchemaWriter::field(std::string_view name, std::vector<std::string>& value, std::string_view doc) {
  Json schema = typed("array", doc);
  schema["items"]["type"] = "string";
  schema["default"] = value;
  state_->property(name, std::move(schema));
}

void SchemaWriter::choice(std::string_view name, int& index, std::span<const std::string> names, std::string_view doc,
                          Need need) {
  Json schema;
  schema["description"] = doc;
  schema["enum"] = std::vector<std::string>(names.begin(), names.end());
  if (need == Need::optional) schema["default"] = names[static_cast<std::size_t>(index)];
  state_->property(name, std::move(schema), need);
}

void SchemaWriter::one_of(std::string_view tag, std::string& kind, std::span<const Alternative> alternatives,
                          std::string_view doc) {
  Json schema;
  std::string text(doc);
  for (const Alternative& alternative : alternatives) text += "\n- " + alternative.name + ": " + alternative.summary;
  schema["description"] = text;
  schema["enum"] = Json::array();
  for (const Alternative& alternative : alternatives) schema["enum"].push_back(alternative.name);
  if (!kind.empty()) schema["default"] = kind;
  state_->property(tag, std::move(schema), kind.empty() ? Need::required : Need::optional);

  Mapping::Kinds kinds{std::string(tag), kind, {}};
  for (const Alternative& alternative : alternatives) {
    state_->open.emplace_back();
    alternative.visit(*this);
    kinds.alternatives.push_back(state_->take_mapping());
    kinds.alternatives.back().name = alternative.name;
  }
  state_->open.back().kinds.push_back(std::move(kinds));
}

void SchemaWriter::free_map(std::string_view name, std::vector<std::pair<std::string, std::string>>&,
                            std::string_view doc) {
  state_->property(name, typed("object", doc));
}

bool SchemaWriter::begin_object(std::string_view name, std::string_view doc, Need need) {
  state_->begin(name, doc, need);
  state_->open.emplace_back();
  return true;
}

bool SchemaWriter::begin_optional_object(std::string_view name, std::string_view doc, bool&) {
  state_->begin(name, doc, Need::optional, true);
  state_->open.emplace_back();
  return true;
}

void SchemaWriter::end_object() {
  const Mapping mapping = state_->take_mapping();
  const State::Begun& begun = state_->begun.back();
  state_->end(mapping_schema(mapping, begun.doc, begun.null_too, state_->place()));
}

bool SchemaWriter::begin_list(std::string_view name, std::string_view doc, std::string_view, std::size_t&, Need need) {
  state_->begin(name, doc, need);
  return true;
}

void SchemaWriter::begin_element(std::size_t) { begin_entry("*"); }

void SchemaWriter::end_element() { end_entry(); }

void SchemaWriter::end_list() {
  Json list = typed("array", state_->begun.back().doc);
  list["items"] = std::move(state_->begun.back().inner);
  const PartPlace* place = state_->place();
  if (place == nullptr) return state_->end(std::move(list));
  Json part;
  part["type"] = "object";
  part["properties"]["use"] = use_property(*place);
  part["required"] = Json::array({"use"});
  part["additionalProperties"] = false;
  Json either;
  either["description"] = state_->begun.back().doc;
  either["anyOf"] = Json::array({std::move(list), std::move(part)});
  state_->end(std::move(either));
}

bool SchemaWriter::begin_map(std::string_view name, std::string_view doc, std::vector<std::string>&, Need need) {
  state_->begin(name, doc, need);
  return true;
}

void SchemaWriter::begin_entry(std::string_view) {
  state_->enter("*");
  state_->open.emplace_back();
}

void SchemaWriter::end_entry() {
  const Mapping mapping = state_->take_mapping();
  state_->begun.back().inner = mapping_schema(mapping, "", false, state_->place());
  state_->begun.back().inner.erase("description");
  state_->steps.pop_back();
}

void SchemaWriter::end_map() {
  Json map = typed("object", state_->begun.back().doc);
  map["propertyNames"]["pattern"] = "^[A-Za-z0-9_-]+$";
  map["additionalProperties"] = std::move(state_->begun.back().inner);
  state_->end(std::move(map));
}

}  // namespace cascade::config
