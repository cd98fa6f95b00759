#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "config/node.h"

namespace cascade::config {

class Document;

/// One thing wrong with a file.
struct Fault {
  Mark mark;
  std::string path;     ///< dotted path of the value; empty: the file as a whole
  std::string message;  ///< "what is wrong, got VALUE; did you mean 'x'? (there are: ...)"
  /// "file:line:column: path: message".
  std::string text() const;
};

/// An invalid scenario or part: all its faults at once. Exit code 3.
class ConfigError : public InputError {
 public:
  explicit ConfigError(std::vector<Fault> faults);
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  std::vector<Fault> faults_;
};

/// Everything that a message may say besides what is wrong.
struct Hint {
  std::string got;                 ///< the value as the file has it
  std::string meant;               ///< the likely right one
  std::vector<std::string> names;  ///< what there is to choose from
};
Hint but_got(std::string got);
/// A hint at the name that is nearest to `wanted`, with all names.
Hint choose_from(std::string_view wanted, std::span<const std::string> names);

/// Gathers faults. The same fault given again is kept once; past kMost faults are only counted.
class Faults {
 public:
  static constexpr std::size_t kMost = 100;

  void add(const Mark& mark, std::string_view path, std::string_view what, const Hint& hint = {});
  /// For checks that come after reading: points at the value at `path`, or at what there is nearest to it.
  void add_at(const Document& document, std::string_view path, std::string_view what, const Hint& hint = {});

  void add_all(const Faults& others);

  bool empty() const { return faults_.empty(); }
  std::size_t size() const { return faults_.size() + left_out_; }
  /// File by file, each in the order of lines.
  std::vector<Fault> sorted() const;
  /// One line a fault, without a newline at the end.
  std::string text() const;
  /// Throws ConfigError with all of them.
  void throw_if_any() const;

 private:
  void add(Fault fault);

  std::vector<Fault> faults_;
  std::size_t left_out_ = 0;
};

}  // namespace cascade::config
