#include "config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "config/text_check.h"

namespace cascade::config {
namespace {

/// Ends a parse whose faults have been given already.
struct Stop {};

/// Builds the tree from the parser's events. Taking events rather than yaml-cpp's own tree shows what that tree hides
/// (duplicate keys, tags, aliases, further documents) and stops a hostile text early.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const Places& places, Faults& faults)
      : text_(text), places_(places), faults_(faults) {}

  std::optional<Node> root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    const bool marked = text_from(mark).starts_with("---");
    stop(mark, marked ? "a second document begins here; a file holds one" : "text after the end of the document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Node node = new_node(NodeKind::null, mark);
    node.text = null_word(mark);
    if (node.text.empty() && inside_mapping() && top().key) {
      node.mark = top().key->mark;  // the parser's place is that of the next token
      if (!top().key->quoted && top().key->text.find(':') != std::string::npos) {
        fault(node.mark, "a space is missing after ':' in '" + shown_text(top().key->text) + "'");
        node.kind = NodeKind::broken;
      }
    }
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fault(place(mark), kNoAliases);
    add(new_node(NodeKind::broken, mark));
  }

  void OnAnchor(const YAML::Mark& mark, const std::string&) override { fault(place(mark), kNoAliases); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    refuse_tag(mark, tag);
    check_closing_quote(mark);
    Node node = new_node(NodeKind::scalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(NodeKind::sequence, mark, tag);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(NodeKind::mapping, mark, tag);
  }
  void OnMapEnd() override { close(); }

  /// The parser's error in words that help.
  void add_error(const YAML::Mark& mark, const std::string& message) {
    const std::string_view here = text_from(mark);
    const bool at_end = here.find_first_not_of(" \r\n") == std::string_view::npos;
    std::string what = message;
    if (message.starts_with("the referenced anchor") || message.starts_with("alias not found")) {
      what = kNoAliases;
    } else if (message == "end of map flow not found" || message == "end of sequence flow not found") {
      const std::string bracket = message == "end of map flow not found" ? "{" : "[";
      if (at_end && !open_.empty()) {
        faults_.add(open_.back().node.mark, "", "not valid YAML: this '" + bracket + "' is never closed");
        return;
      }
      what = std::string("expected ',' or '") + (bracket == "{" ? "}" : "]") + "'";
      if (!open_.empty()) what += " in what was opened at " + open_.back().node.mark.text();
    } else if (message == "end of map not found" || message == "end of sequence not found") {
      what = "this does not fit what stands before it: wrong indentation, or a missing quote";
    } else if (message == "illegal map value") {
      what =
          "a ':' that cannot stand here: wrong indentation, a space missing after an earlier ':', or text with ': ' "
          "that needs quotes";
    } else if (message == "unknown token" && !at_end) {
      what = "a text cannot begin with '" + shown_text(here.substr(0, 1)) + "'; put it in quotes";
    }
    faults_.add(place(mark), "", "not valid YAML: " + what);
  }

 private:
  static constexpr const char* kNoAliases =
      "anchors (&name) and aliases (*name) are not read; use `use: NAME`, or put the text in quotes";

  struct Key {
    std::string text;
    Mark mark;
    bool quoted = false;
    bool usable = true;  ///< false: a fault has been given; the value is left out
  };
  /// A sequence or mapping that is still open.
  struct Open {
    Node node;
    bool as_key = false;  ///< it stands where a key should
    std::optional<Key> key;
    std::set<std::string> keys;
  };

  Open& top() { return open_.back(); }
  bool inside_mapping() const { return !open_.empty() && open_.back().node.is_mapping(); }
  bool expects_key() const { return inside_mapping() && !open_.back().key; }

  Mark place(const YAML::Mark& mark) const { return places_.at(mark.line, mark.column); }
  std::string_view text_from(const YAML::Mark& mark) const {
    const auto pos = static_cast<std::size_t>(std::max(mark.pos, 0));
    return pos < text_.size() ? text_.substr(pos) : std::string_view{};
  }
  void fault(const Mark& mark, const std::string& what) { faults_.add(mark, path(), what); }
  [[noreturn]] void stop(const YAML::Mark& mark, const std::string& what) {
    fault(place(mark), what);
    throw Stop{};
  }

  /// Path of the value that is being read.
  std::string path() const {
    std::string all;
    for (const Open& open : open_) {
      if (open.node.is_sequence()) all = join_path(all, std::to_string(open.node.children.size()));
      if (open.key) all = join_path(all, shown_text(open.key->text));
    }
    return all;
  }

  Node new_node(NodeKind kind, const YAML::Mark& mark) {
    if (++nodes_ > kMaxNodes) stop(mark, "too large: more than " + std::to_string(kMaxNodes) + " values");
    Node node;
    node.kind = kind;
    node.mark = place(mark);
    return node;
  }

  /// "~" or "null" if the value is written so; empty if there is nothing.
  std::string null_word(const YAML::Mark& mark) const {
    const std::string_view here = text_from(mark);
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (!here.starts_with(word)) continue;
      const std::string_view after = here.substr(word.size());
      if (after.empty() || std::string_view(" \r\n,]}").find(after.front()) != std::string_view::npos)
        return std::string(word);
    }
    return "";
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || (tag == "!" && !text_from(mark).starts_with('!'))) return;
    fault(place(mark), "tags (!name) are not read, got " + shown_text(tag));
  }

  /// yaml-cpp takes a quoted text to the end of the file when its closing quote is missing, or on to a quote some lines
  /// below; both are found by asking that it ends on its own line.
  void check_closing_quote(const YAML::Mark& mark) {
    const std::string_view here = text_from(mark);
    if (here.empty() || (here[0] != '"' && here[0] != '\'')) return;
    for (std::size_t i = 1; i < here.size() && here[i] != '\n'; ++i) {
      if (here[0] == '"' && here[i] == '\\') {
        if (++i >= here.size() || here[i] == '\n') break;
      } else if (here[0] == '\'' && here.substr(i, 2) == "''") {
        ++i;
      } else if (here[i] == here[0]) {
        return;
      }
    }
    faults_.add(place(mark), "", "not valid YAML: the quote is not closed on its line (longer texts go below | or >)");
    throw Stop{};
  }

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag) {
    if (static_cast<int>(open_.size()) >= kMaxDepth)
      stop(mark, "nested more than " + std::to_string(kMaxDepth) + " deep");
    refuse_tag(mark, tag);
    Open fresh;
    fresh.node = new_node(kind, mark);
    fresh.as_key = expects_key();
    open_.push_back(std::move(fresh));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.as_key) {
      fault(done.node.mark, "a key must be a text, got " + shown(done.node));
      top().key = Key{"?", done.node.mark, false, false};
    } else {
      add(std::move(done.node));
    }
  }

  void add(Node node) {
    if (open_.empty()) {
      root = std::move(node);
    } else if (!inside_mapping()) {
      top().node.children.push_back(std::move(node));
    } else if (!top().key) {
      add_key(std::move(node));
    } else {
      if (top().key->usable) {
        node.key = top().key->text;
        node.key_mark = top().key->mark;
        top().node.children.push_back(std::move(node));
      }
      top().key.reset();
    }
  }

  void add_key(Node node) {
    Key key{std::move(node.text), node.mark, node.quoted, false};
    if (node.is_broken()) {
      key.text = "?";
    } else if (!node.is_scalar()) {
      fault(key.mark, "a key must be a text, got " + shown(node));
    } else if (key.text.empty()) {
      fault(key.mark, "a key must be a text, got an empty one");
    } else if (key.text.size() > kMaxKeyBytes) {
      fault(key.mark, "a key of " + std::to_string(key.text.size()) + " bytes; at most " +
                          std::to_string(kMaxKeyBytes) + " are read");
    } else if (has_control_characters(key.text)) {
      fault(key.mark, "a key with control characters");
    } else if (key.text == "<<" && !key.quoted) {
      fault(key.mark, "`<<` is not read; use `use: NAME`");
    } else if (!top().keys.insert(key.text).second) {
      const Mark& first = top().node.child(key.text)->key_mark;
      const std::string twice =
          "the key is given twice, first at " + std::to_string(first.line) + ":" + std::to_string(first.column);
      faults_.add(key.mark, join_path(path(), shown_text(key.text)), twice);
    } else if (top().keys.size() > kMaxEntries) {
      fault(key.mark, "too large: more than " + std::to_string(kMaxEntries) + " keys in one mapping");
      throw Stop{};
    } else {
      key.usable = true;
    }
    top().key = std::move(key);
  }

  std::string_view text_;
  const Places& places_;
  Faults& faults_;
  std::vector<Open> open_;
  int documents_ = 0;
  std::size_t nodes_ = 0;
};

Node broken_at(const Mark& mark) {
  Node node;
  node.kind = NodeKind::broken;
  node.mark = mark;
  return node;
}

}  // namespace

Node read_yaml(std::string_view text, const Mark& begin, Faults& faults) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Places places(text.substr(0, kMaxBytes), begin);
  if (!check_text(text, places, faults)) return broken_at(begin);

  TreeBuilder builder(text, places, faults);
  try {
    // With a newline at the end an open quote always comes as a scalar, so that its beginning can be shown.
    std::istringstream stream(std::string(text) + "\n");
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Stop&) {
    return broken_at(begin);
  } catch (const YAML::Exception& error) {
    builder.add_error(error.mark, error.msg);
    return broken_at(begin);
  }
  if (!builder.root || (builder.root->kind == NodeKind::null && builder.root->text.empty())) {
    faults.add(begin, "", "the file is empty");
    return broken_at(begin);
  }
  return std::move(*builder.root);
}

}  // namespace cascade::config
