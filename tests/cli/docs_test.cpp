#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/tools/python.h"

namespace cascade::testing {
namespace {

namespace fs = std::filesystem;

/// A block of commands in a page.
struct Block {
  int line = 0;  ///< of its first command
  std::string commands;
  int code = 0;  ///< that it promises: its last `# exit N`, else 0
};

/// Every ```sh block that begins with `cascade`: what it promises is run. Others (installing, building) are not.
std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  std::string line;
  bool inside = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (!inside && line == "```sh") {
      inside = true;
      blocks.push_back({number + 1, "", 0});
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      Block& block = blocks.back();
      block.commands += line + "\n";
      const std::string mark = "# exit ";
      if (const std::size_t at = line.find(mark); at != std::string::npos)
        block.code = std::stoi(line.substr(at + mark.size()));
    }
  }
  std::erase_if(blocks, [](const Block& block) { return block.commands.rfind("cascade ", 0) != 0; });
  return blocks;
}

/// A folder like the root of the repository, with the program in bin/.
void furnish(const fs::path& folder) {
  for (const char* shared : {"configs", "scenarios"})
    fs::create_directory_symlink(fs::path(CASCADE_SOURCE_DIR) / shared, folder / shared);
  fs::create_directory(folder / "bin");
  fs::create_symlink(CASCADE_PROGRAM, folder / "bin" / "cascade");
}

TEST_CASE("The commands of the guide do what the guide says", "[slow]") {
  std::vector<fs::path> pages;
  for (const auto& entry : fs::directory_iterator(fs::path(CASCADE_SOURCE_DIR) / "docs" / "guide"))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  std::sort(pages.begin(), pages.end());
  REQUIRE(!pages.empty());
  for (const fs::path& page : pages) {
    // One folder a page: later blocks read what earlier ones wrote.
    const test::TemporaryFolder folder("cascade_guide_" + page.stem().string());
    furnish(folder.path());
    for (const Block& block : blocks_of(read_file(page))) {
      write_file_atomically(folder.path() / "block.sh", block.commands);
      const std::string command =
          "cd '" + folder.path().string() + "' && PATH=\"$PWD/bin:$PATH\" sh -e block.sh >output 2>&1 </dev/null";
      const int status = std::system(command.c_str());
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      INFO(page.string() << ":" << block.line << "\n" << block.commands << read_file(folder.path() / "output"));
      CHECK(code == block.code);
    }
  }
}

}  // namespace
}  // namespace cascade::testing
