#include <csignal>

#include "cli/commands.h"

namespace cascade::cli {

namespace {

volatile std::sig_atomic_t noted = 0;  // a handler may write nothing else

void note(int signal) {
  noted = signal;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void note_interrupts() {
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

void throw_if_interrupted() {
  if (noted != 0) throw Interrupted{noted};
}

}  // namespace cascade::cli
