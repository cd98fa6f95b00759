#include "base/csv.h"

#include "base/errors.h"

namespace cascade {

CsvReader::CsvReader(std::string_view text, std::string_view name) : name_(name), piece_(text) {}

CsvReader::CsvReader(Source source, std::string_view name) : source_(std::move(source)), name_(name) {}

int CsvReader::peek() {
  if (at_ == piece_.size()) {
    if (ended_) return kEnd;
    piece_ = source_ ? source_() : std::string_view();
    at_ = 0;
    ended_ = piece_.empty();
    if (ended_) return kEnd;
  }
  return static_cast<unsigned char>(piece_[at_]);
}

int CsvReader::take() {
  const int c = peek();
  if (c == kEnd) return c;
  ++at_;
  if (c == '\n') ++line_;
  return c;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  if (peek() == kEnd) return false;
  record_line_ = line_;
  while (true) {
    const std::size_t number = fields.size() + 1;
    std::string& value = fields.emplace_back();
    if (peek() == '"') {
      read_quoted(number, value);
    } else {
      for (int c = peek(); c != kEnd && c != ',' && c != '\r' && c != '\n'; c = peek()) {
        if (c == '"') fail(number, "a quote inside a field that is not quoted");
        value += static_cast<char>(take());
      }
    }
    int c = take();
    if (c == ',') continue;
    if (c == '\r') c = take();
    if (c == '\n' || c == kEnd) return true;
    fail(number, "expected a comma or the end of the line");
  }
}

void CsvReader::read_quoted(std::size_t field, std::string& value) {
  take();
  while (true) {
    const int c = take();
    if (c == kEnd) fail(field, "the quote is never closed");
    if (c == '"') {
      if (peek() != '"') return;
      take();
    }
    value += static_cast<char>(c);
  }
}

void CsvReader::fail(std::size_t field, const std::string& what) const {
  throw InputError(name_ + ":" + std::to_string(record_line_) + ": field " + std::to_string(field) + ": " + what);
}

}  // namespace cascade
