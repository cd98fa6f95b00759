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

LogTable take_rows(const LogTable& log, std::span<const std::uint32_t> rows) {
  LogTable taken;
  const auto take = [rows](const auto& from, auto& into) {
    into.reserve(rows.size());
    for (const std::uint32_t row : rows) into.push_back(from[row]);
  };
  take(log.request, taken.request);
  take(log.user, taken.user);
  take(log.item, taken.item);
  take(log.day, taken.day);
  take(log.position, taken.position);
  take(log.space, taken.space);
  take(log.score, taken.score);
  take(log.click, taken.click);
  take(log.convert, taken.convert);
  take(log.dwell_s, taken.dwell_s);
  taken.cross.resize(log.cross.size());
  for (std::size_t c = 0; c < log.cross.size(); ++c) take(log.cross[c], taken.cross[c]);
  taken.privileged.resize(log.privileged.size());
  for (std::size_t p = 0; p < log.privileged.size(); ++p) take(log.privileged[p], taken.privileged[p]);
  return taken;
}

}  // namespace cascade
