#include "config/parts.h"

#include <algorithm>
#include <system_error>

namespace cascade::config {
namespace {

/// How long a chain of parts that use parts may be.
constexpr std::size_t kMaxChain = 8;

std::string_view take_step(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view step = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  return step;
}

/// Whether a pattern's steps are those of a path or `*`.
bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = take_step(pattern);
    const std::string_view step = take_step(path);
    if (expected != "*" && expected != step) return false;
  }
  return pattern.empty() && path.empty();
}

void remove_key(Node& mapping, std::string_view key) {
  std::erase_if(mapping.children, [&](const Node& entry) { return entry.key == key; });
}

bool sets_use(const Override& change) { return change.path.ends_with(".use"); }

}  // namespace

const PartPlace* find_place(std::span<const PartPlace> places, std::string_view path) {
  for (const PartPlace& place : places)
    if (matches(place.path, path)) return &place;
  return nullptr;
}

std::vector<std::string> Parts::names(const std::filesystem::path& folder) {
  std::vector<std::string> all;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (entry.path().extension() == ".yaml") all.push_back(entry.path().stem().string());
  std::sort(all.begin(), all.end());
  return all;
}

void Parts::expand(Document& document, Faults& faults) { expand_below(document.root(), "", "", faults); }

void Parts::expand_below(Node& node, const std::string& pattern, const std::string& path, Faults& faults) {
  const PartPlace* place = pattern.empty() ? nullptr : find_place(places_, pattern);
  if (place != nullptr && node.child("use") != nullptr) expand_here(node, *place, path, faults);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    Node& child = node.children[i];
    if (node.is_mapping())
      expand_below(child, join_path(pattern, child.key), join_path(path, shown_text(child.key)), faults);
    else
      expand_below(child, join_path(pattern, "*"), join_path(path, element_step(node, i)), faults);
  }
}

void Parts::expand_here(Node& node, const PartPlace& place, const std::string& path, Faults& faults) {
  std::vector<std::string> chain;
  const auto give_up = [&] {
    node.kind = NodeKind::broken;
    node.children.clear();
  };
  while (const Node* found = node.child("use")) {
    const Node use = *found;
    const Node* part = load(use, place, path, faults);
    if (part == nullptr) return give_up();
    const auto before = std::find(chain.begin(), chain.end(), use.text);
    if (before != chain.end() || chain.size() == kMaxChain) {
      std::string links;
      for (const std::string& link : chain) links += link + " -> ";
      const std::string what = before != chain.end()
                                   ? "parts use each other in a circle: "
                                   : "more than " + std::to_string(kMaxChain) + " parts use each other: ";
      faults.add(use.mark, join_path(path, "use"), what + links + use.text);
      return give_up();
    }
    chain.push_back(use.text);

    remove_key(node, "use");
    Node whole = *part;
    whole.key = node.key;
    whole.key_mark = node.key_mark;
    if (part->is_sequence() && node.children.empty()) {
      node = std::move(whole);
    } else if (part->is_mapping()) {
      merge_over(whole, node);
      node = std::move(whole);
    } else {
      const std::string what = part->is_sequence()
                                   ? "the part is a list, which keys beside `use` cannot change; set its "
                                     "elements by path (`set`, --set)"
                                   : "the part is neither a mapping nor a list";
      if (!part->is_broken()) faults.add(use.mark, join_path(path, "use"), what, but_got(use.text));
      return give_up();
    }
  }
}

const Node* Parts::load(const Node& use, const PartPlace& place, const std::string& path, Faults& faults) {
  if (!use.is_scalar()) {
    if (!use.is_broken())
      faults.add(use.mark, join_path(path, "use"), "expected the name of a part", but_got(shown(use)));
    return nullptr;
  }
  const std::filesystem::path file = place.folder / (use.text + ".yaml");
  std::error_code missing;
  if (!is_plain_name(use.text) || !std::filesystem::is_regular_file(file, missing)) {
    Hint hint = choose_from(use.text, names(place.folder));
    hint.got = shown(use);
    faults.add(use.mark, join_path(path, "use"), "no such part in " + place.folder.string(), hint);
    return nullptr;
  }
  auto known = loaded_.find(file);
  if (known == loaded_.end()) {
    Loaded fresh;
    fresh.root = Document::load(file, fresh.faults).root();
    known = loaded_.emplace(file, std::move(fresh)).first;
  }
  faults.add_all(known->second.faults);
  return &known->second.root;
}

Document resolve(const Document& raw, std::span<const Override> overrides, Parts& parts, Faults& faults) {
  Document document = raw;
  for (const Override& change : overrides)
    if (sets_use(change)) document.set(change, faults);
  parts.expand(document, faults);
  for (const Override& change : overrides) {
    if (sets_use(change)) continue;
    document.set(change, faults);
    parts.expand(document, faults);
  }
  return document;
}

}  // namespace cascade::config
