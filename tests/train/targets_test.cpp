#include "train/targets.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/models/toy_data.h"

namespace cascade {
namespace {

using Rows = std::vector<std::uint32_t>;

/// Two requests. The first is a page of three, nothing else. The second, by a funnel: a page of three with a click on
/// the second row, then RC with scores 3, 1, 2, two of PRC and one of RND.
LogTable two_requests() {
  const FeatureStore store = toy::store(4, 12);
  LogTable log;
  log.resize(12, store.schema());
  for (std::size_t row = 0; row < 12; ++row) {
    log.request[row] = row < 3 ? 7 : 8;
    log.item[row] = static_cast<ItemId>(row);
    log.position[row] = row < 6 ? static_cast<std::uint16_t>(row % 3) : std::uint16_t{0};
    log.space[row] = row < 6 ? Space::exposed : row < 9 ? Space::ranked : row < 11 ? Space::preranked : Space::random;
  }
  log.score[6] = 3;
  log.score[7] = 1;
  log.score[8] = 2;
  log.click[0] = 1;
  log.click[4] = 1;
  return log;
}

Rows rows_of(const Targets& targets, float label) {
  Rows rows;
  for (std::size_t row = 0; row < targets.label.size(); ++row)
    if (targets.label[row] == label) rows.push_back(static_cast<std::uint32_t>(row));
  return rows;
}

}  // namespace

TEST_CASE("requests are told apart by number and by day") {
  LogTable log = two_requests();
  log.request.assign(12, 7);
  for (std::size_t row = 5; row < 12; ++row) log.day[row] = 1;
  std::vector<std::pair<std::size_t, std::size_t>> seen;
  for_each_request(log, [&](std::size_t begin, std::size_t end) { seen.emplace_back(begin, end); });
  CHECK(seen == std::vector<std::pair<std::size_t, std::size_t>>{{0, 5}, {5, 12}});
  for_each_request(LogTable(), [](std::size_t, std::size_t) { FAIL("there is no request"); });
}

TEST_CASE("v0, the default: clicks against the other exposures") {
  const Targets targets = label_rows(two_requests(), {});
  CHECK(rows_of(targets, 1) == Rows{0, 4});
  CHECK(rows_of(targets, 0) == Rows{1, 2, 3, 5});
  CHECK(targets.rows == Rows{0, 1, 2, 3, 4, 5});
  CHECK(targets.teacher.empty());
}

TEST_CASE("v1: clicks against candidates that recall brought") {
  SampleParams params;
  params.negatives.rows = {0, 0, 1, SpaceCounts::kAllRows};
  const Targets targets = label_rows(two_requests(), params);
  CHECK(rows_of(targets, 1) == Rows{0, 4});
  CHECK(rows_of(targets, 0) == Rows{9, 11});
  CHECK(targets.rows == Rows{0, 4, 9, 11});
}

TEST_CASE("v2, the cascade model: the fine ranker's best against the lowest that it scored") {
  SampleParams params;
  params.positives = Positives::fine_top;
  params.top = 2;
  params.negatives.rows = {0, 2, 1, 0};
  Targets targets = label_rows(two_requests(), params);
  // The first request has no rows beside its page: nobody knows who made it. Of RC 7 and 8 have the lower scores.
  CHECK(rows_of(targets, 1) == Rows{3, 4});
  CHECK(rows_of(targets, 0) == Rows{7, 8, 9});
  params.negatives.rows = {SpaceCounts::kAllRows, 0, 0, 0};
  targets = label_rows(two_requests(), params);
  CHECK(rows_of(targets, 1) == Rows{3, 4});
  CHECK(rows_of(targets, 0) == Rows{5});
}

TEST_CASE("taught rows join the labelled ones") {
  const LogTable log = two_requests();
  std::vector<float> logits(12);
  for (std::size_t row = 0; row < 12; ++row) logits[row] = static_cast<float>(row) / 2;
  Targets targets = label_rows(log, {});
  SpaceCounts on;
  on.rows = {1, 0, 1, 4};
  teach_rows(log, on, logits, targets);
  CHECK(targets.rows == Rows{0, 1, 2, 3, 4, 5, 9, 11});
  CHECK(num_taught(targets) == 4);
  for (std::size_t row = 0; row < 12; ++row) {
    const bool taught = row == 0 || row == 3 || row == 9 || row == 11;
    INFO("row " << row);
    if (taught)
      CHECK(targets.teacher[row] == logits[row]);
    else
      CHECK(std::isnan(targets.teacher[row]));
    CHECK(std::isnan(targets.label[row]) == (row >= 6));
  }
}

}  // namespace cascade
