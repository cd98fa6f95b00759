#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.h"

namespace cascade::config {

/// One field as `describe` and the reference pages show it.
struct FieldRow {
  std::string path;          ///< dotted; NAME stands for a name of the user's choice, N for a position
  std::string when;          ///< "kind = cold" for a field that only one kind has
  std::string type;          ///< "whole number", "list of text", "mapping", ...
  std::string default_text;  ///< empty: none
  std::string bounds;        ///< "between 1 and 100"
  bool required = false;
  std::vector<std::string> choices;
  std::string doc;
};

/// Lists the fields of a struct, those of every kind included.
class Describer final : public FieldVisitor {
 public:
  const std::vector<FieldRow>& rows() const { return rows_; }

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

  FieldRow& add(std::string_view name, std::string_view type, std::string_view doc, Need need = Need::optional);
  void enter(std::string_view step);
  void leave() { steps_.pop_back(); }

  std::vector<FieldRow> rows_;
  std::vector<std::string> steps_;
  std::vector<std::string> when_;
  std::string element_;  ///< step of the elements of the list that is open
};

template <class Struct>
std::vector<FieldRow> describe(Struct value = {}) {
  Describer describer;
  value.fields(describer);
  return describer.rows();
}

/// The keys that a kind adds to its mapping.
std::vector<std::string> keys_of(const Alternative& alternative);

/// Bounds without the ends that only say what an `int` can hold.
Bounds telling(Bounds bounds);

/// For a terminal: a line with path, type, default and bounds, and below it the sentence.
std::string describe_text(std::span<const FieldRow> rows);
/// A Markdown table.
std::string describe_markdown(std::span<const FieldRow> rows);

}  // namespace cascade::config
