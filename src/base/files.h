#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace cascade {

/// Whole file as text. Throws IoError (missing, unreadable, a folder, larger than `max_bytes`).
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = 1ULL << 30);

/// A file written piece by piece, whole or not at all: pieces go to a temporary beside it, which commit() flushes and
/// renames; without commit() the old file is as it was and no temporary is left. Throws IoError with the cause.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view text);
  void commit();

 private:
  class Temporary;
  std::unique_ptr<Temporary> temporary_;
};

/// Writes a file whole or not at all: a temporary beside it, flushed, then renamed. Throws IoError with the cause
/// (no room, read-only, missing folder); the old file is then as it was and no temporary is left.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Creates the folder with its parents. Throws IoError.
void make_folder(const std::filesystem::path& path);

/// 64-bit FNV-1a of text: content keys and signatures (not a cryptographic hash).
std::uint64_t content_hash(std::string_view text, std::uint64_t start = 14695981039346656037ULL);
std::string hex(std::uint64_t value);

}  // namespace cascade
