#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>

#include "cli/app.h"
#include "study/ranks.h"

namespace {

/// Whether the locale of the environment speaks UTF-8.
bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string text(value);
    return text.find("UTF-8") != std::string::npos || text.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const bool plain = std::getenv("NO_COLOR") != nullptr;
  cascade::TextStyle style;
  style.unicode = speaks_utf8();
  // mpirun makes a terminal for each rank, whatever its own output is.
  style.color = !plain && ::isatty(STDOUT_FILENO) == 1 && cascade::Ranks::launched() == 1;
  cascade::cli::Console console{std::cout, std::cerr, style, ::isatty(STDERR_FILENO) == 1};
  cascade::cli::note_interrupts();
  try {
    const int code = cascade::cli::main_of(argc, argv, console);
    if (std::cout.flush()) return code;
    std::cerr << "cascade: cannot write to the standard output\n";
    return cascade::cli::kCannotReadOrWrite;
  } catch (const std::exception& error) {
    std::cerr << "cascade: internal error, please report it: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
