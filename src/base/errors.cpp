#include "base/errors.h"

namespace cascade {

void check_failed(const char* condition, const char* file, int line, const std::string& message) {
  std::string text = "internal error: ";
  text += message;
  text += " [";
  text += condition;
  text += " does not hold at ";
  text += file;
  text += ":" + std::to_string(line) + "]";
  throw InternalError(text);
}

}  // namespace cascade
