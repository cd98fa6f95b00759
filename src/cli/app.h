#pragma once
#include "cli/commands.h"

namespace cascade::cli {

/// Parses a command line, runs its command and maps what it throws to the exit codes. The one place that knows CLI11.
int main_of(int argc, const char* const* argv, Console& console);

}  // namespace cascade::cli
