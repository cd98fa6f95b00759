#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "config/faults.h"

namespace cascade::config {

/// What a scenario or part may hold: far above any real one, low enough that the worst text is refused at once.
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxLines = 50'000;
constexpr std::size_t kMaxMarks = 100'000;  ///< `[`, `{`, `,` and `:` anywhere: yaml-cpp keeps all tokens in brackets
constexpr std::size_t kMaxNodes = 50'000;
constexpr std::size_t kMaxEntries = 1'000;  ///< keys of one mapping
constexpr std::size_t kMaxKeyBytes = 256;
constexpr int kMaxDepth = 32;

/// Turns positions in bytes into marks. `begin` is where the text's first character stands.
class Places {
 public:
  Places(std::string_view text, const Mark& begin);
  std::size_t lines() const { return starts_.size(); }
  Mark at(std::size_t byte) const;
  /// `line` and `byte_column` from 0; both may lie past the end.
  Mark at(int line, int byte_column) const;

 private:
  std::string_view text_;
  Mark begin_;
  std::vector<std::size_t> starts_;     ///< first byte of each line
  std::vector<std::size_t> continued_;  ///< bytes that go on with a character: they make no column
};

/// What can be seen without a parser: size, encoding, control characters, tabs before a line's text. False: the text
/// must not be parsed.
bool check_text(std::string_view text, const Places& places, Faults& faults);

}  // namespace cascade::config
