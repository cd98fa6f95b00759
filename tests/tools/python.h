#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace cascade::test {

/// A folder of its own below the system's temporary one, removed with its contents.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / (name + "_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct ScriptResult {
  bool missing = false;  ///< python or a package that the script needs is not here; `output` says which
  int status = 0;
  std::string output;
};

/// Runs tests/tools/SCRIPT with Debian's python (a version manager's may stand in front of it), or $CASCADE_PYTHON.
/// A script exits with 77 where a package is missing.
inline ScriptResult run_python(const std::string& script, const std::vector<std::string>& arguments) {
  const char* chosen = std::getenv("CASCADE_PYTHON");
  const std::string python = chosen ? chosen : "/usr/bin/python3";
  if (!std::filesystem::exists(python)) return {true, 0, python + " is not installed"};
  // One thread: the libraries would otherwise start one a core for jobs of milliseconds.
  std::string command =
      "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 " + python + " '" CASCADE_SOURCE_DIR "/tests/tools/" + script + "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  ScriptResult result;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {true, 0, "cannot start " + command};
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) result.output += buffer.data();
  const int ended = ::pclose(pipe);
  result.status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  result.missing = result.status == 77;
  return result;
}

}  // namespace cascade::test
