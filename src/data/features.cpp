#include "data/features.h"

#include <algorithm>
#include <array>

#include "base/errors.h"

namespace cascade {

std::string_view side_name(Side side) {
  constexpr std::array<std::string_view, 4> kNames{"user", "item", "cross", "privileged"};
  return kNames[static_cast<std::size_t>(side)];
}

int FeatureSchema::find(std::string_view name) const {
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].name == name) return static_cast<int>(g);
  }
  return -1;
}

int FeatureSchema::count(Side side) const {
  return static_cast<int>(
      std::count_if(groups_.begin(), groups_.end(), [side](const FeatureGroup& group) { return group.side == side; }));
}

int FeatureSchema::place(int group) const {
  CASCADE_CHECK(group >= 0 && group < size(), "no such feature group");
  const Side side = groups_[static_cast<std::size_t>(group)].side;
  return static_cast<int>(std::count_if(groups_.begin(), groups_.begin() + group,
                                        [side](const FeatureGroup& other) { return other.side == side; }));
}

std::vector<int> FeatureSchema::select(std::span<const std::string> names, std::vector<std::string>& unknown) const {
  std::vector<bool> wanted(groups_.size(), false);
  for (const std::string& name : names) {
    bool known = false;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g].name != name && side_name(groups_[g].side) != name) continue;
      wanted[g] = true;
      known = true;
    }
    if (!known) unknown.push_back(name);
  }
  std::vector<int> selected;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (wanted[g]) selected.push_back(static_cast<int>(g));
  }
  return selected;
}

}  // namespace cascade
