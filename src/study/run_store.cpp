#include "study/run_store.h"

#include <cstring>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/build_info.h"
#include "base/bytes.h"
#include "base/errors.h"
#include "base/files.h"
#include "engine/content_key.h"

namespace cascade {

namespace {

constexpr std::string_view kMagic = "cascade-part/2\n";
constexpr const char* kExtension = ".part";
constexpr std::size_t kHashBytes = 8;

template <class Archive, class Part>
void visit_part(Archive& archive, Part& part) {
  auto& run = part.run;
  visit_list(archive, run.users, [&](auto& user) { archive.number(user); });
  visit_list(archive, run.columns, [&](auto& column) { visit_text(archive, column); });
  visit_matrix(archive, run.rows);
  visit_list(archive, run.stages, [&](auto& stage) {
    visit_text(archive, stage.model);
    archive.number(stage.index_build.items);
    archive.number(stage.index_build.flops);
    archive.number(stage.index_build.bytes);
    visit_values(archive, stage.pooled);
    visit_values(archive, stage.means);
  });
  visit_list(archive, run.arm_columns, [&](auto& column) { visit_text(archive, column); });
  visit_list(archive, run.arms, [&](auto& arm) {
    archive.size(arm.stage);
    visit_text(archive, arm.arm);
    visit_matrix(archive, arm.rows);
  });
  visit_list(archive, run.models, [&](auto& model) {
    visit_text(archive, model.name);
    visit_text(archive, model.kind);
    visit_values(archive, model.facts);
  });
  visit_matrix(archive, run.rerun_rows);
  visit_list(archive, run.rerun_pooled, [&](auto& values) { visit_values(archive, values); });
  const auto visit_runs = [&](auto& metrics) {
    visit_list(archive, metrics, [&](auto& metric) {
      visit_text(archive, metric.first);
      visit_list(archive, metric.second, [&](auto& value) { archive.number(value); });
    });
  };
  visit_runs(run.serving.outcome);
  visit_list(archive, run.serving.stages, visit_runs);
  visit_values(archive, run.days);
  visit_values(archive, run.rerun_days);
  visit_values(archive, part.validity);
}

/// Names all that a part depends on; what only names the study, or says how much of it there is, left out.
std::string key_of(const Scenario& point, std::uint64_t seed) {
  Scenario same = point;
  same.name.clear();
  same.question.clear();
  same.seed = 0;
  same.evaluate.replicates = 1;
  return std::string(build_text()) + "\nseed " + hex(seed) + "\n" + content_of(same);
}

}  // namespace

std::filesystem::path RunStore::file_of(const std::string& key) const {
  return folder_ / (hex(content_hash(key)) + kExtension);
}

std::string RunStore::to_bytes(const Scenario& point, std::uint64_t seed, const Part& part) {
  ByteWriter writer;
  const std::string key = key_of(point, seed);
  visit_text(writer, key);
  visit_part(writer, part);
  const std::string body = writer.take();
  ByteWriter end;
  end.number(content_hash(body));
  return std::string(kMagic) + body + end.take();
}

std::optional<RunStore::Part> RunStore::from_bytes(std::string_view bytes, const Scenario& point, std::uint64_t seed) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kHashBytes) return std::nullopt;
  const std::string_view body = bytes.substr(kMagic.size(), bytes.size() - kMagic.size() - kHashBytes);
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes.data() + bytes.size() - kHashBytes, kHashBytes);
  if (hash != content_hash(body)) return std::nullopt;
  Part part;
  ByteReader reader(body);
  try {
    std::string of;
    visit_text(reader, of);
    if (of != key_of(point, seed)) return std::nullopt;
    visit_part(reader, part);
  } catch (const ByteReader::Damaged&) {
    return std::nullopt;
  }
  if (!reader.at_end()) return std::nullopt;
  return part;
}

std::optional<RunStore::Part> RunStore::find(const Scenario& point, std::uint64_t seed) const {
  const std::filesystem::path file = file_of(key_of(point, seed));
  if (!std::filesystem::exists(file)) return std::nullopt;
  return from_bytes(read_file(file), point, seed);
}

void RunStore::keep(const Scenario& point, std::uint64_t seed, const Part& part) const {
  make_folder(folder_);
  write_file_atomically(file_of(key_of(point, seed)), to_bytes(point, seed, part));
}

std::vector<std::string> RunStore::builds() const {
  std::set<std::string> builds;
  if (!std::filesystem::is_directory(folder_)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().extension() != kExtension) continue;
    const std::string text = read_file(entry.path());
    if (!text.starts_with(kMagic)) continue;
    ByteReader reader(std::string_view(text).substr(kMagic.size()));
    std::string key;
    try {
      visit_text(reader, key);
    } catch (const ByteReader::Damaged&) {
      continue;
    }
    builds.insert(key.substr(0, key.find('\n')));
  }
  return {builds.begin(), builds.end()};
}

void RunStore::clear() const {
  if (!std::filesystem::is_directory(folder_)) return;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.path().extension() == kExtension && !std::filesystem::remove(entry.path(), failed))
      throw IoError("cannot delete " + entry.path().string() + ": " + failed.message());
  std::filesystem::remove(folder_, failed);  // stays where others keep files in it
}

}  // namespace cascade
