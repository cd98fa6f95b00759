#include "config/faults.h"

#include <algorithm>

#include "base/text.h"

namespace cascade::config {
namespace {

std::string text_of(const std::vector<Fault>& faults) {
  std::vector<std::string> lines;
  for (const Fault& fault : faults) lines.push_back(fault.text());
  return join(lines, "\n");
}

std::string message_of(std::string_view what, const Hint& hint) {
  constexpr std::size_t kMostNames = 40;
  std::string message(what);
  if (!hint.got.empty()) message += ", got " + hint.got;
  if (!hint.meant.empty()) message += "; did you mean '" + hint.meant + "'?";
  if (!hint.names.empty()) {
    const auto names = std::span(hint.names).first(std::min(hint.names.size(), kMostNames));
    message += " (there are: " + join(names) + (names.size() < hint.names.size() ? ", ...)" : ")");
  }
  return message;
}

}  // namespace

std::string Fault::text() const {
  std::string line = mark.text();
  if (!line.empty()) line += ": ";
  if (!path.empty()) line += path + ": ";
  return line + message;
}

ConfigError::ConfigError(std::vector<Fault> faults) : InputError(text_of(faults)), faults_(std::move(faults)) {}

Hint but_got(std::string got) {
  Hint hint;
  hint.got = std::move(got);
  return hint;
}

Hint choose_from(std::string_view wanted, std::span<const std::string> names) {
  Hint hint;
  constexpr std::size_t kLongest = 100;  // the edit distance is quadratic
  if (wanted.size() <= kLongest) {
    const std::vector<std::string> near = nearest_names(wanted, names);
    if (!near.empty()) hint.meant = near.front();
  }
  hint.names.assign(names.begin(), names.end());
  return hint;
}

void Faults::add(const Mark& mark, std::string_view path, std::string_view what, const Hint& hint) {
  add({mark, std::string(path), message_of(what, hint)});
}

void Faults::add_all(const Faults& others) {
  for (const Fault& fault : others.faults_) add(fault);
  left_out_ += others.left_out_;
}

void Faults::add(Fault fault) {
  const bool known = std::any_of(faults_.begin(), faults_.end(), [&](const Fault& f) {
    return f.mark == fault.mark && f.path == fault.path && f.message == fault.message;
  });
  if (known) return;
  if (faults_.size() < kMost)
    faults_.push_back(std::move(fault));
  else
    ++left_out_;
}

std::vector<Fault> Faults::sorted() const {
  std::vector<std::string> files;
  for (const Fault& fault : faults_)
    if (std::find(files.begin(), files.end(), fault.mark.file) == files.end()) files.push_back(fault.mark.file);
  const auto rank = [&](const Fault& f) { return std::find(files.begin(), files.end(), f.mark.file) - files.begin(); };
  std::vector<Fault> all = faults_;
  std::stable_sort(all.begin(), all.end(), [&](const Fault& a, const Fault& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (a.mark.line != b.mark.line) return a.mark.line < b.mark.line;
    return a.mark.column < b.mark.column;
  });
  if (left_out_ > 0) all.emplace_back().message = "and " + std::to_string(left_out_) + " more faults";
  return all;
}

std::string Faults::text() const { return text_of(sorted()); }

void Faults::throw_if_any() const {
  if (!faults_.empty()) throw ConfigError(sorted());
}

}  // namespace cascade::config
