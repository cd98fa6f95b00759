#include "data/log_csv.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "base/files.h"
#include "tests/tools/python.h"

using namespace cascade;

namespace {

FeatureSchema schema() {
  std::vector<FeatureGroup> groups = cross_groups();
  groups.resize(2);
  groups.push_back({"dwell", Side::privileged, 12, 1, 0, 0, ""});
  return FeatureSchema(std::move(groups));
}

void add(LogTable& table, std::uint64_t request, UserId user, ItemId item, Space space, bool click = false) {
  const std::size_t row = table.size();
  table.resize(row + 1, schema());
  table.request[row] = request;
  table.user[row] = user;
  table.item[row] = item;
  table.day[row] = 3;
  table.space[row] = space;
  table.position[row] = space == Space::exposed ? static_cast<std::uint16_t>(row) : std::uint16_t{0};
  table.score[row] = 0.1f + static_cast<float>(row);
  table.click[row] = click ? 1 : 0;
  table.dwell_s[row] = click ? 12.3456789f : 0.0f;
  table.cross[1][row] = 1;
  table.privileged[0][row] = click ? 4 : 0;
}

Logs some_logs() {
  Logs logs;
  add(logs.train, 0, 2, 5, Space::exposed, true);
  add(logs.train, 0, 2, 6, Space::exposed);
  add(logs.train, 0, 2, 7, Space::ranked);
  add(logs.train, 0, 2, 8, Space::preranked);
  add(logs.train, 0, 2, 6, Space::random);  // chance may draw what was shown
  add(logs.train, 1, 0, 5, Space::exposed);
  add(logs.next_day, 0, 1, 9, Space::exposed, true);
  add(logs.all_space, 0, 1, 3, Space::random, true);
  add(logs.all_space, 7, 1, 3, Space::random);
  add(logs.all_space, 0, 1, 3, Space::random);
  return logs;
}

std::string text_of(const Logs& logs) {
  std::string text;
  write_log_csv(logs, schema(), [&](std::string_view piece) { text += piece; });
  return text;
}

/// Reads text as a file "logs.csv"; the folder is cut off messages.
class Folder {
 public:
  LogCsv read(const std::string& text, std::size_t bad_rows = 0) const {
    write_file_atomically(file(), text);
    return read_log_csv(file(), schema(), {3, 10, bad_rows});
  }
  std::string fault(const std::string& text, std::size_t bad_rows = 0) const {
    try {
      read(text, bad_rows);
    } catch (const InputError& error) {
      std::string what = error.what();
      const std::string path = file().parent_path().string() + "/";
      for (std::size_t at = what.find(path); at != std::string::npos; at = what.find(path)) what.erase(at, path.size());
      return what;
    }
    return "";
  }
  std::filesystem::path file() const { return folder_.path() / "logs.csv"; }

 private:
  test::TemporaryFolder folder_{"cascade_log_csv"};
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("logs as CSV have RecFlow's words, and come back bit by bit") {
  const Logs logs = some_logs();
  const std::string text = text_of(logs);
  CHECK(
      text.substr(0, text.find('\n')) ==
      "set,day,request,user,item,position,space,score,realshow,rank_pos,rank_neg,coarse_neg,prerank_neg,click,convert,"
      "dwell_s,clicks_category,clicks_shop,dwell");
  CHECK(text.find("\ntrain,3,0,2,5,0,EX,0.1,1,1,0,0,0,1,0,12.345679,0,1,4\n") != std::string::npos);
  CHECK(text.find("\ntrain,3,0,2,7,0,RC,2.1,0,0,1,0,0,0,0,0,0,1,0\n") != std::string::npos);
  CHECK(text.find(",PRC,3.1,0,0,0,0,1,") != std::string::npos);
  const Folder folder;
  const LogCsv read = folder.read(text);
  CHECK(text_of(read.logs) == text);
  CHECK(read.logs.train.score == logs.train.score);
  CHECK(read.logs.train.dwell_s == logs.train.dwell_s);
  CHECK(read.logs.train.cross == logs.train.cross);
  CHECK(read.bad_rows == 0);
  CHECK(read.has_next_day);
  CHECK(read.has_all_space);
  CHECK(file_hash(folder.file()) == content_hash(text));
}

TEST_CASE("columns may stand in any order, but all of them and no others") {
  const Folder folder;
  const std::string head =
      "set,day,request,user,item,position,space,score,realshow,rank_pos,rank_neg,coarse_neg,"
      "prerank_neg,click,convert,dwell_s,clicks_category,dwell,clicks_shop\n";
  const LogCsv read = folder.read(head + "train,0,0,0,1,0,EX,0,1,1,0,0,0,1,0,2.5,1,3,2\n");
  REQUIRE(read.logs.train.size() == 1);
  CHECK(read.logs.train.privileged[0][0] == 3);
  CHECK(read.logs.train.cross[1][0] == 2);
  CHECK(!read.has_next_day);
  const std::string fault = folder.fault(replaced(replaced(head, "user", "uesr"), "item", "day"));
  CHECK(fault.find("logs.csv:1: column 'day' is there 2 times\n"
                   "logs.csv:1: column 'user' is missing\n"
                   "logs.csv:1: column 'item' is missing\n"
                   "logs.csv:1: there is no column 'uesr'; did you mean 'user'?") == 0);
  CHECK(folder.fault("") == "logs.csv: the file is empty; it opens with the names of its columns");
}

TEST_CASE("bad rows are counted, the first of them listed, and left out as far as that is allowed") {
  const std::string good = text_of(some_logs());
  const Folder folder;
  const auto one = [&](const std::string& from, const std::string& to) {
    const std::string fault = folder.fault(replaced(good, from, to));
    return fault.substr(std::min(fault.size(), fault.find("allows 0:") + 10));
  };
  CHECK(folder.fault(replaced(good, "train,3,0,2,5,", "train,3,0,3,5,")) ==
        "logs.csv: 1 of 10 rows are bad and logs.bad_rows allows 0:\n"
        "logs.csv:2: user: expected a whole number from 0 to 2, got '3'");
  CHECK(one("train,3,0,2,6,", "train,3,0,2,10,") == "logs.csv:3: item: expected a whole number from 0 to 9, got '10'");
  CHECK(one("train,3,0,2,6,", "train,3,0,2,5,") == "logs.csv:3: item: request 0 of day 3 has item 5 already");
  CHECK(one("train,3,0,2,6,", "train,3,0,1,6,") == "logs.csv:3: user: request 0 of day 3 is of user 2, got 1");
  CHECK(one("train,3,1,0,5,", "train,3,0,2,5,") == "logs.csv:7: item: request 0 of day 3 has item 5 already");
  CHECK(one("train,3,0,2,7,0,RC", "train,3,9,2,7,0,RC")
            .find("logs.csv:5: request: rows of one request stand together, "
                  "but request 0 of day 3 came before") == 0);
  CHECK(one(",RC,", ",PRC,") == "logs.csv:4: rank_neg: contradicts space PRC");
  CHECK(one(",RC,", ",rc,") == "logs.csv:4: space: expected one of EX, RC, PRC, RND, got 'rc'");
  CHECK(one(",12.345679,0,1,4", ",-1,0,1,4") == "logs.csv:2: dwell_s: expected at least 0, got '-1'");
  CHECK(one(",12.345679,0,1,4", ",nan,0,1,4") == "logs.csv:2: dwell_s: expected a number, got 'nan'");
  CHECK(one(",12.345679,0,1,4", ",1,0,1,12") == "logs.csv:2: dwell: expected a whole number from 0 to 11, got '12'");
  CHECK(one(",12.345679,0,1,4", ",1") == "logs.csv:2: expected 19 fields, got 16");

  std::string many = good;
  for (int n = 0; n < 7; ++n) many += "train,x\n";
  const std::string fault = folder.fault(many, 6);
  CHECK(fault.find("logs.csv: 7 of 17 rows are bad and logs.bad_rows allows 6; the first 5:\n"
                   "logs.csv:12: expected 19 fields, got 2\n") == 0);
  CHECK(fault.find(":16:") != std::string::npos);
  CHECK(fault.find(":17:") == std::string::npos);
  const LogCsv read = folder.read(many, 7);
  CHECK(read.bad_rows == 7);
  CHECK(text_of(read.logs) == good);
}

TEST_CASE("a file that is not there is no logs") {
  CHECK_THROWS_AS(read_log_csv("/nowhere/logs.csv", schema(), {3, 10, 0}), IoError);
  CHECK_THROWS_AS(file_hash("/"), IoError);
}
