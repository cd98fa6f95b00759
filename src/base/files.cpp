#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/errors.h"

namespace cascade {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* verb, const fs::path& path, const std::string& cause) {
  throw IoError(std::string("cannot ") + verb + " " + path.string() + ": " + cause);
}

[[noreturn]] void fail(const char* verb, const fs::path& path, int error) {
  fail(verb, path, std::generic_category().message(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

}  // namespace

// A new file beside the one to be written, gone again unless renamed.
class AtomicFile::Temporary {
 public:
  explicit Temporary(const fs::path& target) : target_(target), descriptor_(open_beside(target, path_)) {
    if (descriptor_.get() < 0) fail("write", target, errno);
  }
  ~Temporary() {
    if (!renamed_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", target_, errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void rename_to_target() {
    if (::fsync(descriptor_.get()) != 0 || descriptor_.close() != 0) fail("write", target_, errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("write", target_, errno);
    renamed_ = true;
  }

 private:
  static int open_beside(const fs::path& target, fs::path& path) {
    // The permissions are those of a plain new file, which mkstemp would not give.
    for (int attempt = 0;; ++attempt) {
      path = target.parent_path() / (".cascade-" + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".tmp");
      const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd >= 0 || errno != EEXIST) return fd;
    }
  }

  const fs::path target_;
  fs::path path_;
  Descriptor descriptor_;
  bool renamed_ = false;
};

AtomicFile::AtomicFile(const fs::path& path) {
  if (!path.has_filename()) fail("write", path, "not the name of a file");
  temporary_ = std::make_unique<Temporary>(path);
}

AtomicFile::~AtomicFile() = default;

void AtomicFile::write(std::string_view text) { temporary_->write(text); }

void AtomicFile::commit() { temporary_->rename_to_target(); }

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail("read", path, errno);
  std::string text;
  std::array<char, 1 << 16> chunk;
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, errno);
    if (got == 0) return text;
    if (text.size() + static_cast<std::size_t>(got) > max_bytes)
      fail("read", path, "larger than " + std::to_string(max_bytes) + " bytes");
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && !fs::is_directory(path, error) && !error) error = std::make_error_code(std::errc::not_a_directory);
  if (error) fail("create folder", path, error.message());
}

std::uint64_t content_hash(std::string_view text, std::uint64_t start) {
  std::uint64_t hash = start;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

std::string hex(std::uint64_t value) {
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

}  // namespace cascade
