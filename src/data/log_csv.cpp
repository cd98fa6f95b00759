#include "data/log_csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <set>
#include <unordered_set>

#include "base/csv.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace cascade {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kListed = 5;  ///< bad rows that a fault shows

constexpr std::array<std::string_view, 3> kSets = {"train", "next_day", "all_space"};
constexpr std::array<std::string_view, 5> kFlags = {"realshow", "rank_pos", "rank_neg", "coarse_neg", "prerank_neg"};

/// Places of the fixed columns in log_columns().
enum Column : std::size_t {
  kSet,
  kDay,
  kRequest,
  kUser,
  kItem,
  kPosition,
  kSpace,
  kScore,
  kFirstFlag,
  kClick = kFirstFlag + kFlags.size(),
  kConvert,
  kDwell,
  kFirstGroup
};

/// What `space` says in RecFlow's words.
std::array<bool, kFlags.size()> flags_of(Space space) {
  const bool shown = space == Space::exposed;
  return {shown, shown, space == Space::ranked, false, space == Space::preranked};
}

/// Groups that a log row carries, in the order of the columns: cross, then privileged.
std::vector<int> logged_groups(const FeatureSchema& schema) {
  std::vector<int> groups;
  for (const Side side : {Side::cross, Side::privileged})
    for (int g = 0; g < schema.size(); ++g)
      if (schema[g].side == side) groups.push_back(g);
  return groups;
}

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), written.ptr);
}

void append_row(const LogTable& table, std::size_t row, std::string_view set, std::string& out) {
  out += set;
  const auto put = [&out](auto value) {
    out += ',';
    append_number(out, value);
  };
  put(table.day[row]);
  put(table.request[row]);
  put(table.user[row]);
  put(table.item[row]);
  put(table.position[row]);
  out += ',';
  out += space_name(table.space[row]);
  put(table.score[row]);
  for (const bool flag : flags_of(table.space[row])) out += flag ? ",1" : ",0";
  put(static_cast<int>(table.click[row]));
  put(static_cast<int>(table.convert[row]));
  put(table.dwell_s[row]);
  for (const auto& column : table.cross) put(static_cast<int>(column[row]));
  for (const auto& column : table.privileged) put(static_cast<int>(column[row]));
  out += '\n';
}

/// Opens a file for reading piece by piece.
CsvReader::Source pieces_of(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw IoError("cannot read " + file.string() + ": it is a folder");
  const auto stream = std::make_shared<std::ifstream>(file, std::ios::binary);
  if (!*stream) throw IoError("cannot read " + file.string() + ": there is no such file, or it may not be read");
  const auto buffer = std::make_shared<std::string>(kPiece, '\0');
  return [stream, buffer, file]() {
    stream->read(buffer->data(), static_cast<std::streamsize>(buffer->size()));
    if (stream->bad()) throw IoError("cannot read " + file.string());
    return std::string_view(*buffer).substr(0, static_cast<std::size_t>(stream->gcount()));
  };
}

/// [columns of log_columns()] where each stands in the file.
std::vector<std::size_t> read_head(CsvReader& reader, const std::string& name, const FeatureSchema& schema) {
  std::vector<std::string> found;
  if (!reader.next(found)) throw InputError(name + ": the file is empty; it opens with the names of its columns");
  if (found[0].starts_with("\xEF\xBB\xBF")) found[0].erase(0, 3);  // a byte order mark
  const std::vector<std::string> columns = log_columns(schema);
  std::vector<std::string> faults;
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    const auto n = std::count(found.begin(), found.end(), column);
    if (n == 0) faults.push_back("column '" + column + "' is missing");
    if (n > 1) faults.push_back("column '" + column + "' is there " + std::to_string(n) + " times");
    places.push_back(static_cast<std::size_t>(std::find(found.begin(), found.end(), column) - found.begin()));
  }
  for (const std::string& column : found) {
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    const auto near = nearest_names(column, columns);
    faults.push_back("there is no column '" + column + "'" +
                     (near.empty() ? std::string() : "; did you mean '" + near[0] + "'?"));
  }
  if (!faults.empty()) {
    std::string text;
    for (const std::string& fault : faults) text += (text.empty() ? "" : "\n") + name + ":1: " + fault;
    throw InputError(text + "\n(columns: " + join(columns) + ")");
  }
  return places;
}

/// What is wrong with a row.
struct BadRow {
  std::string what;
};

/// Reads the rows of one file into the tables.
class Rows {
 public:
  Rows(const FeatureSchema& schema, const LogCsvOptions& options)
      : schema_(schema), options_(options), columns_(log_columns(schema)), groups_(logged_groups(schema)) {
    for (LogTable* table : {&logs.train, &logs.next_day, &logs.all_space}) table->resize(0, schema);
  }

  /// Throws BadRow; the tables are then as they were.
  void add(const std::vector<std::string>& fields, const std::vector<std::size_t>& places) {
    if (fields.size() != places.size())
      throw BadRow{"expected " + std::to_string(places.size()) + " fields, got " + std::to_string(fields.size())};
    const auto text = [&](std::size_t column) -> const std::string& { return fields[places[column]]; };
    const std::size_t set = one_of(text(kSet), kSet, kSets);
    const auto day = whole<std::uint16_t>(text(kDay), kDay, std::numeric_limits<std::uint16_t>::max());
    const auto request = whole<std::uint64_t>(text(kRequest), kRequest, std::numeric_limits<std::uint64_t>::max());
    const auto user = whole<UserId>(text(kUser), kUser, options_.num_users - 1);
    const auto item = whole<ItemId>(text(kItem), kItem, options_.num_items - 1);
    const auto position = whole<std::uint16_t>(text(kPosition), kPosition, std::numeric_limits<std::uint16_t>::max());
    std::array<std::string_view, kNumSpaces> spaces;
    for (std::size_t s = 0; s < spaces.size(); ++s) spaces[s] = space_name(static_cast<Space>(s));
    const auto space = static_cast<Space>(one_of(text(kSpace), kSpace, spaces));
    const float score = number(text(kScore), kScore);
    const auto flags = flags_of(space);
    for (std::size_t f = 0; f < flags.size(); ++f)
      if ((whole<std::uint8_t>(text(kFirstFlag + f), kFirstFlag + f, 1) == 1) != flags[f])
        throw BadRow{std::string(kFlags[f]) + ": contradicts space " + std::string(space_name(space))};
    const auto click = whole<std::uint8_t>(text(kClick), kClick, 1);
    const auto convert = whole<std::uint8_t>(text(kConvert), kConvert, 1);
    const float dwell = number(text(kDwell), kDwell);
    if (dwell < 0) throw BadRow{"dwell_s: expected at least 0, got '" + text(kDwell) + "'"};
    if (click == 0 && (convert == 1 || dwell > 0)) throw BadRow{"convert and dwell_s are 0 without a click"};
    if (click == 1 && set != 2 && space != Space::exposed) throw BadRow{"click: 0 for what was not exposed"};
    if (position > 0 && space != Space::exposed) throw BadRow{"position: 0 for what was not exposed"};
    std::vector<std::uint8_t> values;
    for (std::size_t g = 0; g < groups_.size(); ++g)
      values.push_back(whole<std::uint8_t>(text(kFirstGroup + g), kFirstGroup + g,
                                           std::min<std::uint32_t>(255, schema_[groups_[g]].cardinality - 1)));
    if (set != 2) follow(set, day, request, user, item, space);

    LogTable& table = set == 0 ? logs.train : set == 1 ? logs.next_day : logs.all_space;
    table.request.push_back(request);
    table.user.push_back(user);
    table.item.push_back(item);
    table.day.push_back(day);
    table.position.push_back(position);
    table.space.push_back(space);
    table.score.push_back(score);
    table.click.push_back(click);
    table.convert.push_back(convert);
    table.dwell_s.push_back(dwell);
    for (std::size_t g = 0; g < groups_.size(); ++g)
      (g < table.cross.size() ? table.cross[g] : table.privileged[g - table.cross.size()]).push_back(values[g]);
  }

  Logs logs;

 private:
  /// The request whose rows are being read.
  struct Current {
    bool any = false;
    std::uint16_t day = 0;
    std::uint64_t request = 0;
    UserId user = 0;
    std::set<ItemId> items;  ///< of its EX, RC and PRC rows
  };

  void follow(std::size_t set, std::uint16_t day, std::uint64_t request, UserId user, ItemId item, Space space) {
    Current& now = current_[set];
    const std::string which = "request " + std::to_string(request) + " of day " + std::to_string(day);
    if (!now.any || now.day != day || now.request != request) {
      if (!seen_[set].insert(request ^ (std::uint64_t{day} << 48U)).second)
        throw BadRow{"request: rows of one request stand together, but " + which + " came before"};
      now = {true, day, request, user, {}};
    }
    if (now.user != user)
      throw BadRow{"user: " + which + " is of user " + std::to_string(now.user) + ", got " + std::to_string(user)};
    if (space != Space::random && !now.items.insert(item).second)
      throw BadRow{"item: " + which + " has item " + std::to_string(item) + " already"};
  }

  template <class Whole>
  Whole whole(const std::string& text, std::size_t column, std::uint64_t most) const {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value > most)
      throw BadRow{columns_[column] + ": expected a whole number from 0 to " + std::to_string(most) + ", got '" + text +
                   "'"};
    return static_cast<Whole>(value);
  }

  float number(const std::string& text, std::size_t column) const {
    float value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !std::isfinite(value))
      throw BadRow{columns_[column] + ": expected a number, got '" + text + "'"};
    return value;
  }

  std::size_t one_of(const std::string& text, std::size_t column, std::span<const std::string_view> names) const {
    const auto at = std::find(names.begin(), names.end(), text);
    if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
    std::string all;
    for (const std::string_view name : names) all += (all.empty() ? "" : ", ") + std::string(name);
    throw BadRow{columns_[column] + ": expected one of " + all + ", got '" + text + "'"};
  }

  const FeatureSchema& schema_;
  const LogCsvOptions& options_;
  std::vector<std::string> columns_;
  std::vector<int> groups_;
  std::array<Current, 2> current_;
  std::array<std::unordered_set<std::uint64_t>, 2> seen_;
};

}  // namespace

std::vector<std::string> log_columns(const FeatureSchema& schema) {
  std::vector<std::string> columns = {"set", "day", "request", "user", "item", "position", "space", "score"};
  columns.insert(columns.end(), kFlags.begin(), kFlags.end());
  for (const char* label : {"click", "convert", "dwell_s"}) columns.emplace_back(label);
  for (const int g : logged_groups(schema)) columns.push_back(schema[g].name);
  return columns;
}

void write_log_csv(const Logs& logs, const FeatureSchema& schema, const std::function<void(std::string_view)>& write) {
  write(join(log_columns(schema), ",") + "\n");
  const std::array<const LogTable*, 3> tables = {&logs.train, &logs.next_day, &logs.all_space};
  std::string piece;
  for (std::size_t set = 0; set < tables.size(); ++set)
    for (std::size_t row = 0; row < tables[set]->size(); ++row) {
      append_row(*tables[set], row, kSets[set], piece);
      if (piece.size() < kPiece) continue;
      write(piece);
      piece.clear();
    }
  write(piece);
}

LogCsv read_log_csv(const std::filesystem::path& file, const FeatureSchema& schema, const LogCsvOptions& options) {
  const std::string name = file.string();
  CsvReader reader(pieces_of(file), name);
  const std::vector<std::size_t> places = read_head(reader, name, schema);
  Rows rows(schema, options);
  LogCsv result;
  std::string listed;
  std::vector<std::string> fields;
  std::size_t all = 0;
  for (; reader.next(fields); ++all) {
    try {
      rows.add(fields, places);
    } catch (const BadRow& bad) {
      if (++result.bad_rows <= kListed) listed += "\n" + name + ":" + std::to_string(reader.line()) + ": " + bad.what;
    }
  }
  if (result.bad_rows > options.bad_rows)
    throw InputError(name + ": " + std::to_string(result.bad_rows) + " of " + std::to_string(all) +
                     " rows are bad and logs.bad_rows allows " + std::to_string(options.bad_rows) +
                     (result.bad_rows > kListed ? "; the first " + std::to_string(kListed) + ":" : ":") + listed);
  result.logs = std::move(rows.logs);
  result.has_train = result.logs.train.size() > 0;
  result.has_next_day = result.logs.next_day.size() > 0;
  result.has_all_space = result.logs.all_space.size() > 0;
  return result;
}

void check_log_csv_head(const std::filesystem::path& file, const FeatureSchema& schema) {
  CsvReader reader(pieces_of(file), file.string());
  read_head(reader, file.string(), schema);
}

std::uint64_t file_hash(const std::filesystem::path& file) {
  const CsvReader::Source source = pieces_of(file);
  std::uint64_t hash = content_hash("");
  for (std::string_view piece = source(); !piece.empty(); piece = source()) hash = content_hash(piece, hash);
  return hash;
}

}  // namespace cascade
