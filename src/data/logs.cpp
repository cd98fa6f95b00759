#include "data/logs.h"

#include <array>

namespace cascade {

std::string_view space_name(Space space) {
  constexpr std::array<std::string_view, kNumSpaces> kNames{"EX", "RC", "PRC", "RND"};
  return kNames[static_cast<std::size_t>(space)];
}

void LogTable::resize(std::size_t rows, const FeatureSchema& schema) {
  request.resize(rows);
  user.resize(rows);
  item.resize(rows);
  day.resize(rows);
  position.resize(rows);
  space.resize(rows, Space::exposed);
  score.resize(rows);
  click.resize(rows);
  convert.resize(rows);
  dwell_s.resize(rows);
  cross.resize(static_cast<std::size_t>(schema.count(Side::cross)));
  privileged.resize(static_cast<std::size_t>(schema.count(Side::privileged)));
  for (auto& column : cross) column.resize(rows);
  for (auto& column : privileged) column.resize(rows);
}

}  // namespace cascade
