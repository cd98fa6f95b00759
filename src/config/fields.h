#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cascade::config {

/// Closed bounds of a number; an open end is written with `above` / `below`.
struct Bounds {
  double lo = -std::numeric_limits<double>::infinity();
  double hi = std::numeric_limits<double>::infinity();
  bool lo_open = false;
  bool hi_open = false;
};
inline Bounds between(double lo, double hi) { return {lo, hi, false, false}; }
inline Bounds at_least(double lo) { return {lo, std::numeric_limits<double>::infinity(), false, false}; }
inline Bounds above(double lo) { return {lo, std::numeric_limits<double>::infinity(), true, false}; }
inline Bounds above_below(double lo, double hi) { return {lo, hi, true, true}; }

/// Whether a number lies within, the ends counted as the bounds say.
bool inside(double value, const Bounds& bounds);
/// The same for a whole number, exact also where a double cannot hold it.
bool inside(std::int64_t value, const Bounds& bounds);
/// "between 1 and 100", "at least 0", "above 0 and below 1"; empty without bounds.
std::string bounds_text(const Bounds& bounds);

/// What one more field of a parameter struct needs besides its type: whether a scenario must give it.
enum class Need { optional, required };

class FieldVisitor;

/// One possibility of a polymorphic part: `kind: name` and the fields that this kind has besides. `visit` makes the
/// part's parameters be of this kind (keeping them if they are already) and lists their fields.
struct Alternative {
  std::string name;
  std::string summary;
  std::function<void(FieldVisitor&)> visit;
};

/// A parameter struct lists its fields once, in `void fields(FieldVisitor& v)`; the reader, the writer of resolved
/// scenarios, `describe`, the JSON Schema and docs/reference are visitors of that list. A visitor may read the
/// current value (writer: it is the setting; describe: the default) or set it (reader).
///
///   struct RecallParams {
///     int keep = 2000;
///     std::string model;
///     void fields(config::FieldVisitor& v) {
///       v.field("keep", keep, "items kept a request", config::between(1, 1e6));
///       v.field("model", model, "inner-product model whose vectors are searched", config::Need::required);
///     }
///   };
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  virtual void field(std::string_view name, bool& value, std::string_view doc) = 0;
  virtual void field(std::string_view name, std::int64_t& value, std::string_view doc, Bounds bounds, Need need) = 0;
  virtual void field(std::string_view name, double& value, std::string_view doc, Bounds bounds, Need need) = 0;
  virtual void field(std::string_view name, std::string& value, std::string_view doc, Need need) = 0;
  /// Text that may also be written as a number without quotes; it is kept as written.
  virtual void text_or_number(std::string_view name, std::string& value, std::string_view doc) = 0;
  virtual void field(std::string_view name, std::vector<std::int64_t>& value, std::string_view doc, Bounds each) = 0;
  virtual void field(std::string_view name, std::vector<double>& value, std::string_view doc, Bounds each) = 0;
  virtual void field(std::string_view name, std::vector<std::string>& value, std::string_view doc) = 0;
  /// One of `names`; `index` is the current choice.
  virtual void choice(std::string_view name, int& index, std::span<const std::string> names, std::string_view doc,
                      Need need) = 0;
  /// `kind`-tagged part inside the current mapping: reads `tag`, then visits the fields of that alternative in the
  /// same mapping. `kind` is the current choice (empty: none yet, so required).
  /// Visitors that describe visit every alternative.
  virtual void one_of(std::string_view tag, std::string& kind, std::span<const Alternative> alternatives,
                      std::string_view doc) = 0;

  // Convenience spellings.
  void field(std::string_view name, int& value, std::string_view doc, Bounds bounds = {}, Need need = Need::optional);
  void field(std::string_view name, std::int64_t& value, std::string_view doc, Bounds bounds = {}) {
    field(name, value, doc, bounds, Need::optional);
  }
  /// REQUIRES a value below 2^63, the largest whole number a scenario can hold.
  void field(std::string_view name, std::uint64_t& value, std::string_view doc, Bounds bounds = at_least(0));
  void field(std::string_view name, double& value, std::string_view doc, Bounds bounds) {
    field(name, value, doc, bounds, Need::optional);
  }
  void field(std::string_view name, double& value, std::string_view doc) {
    field(name, value, doc, Bounds{}, Need::optional);
  }
  void field(std::string_view name, std::string& value, std::string_view doc) {
    field(name, value, doc, Need::optional);
  }
  void field(std::string_view name, std::vector<int>& value, std::string_view doc, Bounds each = {});

  /// An enum with its names in declaration order (0, 1, 2, ...).
  template <class Enum>
  void choose(std::string_view name, Enum& value, std::span<const std::string> names, std::string_view doc,
              Need need = Need::optional) {
    int index = static_cast<int>(value);
    choice(name, index, names, doc, need);
    value = static_cast<Enum>(index);
  }

  /// A nested mapping `name: {...}` of a struct with its own fields().
  template <class Struct>
  void object(std::string_view name, Struct& value, std::string_view doc, Need need = Need::optional) {
    if (begin_object(name, doc, need)) {
      value.fields(*this);
      end_object();
    }
  }
  /// As object(), but the part may be absent: `present` says whether it is given.
  template <class Struct>
  void optional_object(std::string_view name, Struct& value, bool& present, std::string_view doc) {
    if (begin_optional_object(name, doc, present)) {
      value.fields(*this);
      end_object();
    }
  }
  /// A list of structs. Describing visitors see one default element. `named_by` is the field that names an element
  /// in dotted paths (funnel.preranking.keep); empty: elements are addressed by position.
  template <class Struct>
  void list(std::string_view name, std::vector<Struct>& values, std::string_view doc, std::string_view named_by = "",
            Need need = Need::optional) {
    std::size_t n = values.size();
    if (!begin_list(name, doc, named_by, n, need)) return;
    if (describes()) {
      Struct one{};
      begin_element(0);
      one.fields(*this);
      end_element();
    } else {
      if (reads()) values.clear();  // what a file lists replaces a default list, element by element
      values.resize(n);
      for (std::size_t i = 0; i < n; ++i) {
        begin_element(i);
        values[i].fields(*this);
        end_element();
      }
    }
    end_list();
  }
  /// A mapping from names chosen by the user to structs, in file order.
  template <class Struct>
  void named_map(std::string_view name, std::vector<std::pair<std::string, Struct>>& values, std::string_view doc,
                 Need need = Need::optional) {
    std::vector<std::string> keys;
    for (const auto& value : values) keys.push_back(value.first);
    if (!begin_map(name, doc, keys, need)) return;
    if (describes()) {
      Struct one{};
      begin_entry("NAME");
      one.fields(*this);
      end_entry();
    } else {
      std::vector<std::pair<std::string, Struct>> fresh;
      for (const std::string& key : keys) {
        Struct one{};
        if (!reads())
          for (auto& old : values)
            if (old.first == key) one = old.second;
        fresh.emplace_back(key, std::move(one));
        begin_entry(key);
        fresh.back().second.fields(*this);
        end_entry();
      }
      values = std::move(fresh);
    }
    end_map();
  }

  /// True for visitors that describe the type (schema, reference pages) rather than one value.
  virtual bool describes() const { return false; }
  /// True for visitors that set values: lists and maps that they give are built from fresh elements.
  virtual bool reads() const { return false; }

  /// An object whose keys are paths or names with free scalar / list values (variants' `set`, `sweep`): kept as YAML
  /// text per key, in file order: the study layer gives them back to the reader.
  virtual void free_map(std::string_view name, std::vector<std::pair<std::string, std::string>>& values,
                        std::string_view doc) = 0;

 protected:
  virtual bool begin_object(std::string_view name, std::string_view doc, Need need) = 0;
  virtual bool begin_optional_object(std::string_view name, std::string_view doc, bool& present) = 0;
  virtual void end_object() = 0;
  virtual bool begin_list(std::string_view name, std::string_view doc, std::string_view named_by, std::size_t& size,
                          Need need) = 0;
  virtual void begin_element(std::size_t index) = 0;
  virtual void end_element() = 0;
  virtual void end_list() = 0;
  virtual bool begin_map(std::string_view name, std::string_view doc, std::vector<std::string>& keys, Need need) = 0;
  virtual void begin_entry(std::string_view key) = 0;
  virtual void end_entry() = 0;
  virtual void end_map() = 0;
};

}  // namespace cascade::config
