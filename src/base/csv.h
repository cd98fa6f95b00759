#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cascade {

/// Reads CSV text (RFC 4180: comma, double quotes, lines that end in LF or CRLF) record by record, so that a file need
/// not fit into memory. Strict: InputError "NAME:LINE: field N: what" for a quote inside a field that is not quoted,
/// for one that is never closed, and for text behind a closing quote.
class CsvReader {
 public:
  /// Gives the next piece of the text; an empty one at its end. A piece stays valid until the next call.
  using Source = std::function<std::string_view()>;

  CsvReader(std::string_view text, std::string_view name);
  CsvReader(Source source, std::string_view name);

  /// The next record; false at the end of the text. An empty line is a record of one empty field.
  bool next(std::vector<std::string>& fields);
  /// Line on which the last record began, from 1.
  std::size_t line() const { return record_line_; }
  [[noreturn]] void fail(std::size_t field, const std::string& what) const;

 private:
  static constexpr int kEnd = -1;
  int peek();
  int take();
  void read_quoted(std::size_t field, std::string& value);

  Source source_;
  std::string name_;
  std::string_view piece_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
};

}  // namespace cascade
