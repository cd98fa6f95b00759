#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "config/fields.h"
#include "data/logs.h"

namespace cascade {

/// Rows of a log taken a request, by space; kAllRows: as many as were logged.
struct SpaceCounts {
  static constexpr int kAllRows = -1;
  std::array<int, kNumSpaces> rows{};  ///< by Space
  int of(Space space) const { return rows[static_cast<std::size_t>(space)]; }
  bool any() const;
  /// `what` ends the sentence "rows a request of EX that ...".
  void fields(config::FieldVisitor& v, const std::string& what);
};

/// What a log's rows say to a model that learns from them.
struct Targets {
  std::vector<std::uint32_t> rows;  ///< rows of the log with a label, a teacher or both; ascending
  std::vector<float> label;         ///< [rows of the log]: 0 or 1; NaN: none
  std::vector<float> teacher;       ///< [rows of the log]: the teacher's logit; NaN: not taught. Empty: no teacher
};

/// Rows that have a teacher's logit.
std::size_t num_taught(const Targets& targets);

/// Calls use(begin, end) for the rows of each request of the log: requests are adjacent, days apart.
void for_each_request(const LogTable& log, const std::function<void(std::size_t begin, std::size_t end)>& use);

/// Who is a positive.
enum class Positives { click, fine_top };

/// The `samples:` block of a model: which rows are labelled, and how. The default is a ranker's usual training: clicks
/// against the other exposures (v0 of iQIYI's cascade model). v1: {positives: click, negatives: {EX: 0, PRC: n}}; v2,
/// the cascade model: {positives: fine_top, negatives: {EX: 0, RC: n, PRC: n}} (iQIYI, 2021; docs/systems.md).
struct SampleParams {
  Positives positives = Positives::click;
  int top = 5;  ///< fine_top: exposed rows of so many first positions of a page that the funnel made
  SpaceCounts negatives{{SpaceCounts::kAllRows, 0, 0, 0}};
  void fields(config::FieldVisitor& v);
};

/// Labels by `params`: positives 1, negatives 0. Positives `fine_top` exist in requests that logged candidates which
/// were not shown, for only those pages are a funnel's. Of RC the candidates that the last stage scored lowest are
/// taken, of other spaces the first in the log (whose order is the page's, or by chance).
Targets label_rows(const LogTable& log, const SampleParams& params);

/// Adds the teacher's logits [rows of the log] on `on` rows a request, chosen as negatives are.
void teach_rows(const LogTable& log, const SpaceCounts& on, std::span<const float> logits, Targets& targets);

}  // namespace cascade
