#include "engine/log_metrics.h"

#include "base/parallel.h"
#include "base/real.h"
#include "metrics/ranking.h"

namespace cascade {

namespace {

double predicted_over_clicked(const ScoringStage& stage, std::span<const float> logits, const LogTable& log) {
  if (stage.objective() == Objective::value) return kDoesNotApply;
  std::vector<double> predicted;
  predicted.reserve(logits.size());
  for (const float logit : logits) predicted.push_back(sigmoid(static_cast<double>(logit)));
  return pcoc(predicted, log.click);
}

}  // namespace

std::vector<float> score_log(const ScoringStage& stage, const LogTable& log) {
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
      stage.logits(request, std::span(log.item).subspan(row, n), std::span(logits).subspan(row, n));
    }
  });
  return logits;
}

NamedValues log_metrics(const ScoringStage& stage, const Logs& logs) {
  const std::vector<float> exposed = score_log(stage, logs.next_day);
  const std::vector<float> everywhere = score_log(stage, logs.all_space);
  return {{"auc", auc(exposed, logs.next_day.click)},
          {"gauc", gauc(exposed, logs.next_day.click, logs.next_day.user).value},
          {"auc_all", auc(everywhere, logs.all_space.click)},
          {"gauc_all", gauc(everywhere, logs.all_space.click, logs.all_space.user).value},
          {"pcoc.EX", predicted_over_clicked(stage, exposed, logs.next_day)},
          {"pcoc.RND", predicted_over_clicked(stage, everywhere, logs.all_space)}};
}

}  // namespace cascade
