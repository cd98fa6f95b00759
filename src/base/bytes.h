#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cascade {

/// Appends values to a text as they lie in memory: for files that are read where they were written, and for messages
/// between processes of one program.
class ByteWriter {
 public:
  template <class T>
  void number(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes(&value, sizeof value);
  }
  void size(const std::size_t& n) { number(static_cast<std::uint64_t>(n)); }
  void bytes(const void* data, std::size_t n) { text_.append(static_cast<const char*>(data), n); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads them back. Throws Damaged at the end of the text.
class ByteReader {
 public:
  struct Damaged {};
  explicit ByteReader(std::string_view text) : text_(text) {}
  template <class T>
  void number(T& value) {
    bytes(&value, sizeof value);
  }
  void size(std::size_t& n) {
    std::uint64_t read = 0;
    number(read);
    if (read > text_.size()) throw Damaged();  // everything that is counted takes a byte or more
    n = static_cast<std::size_t>(read);
  }
  void bytes(void* data, std::size_t n) {
    if (n > text_.size()) throw Damaged();
    if (n > 0) std::memcpy(data, text_.data(), n);
    text_.remove_prefix(n);
  }
  bool at_end() const { return text_.empty(); }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

// One listing of the fields serves both ways: `value` is const for the writer.

template <class Archive, class Text>
void visit_text(Archive& archive, Text& text) {
  std::size_t n = text.size();
  archive.size(n);
  if constexpr (!std::is_const_v<Text>) text.resize(n);
  archive.bytes(text.data(), n);
}

template <class Archive, class List, class Each>
void visit_list(Archive& archive, List& list, const Each& each) {
  std::size_t n = list.size();
  archive.size(n);
  if constexpr (!std::is_const_v<List>) list.resize(n);
  for (auto& one : list) each(one);
}

/// A list of plain numbers, at once.
template <class Archive, class List>
void visit_numbers(Archive& archive, List& list) {
  static_assert(std::is_trivially_copyable_v<typename List::value_type>);
  std::size_t n = list.size();
  archive.size(n);
  if constexpr (!std::is_const_v<List>) list.resize(n);
  archive.bytes(list.data(), n * sizeof(typename List::value_type));
}

template <class Archive, class Rows>
void visit_matrix(Archive& archive, Rows& rows) {
  std::size_t n = rows.rows();
  std::size_t m = rows.cols();
  archive.size(n);
  archive.size(m);
  if constexpr (!std::is_const_v<Rows>) rows = Rows(n, m);
  archive.bytes(rows.data(), n * m * sizeof(double));
}

/// Pairs of a name and a number.
template <class Archive, class Values>
void visit_values(Archive& archive, Values& values) {
  visit_list(archive, values, [&](auto& value) {
    visit_text(archive, value.first);
    archive.number(value.second);
  });
}

}  // namespace cascade
