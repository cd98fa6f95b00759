#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "config/parts.h"

namespace cascade::config {

/// Builds a JSON Schema (draft 07) of a struct, for editors: types, bounds, choices, defaults, required keys, no other
/// keys, the fields of each kind under if/then, and `use` at the places of parts (where a part may bring what is
/// required). It accepts all that the reader accepts; the reader is stricter where a schema cannot say it.
class SchemaWriter final : public FieldVisitor {
 public:
  explicit SchemaWriter(std::span<const PartPlace> places);
  ~SchemaWriter() override;
  /// The schema as JSON text. Call once, after the struct's fields().
  std::string take(std::string_view title);

  using FieldVisitor::field;
  void field(std::string_view name, bool& value, std::string_view doc) override;
  void field(std::string_view name, std::int64_t& value, std::string_view doc, Bounds bounds, Need need) override;
  void field(std::string_view name, double& value, std::string_view doc, Bounds bounds, Need need) override;
  void field(std::string_view name, std::string& value, std::string_view doc, Need need) override;
  void text_or_number(std::string_view name, std::string& value, std::string_view doc) override;
  void field(std::string_view name, std::vector<std::int64_t>& value, std::string_view doc, Bounds each) override;
  void field(std::string_view name, std::vector<double>& value, std::string_view doc, Bounds each) override;
  void field(std::string_view name, std::vector<std::string>& value, std::string_view doc) override;
  void choice(std::string_view name, int& index, std::span<const std::string> names, std::string_view doc,
              Need need) override;
  void one_of(std::string_view tag, std::string& kind, std::span<const Alternative> alternatives,
              std::string_view doc) override;
  void free_map(std::string_view name, std::vector<std::pair<std::string, std::string>>& values,
                std::string_view doc) override;
  bool describes() const override { return true; }

 private:
  bool begin_object(std::string_view name, std::string_view doc, Need need) override;
  bool begin_optional_object(std::string_view name, std::string_view doc, bool& present) override;
  void end_object() override;
  bool begin_list(std::string_view name, std::string_view doc, std::string_view named_by, std::size_t& size,
                  Need need) override;
  void begin_element(std::size_t index) override;
  void end_element() override;
  void end_list() override;
  bool begin_map(std::string_view name, std::string_view doc, std::vector<std::string>& keys, Need need) override;
  void begin_entry(std::string_view key) override;
  void end_entry() override;
  void end_map() override;

  struct State;
  std::unique_ptr<State> state_;
};

/// `places` as Parts has them: where the schema allows `use`.
template <class Struct>
std::string schema_text(std::string_view title, std::span<const PartPlace> places = {}, Struct value = {}) {
  SchemaWriter writer(places);
  value.fields(writer);
  return writer.take(title);
}

}  // namespace cascade::config
