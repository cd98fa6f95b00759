#include "train/targets.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"

namespace cascade {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// Rows of `space` among [begin, end), at most as many as counted.
std::vector<std::size_t> some_rows(const LogTable& log, std::size_t begin, std::size_t end, Space space, int count) {
  std::vector<std::size_t> rows;
  if (count == 0) return rows;
  for (std::size_t row = begin; row < end; ++row)
    if (log.space[row] == space) rows.push_back(row);
  if (space == Space::ranked)
    std::stable_sort(rows.begin(), rows.end(),
                     [&log](std::size_t a, std::size_t b) { return log.score[a] < log.score[b]; });
  if (count != SpaceCounts::kAllRows) rows.resize(std::min(rows.size(), static_cast<std::size_t>(count)));
  return rows;
}

void collect_rows(Targets& targets) {
  targets.rows.clear();
  for (std::size_t row = 0; row < targets.label.size(); ++row)
    if (!std::isnan(targets.label[row]) || (!targets.teacher.empty() && !std::isnan(targets.teacher[row])))
      targets.rows.push_back(static_cast<std::uint32_t>(row));
}

}  // namespace

std::size_t num_taught(const Targets& targets) {
  return static_cast<std::size_t>(
      std::count_if(targets.teacher.begin(), targets.teacher.end(), [](float logit) { return !std::isnan(logit); }));
}

bool SpaceCounts::any() const {
  return std::any_of(rows.begin(), rows.end(), [](int count) { return count != 0; });
}

void SpaceCounts::fields(config::FieldVisitor& v, const std::string& what) {
  for (int s = 0; s < kNumSpaces; ++s) {
    const std::string name(space_name(static_cast<Space>(s)));
    v.field(name, rows[static_cast<std::size_t>(s)],
            "rows a request of " + name + " that " + what + "; -1: all that were logged", config::between(-1, 100000));
  }
}

void for_each_request(const LogTable& log, const std::function<void(std::size_t begin, std::size_t end)>& use) {
  std::size_t begin = 0;
  for (std::size_t row = 1; row <= log.size(); ++row) {
    if (row < log.size() && log.request[row] == log.request[begin] && log.day[row] == log.day[begin]) continue;
    use(begin, row);
    begin = row;
  }
}

void SampleParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 2> kPositives = {"click", "fine_top"};
  struct Negatives {
    SpaceCounts& counts;
    void fields(config::FieldVisitor& w) { counts.fields(w, "are negatives"); }
  };
  v.choose("positives", positives, kPositives,
           "click: exposures that were clicked; fine_top: the first `top` of a page that the funnel made");
  v.field("top", top, "positives a request by fine_top", config::between(1, 100000));
  Negatives counted{negatives};
  v.object("negatives", counted, "rows that are no positives and count as 0");
}

Targets label_rows(const LogTable& log, const SampleParams& params) {
  Targets targets;
  targets.label.assign(log.size(), kNone);
  for_each_request(log, [&](std::size_t begin, std::size_t end) {
    const bool of_funnel = std::any_of(log.space.begin() + static_cast<std::ptrdiff_t>(begin),
                                       log.space.begin() + static_cast<std::ptrdiff_t>(end),
                                       [](Space space) { return space != Space::exposed; });
    if (params.positives == Positives::fine_top && !of_funnel) return;
    const auto is_positive = [&](std::size_t row) {
      if (log.space[row] != Space::exposed) return false;
      return params.positives == Positives::click ? log.click[row] != 0 : log.position[row] < params.top;
    };
    for (int s = 0; s < kNumSpaces; ++s)
      for (const std::size_t row :
           some_rows(log, begin, end, static_cast<Space>(s), params.negatives.of(static_cast<Space>(s))))
        targets.label[row] = 0;
    for (std::size_t row = begin; row < end; ++row)
      if (is_positive(row)) targets.label[row] = 1;
  });
  collect_rows(targets);
  return targets;
}

void teach_rows(const LogTable& log, const SpaceCounts& on, std::span<const float> logits, Targets& targets) {
  CASCADE_CHECK(logits.size() == log.size() && targets.label.size() == log.size(), "logits of another log");
  targets.teacher.assign(log.size(), kNone);
  for_each_request(log, [&](std::size_t begin, std::size_t end) {
    for (int s = 0; s < kNumSpaces; ++s)
      for (const std::size_t row : some_rows(log, begin, end, static_cast<Space>(s), on.of(static_cast<Space>(s))))
        targets.teacher[row] = logits[row];
  });
  collect_rows(targets);
}

}  // namespace cascade
