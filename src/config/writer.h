#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "config/node.h"

namespace cascade::config {

/// Builds the tree of a struct's current values, every default included, in the order of its fields.
class Writer final : public FieldVisitor {
 public:
  Writer();
  /// The tree. Call once, after the struct's fields().
  Node take();

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

  void add(std::string_view name, Node value);
  void open(std::string_view name, NodeKind kind);
  void close();

  std::vector<Node> open_;
};

/// The tree that read() turns into the same values, bit for bit; absent optional parts are `null`. REQUIRES finite
/// numbers.
template <class Struct>
Node to_node(Struct value) {
  Writer writer;
  value.fields(writer);
  return writer.take();
}

/// A tree as a flat list, dotted path -> value on one line; lists of scalars are one value. What runs are compared by.
std::vector<std::pair<std::string, std::string>> settings_of(const Node& tree);

}  // namespace cascade::config
