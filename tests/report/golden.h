#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/errors.h"
#include "base/files.h"

namespace cascade::test {

/// The golden text of tests/golden/report/NAME. With CASCADE_UPDATE_GOLDEN=1 in the environment `actual` becomes it.
inline std::string golden_text(const std::string& name, const std::string& actual) {
  const std::filesystem::path path = std::filesystem::path(CASCADE_SOURCE_DIR) / "tests/golden/report" / name;
  const char* update = std::getenv("CASCADE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") write_file_atomically(path, actual);
  return read_file(path);
}

}  // namespace cascade::test
