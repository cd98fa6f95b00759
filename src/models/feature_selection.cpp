#include "models/feature_selection.h"

#include "base/errors.h"
#include "base/real.h"
#include "base/text.h"

namespace cascade {

std::vector<int> select_groups(const FeatureSchema& schema, std::span<const std::string> names,
                               const std::string& kind) {
  std::vector<std::string> unknown;
  std::vector<int> groups = schema.select(names, unknown);
  if (!unknown.empty()) {
    std::vector<std::string> known = {"user", "item", "cross", "privileged"};
    for (const FeatureGroup& group : schema.groups()) known.push_back(group.name);
    const auto near = nearest_names(unknown.front(), known);
    throw InputError(kind + ": there is no feature group '" + unknown.front() + "'" +
                     (near.empty() ? "" : "; did you mean '" + near.front() + "'?") + " (there are: " + join(known) +
                     ")");
  }
  if (groups.empty()) throw InputError(kind + ": no feature groups are selected");
  return groups;
}

std::vector<int> groups_of(const FeatureSchema& schema, std::span<const int> groups, Side side) {
  std::vector<int> found;
  for (const int group : groups)
    if (schema[group].side == side) found.push_back(group);
  return found;
}

void require_servable(const FeatureSchema& schema, std::span<const int> groups, const std::string& kind) {
  for (const int group : groups)
    if (schema[group].side == Side::privileged)
      throw InputError(kind + ": feature group '" + schema[group].name +
                       "' is privileged, known only after the click: a model that reads it can teach but not serve");
}

double base_logit(const FeatureStore& store) {
  double clicks = 1;
  double impressions = 2;
  for (ItemId i = 0; i < store.num_items(); ++i) {
    clicks += store.item(i).clicks;
    impressions += store.item(i).impressions;
  }
  return logit(clicks / impressions);
}

Work feature_work(const FeatureSchema& schema, std::span<const int> groups, Side side, std::size_t width) {
  Work work;
  for (const int g : groups) {
    const FeatureGroup& group = schema[g];
    if (group.side != side) continue;
    const double numbers = static_cast<double>(group.max_values) * static_cast<double>(width);
    work.flops += group.flops + (group.max_values > 1 ? numbers : 0.0);
    work.bytes += group.bytes + float_bytes(numbers);
  }
  return work;
}

}  // namespace cascade
