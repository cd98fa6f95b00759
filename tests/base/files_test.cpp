#include "base/files.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "base/errors.h"

namespace cascade {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / ("cascade-test-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path().filename().string());
    return all;
  }

 private:
  fs::path path_;
};

// No file of this process grows past `bytes`: a full disk, for tests.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit = {bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*handler_)(int);
};

TEST_CASE("a file reads back as it was written") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "report.json";
  const std::string text = std::string("a\0b\r\n", 5) + std::string(200000, 'x');
  write_file_atomically(path, text);
  CHECK(read_file(path) == text);
  write_file_atomically(path, "");
  CHECK(read_file(path).empty());
  CHECK(folder.names() == std::vector<std::string>{"report.json"});
}

TEST_CASE("a written file has the permissions of a plain new file") {
  const TemporaryFolder folder;
  const mode_t mask = ::umask(027);
  write_file_atomically(folder.path() / "a", "text");
  ::umask(mask);
  const auto allowed = fs::status(folder.path() / "a").permissions();
  CHECK(allowed == (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
}

TEST_CASE("a file that does not fit leaves the old one and no temporary") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "report.json";
  write_file_atomically(path, "old");
  {
    const FileSizeLimit limit(1000);
    CHECK_THROWS_WITH(write_file_atomically(path, std::string(5000, 'x')),
                      "cannot write " + path.string() + ": File too large");
  }
  CHECK(read_file(path) == "old");
  CHECK(folder.names() == std::vector<std::string>{"report.json"});
}

TEST_CASE("places that cannot be written to are named with the cause") {
  const TemporaryFolder folder;
  const std::string root = folder.path().string();
  write_file_atomically(folder.path() / "plain", "text");
  fs::create_directory(folder.path() / "folder");
  // The superuser may write into read-only folders, but nobody may into /proc.
  CHECK_THROWS_AS(write_file_atomically("/proc/report.json", "x"), IoError);
  CHECK_THROWS_WITH(write_file_atomically(folder.path() / "plain" / "a", "x"),
                    "cannot write " + root + "/plain/a: Not a directory");
  CHECK_THROWS_WITH(write_file_atomically(folder.path() / "missing" / "a", "x"),
                    "cannot write " + root + "/missing/a: No such file or directory");
  CHECK_THROWS_WITH(write_file_atomically(folder.path() / "folder", "x"),
                    "cannot write " + root + "/folder: Is a directory");
  CHECK_THROWS_WITH(write_file_atomically(root + "/", "x"), "cannot write " + root + "/: not the name of a file");
  CHECK(folder.names().size() == 2);
}

TEST_CASE("files that cannot be read are named with the cause") {
  const TemporaryFolder folder;
  const std::string root = folder.path().string();
  CHECK_THROWS_WITH(read_file(root + "/missing"), "cannot read " + root + "/missing: No such file or directory");
  CHECK_THROWS_WITH(read_file(root), "cannot read " + root + ": Is a directory");
  write_file_atomically(root + "/five", "12345");
  CHECK(read_file(root + "/five", 5) == "12345");
  CHECK_THROWS_WITH(read_file(root + "/five", 4), "cannot read " + root + "/five: larger than 4 bytes");
}

TEST_CASE("a folder is made with its parents") {
  const TemporaryFolder folder;
  const fs::path deep = folder.path() / "a" / "b" / "c";
  make_folder(deep);
  make_folder(deep);
  CHECK(fs::is_directory(deep));
  write_file_atomically(folder.path() / "plain", "text");
  CHECK_THROWS_AS(make_folder(folder.path() / "plain"), IoError);
  CHECK_THROWS_AS(make_folder(folder.path() / "plain" / "a"), IoError);
}

// Published FNV-1a vectors (Fowler, Noll, Vo).
TEST_CASE("content_hash is FNV-1a") {
  CHECK(content_hash("") == 0xcbf29ce484222325ULL);
  CHECK(content_hash("a") == 0xaf63dc4c8601ec8cULL);
  CHECK(content_hash("foobar") == 0x85944171f73967e8ULL);
  CHECK(content_hash("bar", content_hash("foo")) == content_hash("foobar"));
}

TEST_CASE("hex has sixteen digits") {
  CHECK(hex(0) == "0000000000000000");
  CHECK(hex(0x85944171f73967e8ULL) == "85944171f73967e8");
}

}  // namespace
}  // namespace cascade
