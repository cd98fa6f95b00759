#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/logs.h"

namespace cascade {

// Participation logs as CSV, in RecFlow's vocabulary (Liu et al. 2024) where it has a word. One row a candidate:
//
//   set        train | next_day | all_space: the table of Logs that the row belongs to
//   day, request, user, item, position, space (EX, RC, PRC, RND), score
//   realshow, rank_pos, rank_neg, coarse_neg, prerank_neg     0 or 1, what `space` says in RecFlow's words: EX is
//                                    realshow and rank_pos, RC is rank_neg, PRC is prerank_neg, RND is none of them;
//                                    coarse_neg is 0, for these logs have no stage between
//   click, convert, dwell_s          labels
//   and one column for each cross group and each privileged group of the world's schema.

/// The columns, in the order in which they are written.
std::vector<std::string> log_columns(const FeatureSchema& schema);

/// Writes logs piece by piece; numbers read back as the same values.
void write_log_csv(const Logs& logs, const FeatureSchema& schema, const std::function<void(std::string_view)>& write);

struct LogCsvOptions {
  std::uint32_t num_users = 0;
  std::uint32_t num_items = 0;
  std::size_t bad_rows = 0;  ///< so many rows may be bad; they are left out
};

struct LogCsv {
  Logs logs;
  std::size_t bad_rows = 0;
  bool has_train = false;
  bool has_next_day = false;
  bool has_all_space = false;
};

/// Reads a file as write_log_csv() writes it, its columns in any order, as a stream. InputError for a missing, unknown
/// or repeated column (each named, with the nearest right name) and for text that is not CSV; and, where more rows are
/// bad than the options allow, one that counts them all and lists the first with file, line, column and reason. A row
/// is bad that has another number of fields, a value that is no number of its column or outside its range (users, items
/// and groups have the world's sizes), flags that contradict `space`, conversion or dwell
/// without a click, a click (all_space apart) or a position without exposure, or, in train and next_day,
/// that repeats an item among a request's EX, RC and PRC rows, names another user than the request's rows before it, or
/// goes back to a request after another's rows. IoError where the file cannot be read.
LogCsv read_log_csv(const std::filesystem::path& file, const FeatureSchema& schema, const LogCsvOptions& options);

/// Checks the head alone. Throws as read_log_csv() does.
void check_log_csv_head(const std::filesystem::path& file, const FeatureSchema& schema);

/// content_hash() of a file of any size. IoError where it cannot be read.
std::uint64_t file_hash(const std::filesystem::path& file);

}  // namespace cascade
