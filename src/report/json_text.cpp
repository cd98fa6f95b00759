#include "report/json_text.h"

#include "base/text.h"

namespace cascade {
namespace {

constexpr std::size_t kColumns = 120;

std::string string_text(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string scalar_text(const Json& value) {
  if (value.is_string()) return string_text(value.get_ref<const std::string&>());
  if (value.is_number_float()) return number_text(value.get<double>());
  return value.dump();
}

/// Appends the value on one line; stops early once `out` is longer than `limit`.
void append_inline(const Json& value, std::size_t limit, std::string& out) {
  if (!value.is_structured()) {
    out += scalar_text(value);
    return;
  }
  const bool object = value.is_object();
  out += object ? '{' : '[';
  bool first = true;
  for (const auto& entry : value.items()) {
    if (!first) out += ", ";
    first = false;
    if (object) out += string_text(entry.key()) + ": ";
    append_inline(entry.value(), limit, out);
    if (out.size() > limit) return;
  }
  out += object ? '}' : ']';
}

void append(const Json& value, std::size_t indent, std::size_t used, std::string& out) {
  std::string line;
  append_inline(value, kColumns, line);
  if (!value.is_structured() || value.empty() || used + line.size() < kColumns) {
    out += line;
    return;
  }
  const bool object = value.is_object();
  const std::string inner(indent + 2, ' ');
  out += object ? '{' : '[';
  bool first = true;
  for (const auto& entry : value.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    const std::string key = object ? string_text(entry.key()) + ": " : std::string();
    out += inner;
    out += key;
    append(entry.value(), indent + 2, inner.size() + key.size(), out);
  }
  out += '\n';
  out.append(indent, ' ');
  out += object ? '}' : ']';
}

}  // namespace

Json estimate_json(const Estimate& e) {
  const bool applies = e.n > 0;
  Json json;
  json["mean"] = applies ? json_number(e.mean) : Json(nullptr);
  json["ci95"] = applies ? Json::array({json_number(e.lo), json_number(e.hi)}) : Json::array({nullptr, nullptr});
  json["n"] = e.n;
  return json;
}

std::string json_text(const Json& value) {
  std::string out;
  append(value, 0, 0, out);
  return out + "\n";
}

}  // namespace cascade
