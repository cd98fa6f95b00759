#include "engine/log_metrics.h"

#include "base/parallel.h"
#include "base/real.h"
#include "metrics/ranking.h"
#include "train/tasks.h"

namespace cascade {

namespace {

double predicted_over_observed(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  std::vector<double> predicted;
  predicted.reserve(logits.size());
  for (const float logit : logits) predicted.push_back(sigmoid(static_cast<double>(logit)));
  return pcoc(predicted, labels);
}

/// Logits that `estimate` gives to the rows of a log, in order.
template <class Estimate>
std::vector<float> estimated(const LogTable& log, const Estimate& estimate) {
  std::vector<std::size_t> starts;  // of the requests, whose rows are adjacent
  for (std::size_t row = 0; row < log.size(); ++row)
    if (row == 0 || log.request[row] != log.request[row - 1]) starts.push_back(row);
  starts.push_back(log.size());
  std::vector<float> logits(log.size());
  for_each_block(starts.size() - 1, 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const std::size_t row = starts[r];
      const std::size_t n = starts[r + 1] - row;
      const Request request{log.request[row], log.user[row], log.day[row], 0};
      estimate(request, std::span(log.item).subspan(row, n), std::span(logits).subspan(row, n));
    }
  });
  return logits;
}

}  // namespace

std::vector<float> score_log(const ScoringStage& stage, const LogTable& log) {
  return estimated(log, [&stage](const Request& request, std::span<const ItemId> items, std::span<float> out) {
    stage.logits(request, items, out);
  });
}

NamedValues log_metrics(const ScoringStage& stage, const Logs& logs) {
  NamedValues values;
  if (stage.objective() != Objective::after_click) {
    const std::vector<float> exposed = score_log(stage, logs.next_day);
    const std::vector<float> everywhere = score_log(stage, logs.all_space);
    const bool probabilities = stage.objective() != Objective::value;
    values = {{"auc", auc(exposed, logs.next_day.click)},
              {"gauc", gauc(exposed, logs.next_day.click, logs.next_day.user).value},
              {"auc_all", auc(everywhere, logs.all_space.click)},
              {"gauc_all", gauc(everywhere, logs.all_space.click, logs.all_space.user).value},
              {"pcoc.EX", probabilities ? predicted_over_observed(exposed, logs.next_day.click) : kDoesNotApply},
              {"pcoc.RND", probabilities ? predicted_over_observed(everywhere, logs.all_space.click) : kDoesNotApply}};
  }
  const auto* conversions = dynamic_cast<const ConversionEstimator*>(&stage);
  if (conversions == nullptr || stage.objective() == Objective::click || stage.objective() == Objective::ecpm)
    return values;
  const LogTable clicked = conversion_log(logs.next_day);
  const std::vector<float> logits =
      estimated(clicked, [&](const Request& request, std::span<const ItemId> items, std::span<float> out) {
        conversions->conversion_logits(request, items, out);
      });
  values.emplace_back("auc_cvr", auc(logits, clicked.click));
  values.emplace_back("gauc_cvr", gauc(logits, clicked.click, clicked.user).value);
  values.emplace_back("pcoc_cvr", predicted_over_observed(logits, clicked.click));
  return values;
}

}  // namespace cascade
