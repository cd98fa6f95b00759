#include "report/sweep.h"

#include <algorithm>
#include <map>
#include <set>

#include "report/lookup.h"

namespace cascade {
namespace {

using Settings = std::map<std::string, std::string>;

constexpr std::size_t kMinPoints = 3;

std::string value_at(const Settings& settings, const std::string& path) {
  const auto found = settings.find(path);
  return found == settings.end() ? std::string() : found->second;
}

/// Whether the value of `path` decides that of `other` in every variant.
bool follows(const std::vector<Settings>& all, const std::string& path, const std::string& other) {
  std::map<std::string, std::string> seen;
  for (const Settings& settings : all) {
    const std::string value = value_at(settings, other);
    const auto inserted = seen.emplace(value_at(settings, path), value);
    if (inserted.first->second != value) return false;
  }
  return true;
}

/// Paths whose value differs between variants.
std::vector<std::string> varying_paths(const std::vector<Settings>& all) {
  std::set<std::string> paths;
  for (const Settings& settings : all)
    for (const auto& setting : settings)
      if (value_at(all[0], setting.first) != setting.second) paths.insert(setting.first);
  for (const auto& setting : all[0])
    for (const Settings& settings : all)
      if (value_at(settings, setting.first) != setting.second) paths.insert(setting.first);
  return {paths.begin(), paths.end()};
}

/// "two-tower keep=50" -> "two-tower" for path funnel.preranking.keep; the name has the path or any ending of it.
std::string series_name(std::string name, const std::string& path, const std::string& value) {
  for (std::size_t from = 0; from != std::string::npos; from = path.find('.', from)) {
    if (from > 0) ++from;
    const std::string token = " " + path.substr(from) + "=" + value;
    const std::size_t at = name.find(token);
    if (at == std::string::npos) continue;
    const std::string after = name.substr(at + token.size());
    if (!after.empty() && after.front() != ',') continue;  // another value that begins alike
    name.erase(at);
    if (after.empty()) {
      if (name.ends_with(',')) name.pop_back();
      return name;
    }
    return name + after.substr(1);
  }
  return name;
}

std::optional<Sweep> along(const StudyResult& study, const std::vector<Settings>& all,
                           const std::vector<std::string>& varying, const std::string& path) {
  std::vector<double> x(all.size());
  for (std::size_t v = 0; v < all.size(); ++v)
    if (!parse_number(value_at(all[v], path), x[v])) return std::nullopt;
  std::vector<std::string> others;
  for (const std::string& other : varying)
    if (other != path && !follows(all, path, other)) others.push_back(other);

  Sweep sweep;
  sweep.path = path;
  std::map<std::vector<std::string>, std::size_t> groups;
  for (std::size_t v = 0; v < all.size(); ++v) {
    std::vector<std::string> key;
    for (const std::string& other : others) key.push_back(value_at(all[v], other));
    const auto group = groups.emplace(key, sweep.series.size());
    if (group.second) {
      sweep.series.emplace_back();
      sweep.series.back().name = series_name(study.variants[v].name, path, value_at(all[v], path));
    }
    SweepSeries& series = sweep.series[group.first->second];
    const auto at = std::lower_bound(series.xs.begin(), series.xs.end(), x[v]);
    if (at != series.xs.end() && *at == x[v]) return std::nullopt;
    series.points.insert(series.points.begin() + (at - series.xs.begin()), &study.variants[v]);
    series.xs.insert(at, x[v]);
  }
  for (const SweepSeries& series : sweep.series)
    if (series.points.size() < kMinPoints) return std::nullopt;
  const std::set<double> distinct(x.begin(), x.end());
  sweep.xs.assign(distinct.begin(), distinct.end());
  return sweep;
}

}  // namespace

std::optional<Sweep> find_sweep(const StudyResult& study) {
  if (study.variants.size() < kMinPoints) return std::nullopt;
  std::vector<Settings> all;
  for (const VariantResult& variant : study.variants)
    all.emplace_back(variant.settings.begin(), variant.settings.end());
  std::vector<std::string> varying = varying_paths(all);
  std::stable_partition(varying.begin(), varying.end(),
                        [](const std::string& path) { return path.ends_with(".keep"); });
  for (const std::string& path : varying)
    if (std::optional<Sweep> sweep = along(study, all, varying, path)) return sweep;
  return std::nullopt;
}

}  // namespace cascade
