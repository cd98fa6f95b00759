#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/faults.h"
#include "config/node.h"

namespace cascade::config {

/// A value put in place of what a file says: `--set path=value`, an entry of a variant's `set`, a point of a sweep.
struct Override {
  std::string path;
  Node value;
  Mark mark;  ///< where the path is written
};

/// "path=value" as given to --set. The faults of the value name `origin` and count columns in the whole text. Nothing
/// usable: a fault, and an override with an empty path, which does nothing.
Override override_from_text(std::string_view assignment, const std::string& origin, Faults& faults);
/// The entries of a mapping {dotted.path: value}, which keep their places in its file.
std::vector<Override> overrides_of(const Node& mapping);

/// A YAML file as a tree of values with their places.
class Document {
 public:
  /// Throws IoError if the file cannot be read; everything wrong with its text goes to `faults`.
  static Document load(const std::filesystem::path& path, Faults& faults);
  static Document parse(std::string_view text, const std::string& name, Faults& faults);

  const std::string& name() const { return name_; }
  const Node& root() const { return root_; }
  Node& root() { return root_; }

  /// Puts a value at a path; mappings on the way are made where missing, elements of lists must exist. A mapping or
  /// list is replaced as a whole (a list element given anew keeps its `name` unless it gets one).
  void set(const Override& change, Faults& faults);
  /// The same from text: set("funnel.preranking.keep", "300", "--set", faults).
  void set(std::string_view path, std::string_view yaml, const std::string& origin, Faults& faults);

  /// Place of the value at `path`, or of the nearest value around it that exists.
  Mark where(std::string_view path) const;

 private:
  std::string name_;
  Node root_;
};

}  // namespace cascade::config
