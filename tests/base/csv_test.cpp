#include "base/csv.h"

#include <catch2/catch.hpp>

using namespace cascade;

namespace {

using Records = std::vector<std::vector<std::string>>;

Records all_of(CsvReader reader) {
  Records records;
  std::vector<std::string> fields;
  while (reader.next(fields)) records.push_back(fields);
  return records;
}

}  // namespace

TEST_CASE("CSV: records, quotes, both line ends, with or without one at the end") {
  CHECK(all_of({"a,b\n1,\"x, \"\"y\"\"\n z\"\r\n,\n", "f"}) == Records{{"a", "b"}, {"1", "x, \"y\"\n z"}, {"", ""}});
  CHECK(all_of({"a", "f"}) == Records{{"a"}});
  CHECK(all_of({"", "f"}) == Records{});
}

TEST_CASE("CSV: a text in pieces of one byte reads as it does whole") {
  const std::string text = "a,\"b\"\"\r\n\"\r\nc,d\n";
  std::size_t at = 0;
  const CsvReader::Source bytes = [&]() {
    return at < text.size() ? std::string_view(text).substr(at++, 1) : std::string_view();
  };
  CHECK(all_of({bytes, "f"}) == all_of({text, "f"}));
}

TEST_CASE("CSV: faults say file, line and field") {
  const auto fault = [](std::string_view text) {
    try {
      all_of({text, "f.csv"});
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(fault("a,\"x\ny\"\nb,c\"d\n") == "f.csv:3: field 2: a quote inside a field that is not quoted");
  CHECK(fault("a\n\"b") == "f.csv:2: field 1: the quote is never closed");
  CHECK(fault("\"a\"b") == "f.csv:1: field 1: expected a comma or the end of the line");
}
