#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cascade {

/// Where a feature comes from, which decides how often it is computed and who may see it.
/// privileged: known only after the click; a model that asks for it at serving time is a scenario fault.
enum class Side : std::uint8_t { user, item, cross, privileged };

std::string_view side_name(Side side);

/// One group of categorical values (numbers are bucketed). A group with max_values > 1 is multi-hot: its values are
/// padded with kNoValue and models pool them by their mean.
struct FeatureGroup {
  std::string name;
  Side side = Side::user;
  std::uint32_t cardinality = 0;  ///< values are 0 .. cardinality - 1
  int max_values = 1;
  double flops = 0;  ///< to compute the feature once (a request for the user side, a candidate for item and cross)
  double bytes = 0;
  std::string summary;
};

inline constexpr std::uint32_t kNoValue = 0xFFFFFFFFu;

class FeatureSchema {
 public:
  FeatureSchema() = default;
  explicit FeatureSchema(std::vector<FeatureGroup> groups) : groups_(std::move(groups)) {}
  std::span<const FeatureGroup> groups() const { return groups_; }
  const FeatureGroup& operator[](int group) const { return groups_[static_cast<std::size_t>(group)]; }
  int size() const { return static_cast<int>(groups_.size()); }
  int find(std::string_view name) const;  ///< -1 where there is none
  int count(Side side) const;             ///< groups of this side
  /// Number of the group among those of its side, in schema order: its column in a LogTable.
  int place(int group) const;
  /// Groups named by `names`: a side ("user", "item", "cross", "privileged") stands for all its groups. In schema
  /// order, each once. Unknown names are put into `unknown`.
  std::vector<int> select(std::span<const std::string> names, std::vector<std::string>& unknown) const;

 private:
  std::vector<FeatureGroup> groups_;
};

}  // namespace cascade
