#pragma once
#include <stdexcept>
#include <string>

namespace cascade {

/// What the user got wrong and can put right: a scenario, an input file. Exit code 3.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file or folder that cannot be read or written. Exit code 4.
class IoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A run that would not fit in memory or budget; the text says what to lower. Exit code 5.
class RefusedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken promise of our own code.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& message);

}  // namespace cascade

/// Throws InternalError with the condition and the place when `condition` is false. On in every build.
#define CASCADE_CHECK(condition, message)                                               \
  do {                                                                                  \
    if (!(condition)) ::cascade::check_failed(#condition, __FILE__, __LINE__, message); \
  } while (false)
