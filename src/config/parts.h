#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "config/document.h"

namespace cascade::config {

/// Where `use: NAME` may stand, and the folder of the NAME.yaml files it takes. A step `*` of the path stands for any
/// key or element: "world", "models.*", "funnel", "serving.hardware".
struct PartPlace {
  std::string path;
  std::filesystem::path folder;
};

/// The place that a path ("models.fine", "models.*") is one of, or nullptr.
const PartPlace* find_place(std::span<const PartPlace> places, std::string_view path);

/// The reusable parts of configs/. Files are read once; not for use by several threads at a time.
class Parts {
 public:
  explicit Parts(std::vector<PartPlace> places) : places_(std::move(places)) {}
  const std::vector<PartPlace>& places() const { return places_; }

  /// Names of the parts in a folder, sorted.
  static std::vector<std::string> names(const std::filesystem::path& folder);

  /// Puts the named parts in place of every `use: NAME`; the keys beside it override the part (mappings key by key,
  /// lists as a whole). Parts may use parts of the same folder. Values keep the place in the file they come from. A
  /// part that is a list takes no keys beside its `use`. Throws IoError if a part is there but cannot be read.
  void expand(Document& document, Faults& faults);

 private:
  void expand_below(Node& node, const std::string& pattern, const std::string& path, Faults& faults);
  /// The node with its part under it, until no `use` is left; a broken node after a fault.
  void expand_here(Node& node, const PartPlace& place, const std::string& path, Faults& faults);
  const Node* load(const Node& use, const PartPlace& place, const std::string& path, Faults& faults);

  std::vector<PartPlace> places_;
  struct Loaded {
    Node root;
    Faults faults;
  };
  std::map<std::filesystem::path, Loaded> loaded_;
};

/// A scenario with its parts and overrides in: the raw document as loaded, overrides of some `use` first, then the
/// parts, then the other overrides in their order (and the parts that these ask for).
Document resolve(const Document& raw, std::span<const Override> overrides, Parts& parts, Faults& faults);

}  // namespace cascade::config
