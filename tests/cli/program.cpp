#include "tests/cli/program.h"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/errors.h"
#include "base/files.h"
#include "tests/tools/tiny_scenario.h"

namespace cascade::testing {

namespace {

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// A command line without settings of the caller's own environment that the program looks at.
std::string command_line(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  std::string command = "env -u NO_COLOR LC_ALL=C.UTF-8";
  for (const std::string& setting : environment) command += " " + shell_quoted(setting);
  command += " " + shell_quoted(CASCADE_PROGRAM);
  for (const std::string& argument : arguments) command += " " + shell_quoted(argument);
  return command;
}

}  // namespace

namespace {

/// Runs a command line in a folder, both streams into files.
Ended run_command(const std::string& line, const std::filesystem::path& folder) {
  static int runs = 0;
  const test::TemporaryFolder streams("cascade_streams_" + std::to_string(++runs));
  const std::string out = (streams.path() / "out").string();
  const std::string err = (streams.path() / "err").string();
  const std::string command = "cd " + shell_quoted(folder.string()) + " && " + line + " >" + shell_quoted(out) + " 2>" +
                              shell_quoted(err) + " </dev/null";
  const int status = std::system(command.c_str());
  Ended ended;
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.out = read_file(out);
  ended.err = read_file(err);
  return ended;
}

}  // namespace

Ended run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                  const std::vector<std::string>& environment) {
  return run_command(command_line(arguments, environment), folder);
}

Ended run_and_signal(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                     const std::string& signal, double seconds) {
  return run_command("timeout --foreground --preserve-status -s " + signal + " " + std::to_string(seconds) + " " +
                         command_line(arguments, {}),
                     folder);
}

Ended run_on_terminal(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  CASCADE_CHECK(child >= 0, "no terminal can be made");
  if (child == 0) {
    const std::string command = "exec " + command_line(arguments, environment);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  Ended ended;
  std::array<char, 4096> buffer;
  for (ssize_t n = 0; (n = ::read(terminal, buffer.data(), buffer.size())) > 0;)
    ended.out.append(buffer.data(), static_cast<std::size_t>(n));
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

ProgramFolder::ProgramFolder(const std::string& name) : folder_(name) { write_scenario("tiny.yaml", ""); }

std::string ProgramFolder::read(const std::string& name) const { return read_file(path() / name); }

void ProgramFolder::write_scenario(const std::string& name, const std::string& more) const {
  write_file_atomically(path() / name, std::string(kTinyScenario) + more);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace cascade::testing
