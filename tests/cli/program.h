#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/python.h"

namespace cascade::testing {

/// What a run of the program did.
struct Ended {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs the built program in a folder, both streams into files. `environment`: "NAME=value" on top of this process's.
Ended run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder = ".",
                  const std::vector<std::string>& environment = {});

/// Runs it and sends it a signal ("INT", "KILL") after so many seconds, unless it has ended by then.
Ended run_and_signal(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                     const std::string& signal, double seconds);

/// Runs it on a terminal of its own; `out` has what it showed, standard error included.
Ended run_on_terminal(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});

/// A folder with the tiny scenario of tests/tools as tiny.yaml, and more of it where asked for.
class ProgramFolder {
 public:
  explicit ProgramFolder(const std::string& name);
  const std::filesystem::path& path() const { return folder_.path(); }
  std::string at(const std::string& name) const { return (path() / name).string(); }
  std::string read(const std::string& name) const;
  /// Writes the tiny scenario with lines after it.
  void write_scenario(const std::string& name, const std::string& more) const;
  Ended run(const std::vector<std::string>& arguments) const { return run_program(arguments, path()); }

 private:
  test::TemporaryFolder folder_;
};

bool has(const std::string& text, const std::string& part);

}  // namespace cascade::testing
