#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "data/feature_store.h"

namespace cascade {

/// Sample spaces of a participation log: the deepest stage that a candidate reached.
/// EX exposed, RC fine-ranked but not exposed, PRC pre-ranked but not passed on, RND drawn from the catalogue.
enum class Space : std::uint8_t { exposed, ranked, preranked, random };
inline constexpr int kNumSpaces = 4;
std::string_view space_name(Space space);  ///< "EX", "RC", "PRC", "RND"

/// Rows of a participation log, column by column. Labels are defined for exposed rows only (0 elsewhere).
struct LogTable {
  std::vector<std::uint64_t> request;  ///< rows of one request are adjacent
  std::vector<UserId> user;
  std::vector<ItemId> item;
  std::vector<std::uint16_t> day;
  std::vector<std::uint16_t> position;  ///< 0 = top of the page; 0 for rows that were not exposed
  std::vector<Space> space;
  std::vector<float> score;  ///< of the deepest stage reached
  std::vector<std::uint8_t> click;
  std::vector<std::uint8_t> convert;
  std::vector<float> dwell_s;  ///< seconds; 0 without a click
  /// cross[c][row] for the cross groups, privileged[p][row] for the privileged ones, in schema order: the values at
  /// the time of the impression.
  std::vector<std::vector<std::uint8_t>> cross;
  std::vector<std::vector<std::uint8_t>> privileged;

  std::size_t size() const { return user.size(); }
  /// Makes all columns `rows` long; new entries are 0 (space: exposed). The columns of the cross and privileged groups
  /// are those of `schema`.
  void resize(std::size_t rows, const FeatureSchema& schema);
};

/// These rows of a log, in this order.
LogTable take_rows(const LogTable& log, std::span<const std::uint32_t> rows);

/// What the logging days left behind.
struct Logs {
  LogTable train;      ///< days 0 .. days-1
  LogTable next_day;   ///< day `days`: held out, same policy ("in-scenario"); exposed rows only
  LogTable all_space;  ///< day `days`: clicks drawn on random catalogue items ("all-scenario")
};

/// A batch of rows for learning: views into one table and the store the ids refer to.
struct Batch {
  const FeatureStore* store = nullptr;
  const LogTable* table = nullptr;
  std::span<const std::uint32_t> rows;  ///< [batch] row numbers of the table
};

}  // namespace cascade
