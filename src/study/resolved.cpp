#include "study/resolved.h"

#include <algorithm>

#include "config/node.h"
#include "config/writer.h"
#include "config/yaml_text.h"

namespace cascade {

namespace {

using config::Node;

/// Whether a change inside can be addressed by a path: the same keys (or named elements) in the same order, and no
/// kind that changes, for another kind has other keys.
bool same_shape(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.children.size() != b.children.size()) return false;
  if (!a.is_mapping() && !a.is_sequence()) return false;
  for (const char* fixed : {"kind", "name"}) {
    const Node* of_a = a.child(fixed);
    const Node* of_b = b.child(fixed);
    if (of_a != nullptr && of_b != nullptr && !config::same_value(*of_a, *of_b)) return false;
  }
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (a.is_mapping()) {
      if (a.children[i].key != b.children[i].key || !config::is_plain_name(a.children[i].key)) return false;
    } else {
      const std::string step = config::element_step(a, i);
      if (a.children[i].child("name") == nullptr || step != config::element_step(b, i) || !config::is_plain_name(step))
        return false;
    }
  }
  return true;
}

/// Appends path -> value for all in which `other` differs from `base`.
void add_changes(const Node& base, const Node& other, const std::string& path,
                 std::vector<std::pair<std::string, std::string>>& changes) {
  if (config::same_value(base, other)) return;
  if (path.empty() && base.is_mapping() && other.is_mapping()) {
    // A part of the scenario itself that only the variant has.
    for (const Node& part : other.children)
      if (const Node* before = base.child(part.key); before != nullptr)
        add_changes(*before, part, part.key, changes);
      else
        changes.emplace_back(part.key, config::flow_text(part));
    return;
  }
  if (!same_shape(base, other)) {
    changes.emplace_back(path, config::flow_text(other));
    return;
  }
  for (std::size_t i = 0; i < base.children.size(); ++i) {
    const std::string step = base.is_mapping() ? base.children[i].key : config::element_step(base, i);
    add_changes(base.children[i], other.children[i], config::join_path(path, step), changes);
  }
}

}  // namespace

std::string resolved_text(const ScenarioFile& file, const std::vector<StudyPoint>& points) {
  ScenarioFile resolved = file;
  resolved.sweep.clear();
  resolved.variants.clear();
  const bool plain = file.variants.empty() && file.sweep.empty();
  for (const StudyPoint& point : points) {
    if (plain) break;
    VariantSpec variant;
    variant.name = point.name;
    variant.rerun = point.scenario.evaluate.reruns == file.scenario.evaluate.reruns;
    Scenario scenario = point.scenario;
    scenario.evaluate.reruns = file.scenario.evaluate.reruns;
    add_changes(config::to_node(file.scenario), config::to_node(scenario), "", variant.set);
    resolved.variants.push_back(std::move(variant));
  }
  return config::yaml_text(config::to_node(resolved));
}

}  // namespace cascade
