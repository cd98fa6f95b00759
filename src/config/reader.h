#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/faults.h"
#include "config/fields.h"
#include "config/node.h"

namespace cascade::config {

/// Sets the fields of a struct from a mapping and gathers everything that does not fit: unknown and missing keys, wrong
/// types, values out of bounds, unknown kinds. What is absent keeps its default; what is at fault does too, so that a
/// struct read with faults must not be used.
class Reader final : public FieldVisitor {
 public:
  /// `path` is that of the mapping in its document.
  Reader(const Node& mapping, Faults& faults, std::string_view path);
  /// Ends the reading: keys that no field asked for are faults. Call once, after the struct's fields().
  void finish();

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
  bool reads() const override { return true; }

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

  /// A mapping, list or map that is being read.
  struct Frame {
    const Node* node;    ///< nullptr: absent, its fields keep their defaults
    const Node* around;  ///< the nearest node that exists: where missing keys are reported
    std::string path;
    bool silent = false;  ///< a fault has been given for the whole: say no more
    bool open = false;    ///< its keys are not all known (an unknown kind): do not call any unknown
    std::vector<std::string> keys;
    std::string kind;                                          ///< last kind read here
    std::vector<std::pair<std::string, std::string>> of_kind;  ///< key -> the other kind that has it
  };

  Frame& top() { return frames_.back(); }
  const Node* take(std::string_view name, Need need);
  void fault(const Node& node, std::string_view name, std::string_view what, const Hint& hint);
  bool expect(const Node& node, NodeKind kind, std::string_view name);
  void push(const Node* node, std::string path);
  void pop();
  void report_unknown_keys(const Frame& frame);
  void note_keys_of_other_kinds(std::span<const Alternative> alternatives);
  template <class Value, class... Bound>
  void scalar(std::string_view name, Value& value, Need need, const Bound&... bounds);
  template <class Value, class... Bound>
  void scalars(std::string_view name, std::vector<Value>& values, const Bound&... bounds);

  Faults& faults_;
  std::vector<Frame> frames_;
};

/// Fills `value` from the mapping; all that is wrong goes to `faults`.
template <class Struct>
void read(const Node& mapping, Struct& value, Faults& faults, std::string_view path = "") {
  Reader reader(mapping, faults, path);
  value.fields(reader);
  reader.finish();
}

}  // namespace cascade::config
