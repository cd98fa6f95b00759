#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cascade::config {

/// A place in a file: 1-based line and column (columns count characters, not bytes). Line 0: no place is known.
struct Mark {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Mark&) const = default;
  /// "file:line:column", or the file alone.
  std::string text() const;
};

/// `broken` stands for a value about which a fault has been given already: readers say nothing more of it.
enum class NodeKind { null, scalar, sequence, mapping, broken };

/// A YAML value with its place: our own copyable tree, free of anchors, tags and duplicate keys.
struct Node {
  NodeKind kind = NodeKind::null;
  std::string text;     ///< of a scalar; of a null as written ("null", "~" or nothing)
  bool quoted = false;  ///< a scalar in quotes or in a block (| or >): never a number, true, false or null
  Mark mark;
  std::string key;  ///< inside a mapping: the key of this entry
  Mark key_mark;
  std::vector<Node> children;  ///< elements of a sequence, entries of a mapping in file order

  bool is_mapping() const { return kind == NodeKind::mapping; }
  bool is_sequence() const { return kind == NodeKind::sequence; }
  bool is_scalar() const { return kind == NodeKind::scalar; }
  bool is_broken() const { return kind == NodeKind::broken; }

  /// The entry of a mapping with this key, or nullptr.
  const Node* child(std::string_view name) const;
  Node* child(std::string_view name);
  /// The value at a dotted path ("funnel.preranking.keep"), or nullptr. An element of a sequence is addressed by its
  /// `name` or by its position from 0. Keys and names that hold dots themselves are found too (longest first).
  const Node* find(std::string_view path) const;
  /// Where to point when something is missing inside: the key if there is one.
  const Mark& place() const { return key_mark.line > 0 ? key_mark : mark; }
};

/// One step along a path: the child that `path` begins with, and what is left of the path. Null: no such child.
struct Step {
  const Node* node = nullptr;
  std::string_view rest;
};
Step step_into(const Node& from, std::string_view path);

/// How element i of a sequence is addressed: by its `name` if it has one, else by position.
std::string element_step(const Node& sequence, std::size_t i);
/// "a.b" + "c" -> "a.b.c".
std::string join_path(std::string_view path, std::string_view step);

/// Whether two values are equal, places and needless quotes left aside; the order of keys counts.
bool same_value(const Node& a, const Node& b);

/// Puts `over` on top of `base`: mappings are merged key by key, all else is replaced. Places come along.
void merge_over(Node& base, const Node& over);

/// The value as a fault shows it: short, on one line, without control characters.
std::string shown(const Node& node);
std::string shown_text(std::string_view text);
/// Bytes below 0x20 and 0x7F.
bool has_control_characters(std::string_view text);

/// Whether a user may choose this as a name that stands in dotted paths: letters, digits, `_` and `-`.
bool is_plain_name(std::string_view name);

}  // namespace cascade::config
