#include "train/tasks.h"

#include <algorithm>
#include <memory>

#include "base/errors.h"
#include "base/real.h"

namespace cascade {
namespace {

/// Cross entropy of softmax(logits) with `label`; writes its gradient.
template <class T>
double softmax_loss(std::span<const T> logits, std::size_t label, double scale, std::span<T> gradients) {
  const double largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const T logit : logits) sum += exact_exp(static_cast<double>(logit) - largest);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double share = exact_exp(static_cast<double>(logits[i]) - largest) / sum;
    gradients[i] = static_cast<T>(scale * (share - (i == label ? 1.0 : 0.0)));
  }
  return largest + exact_log(sum) - static_cast<double>(logits[label]);
}

/// The loss of one head on one row, and its gradient times `scale`; 0 where the row says nothing of the task.
template <class T>
double head_loss(const TaskHead& head, Target target, const LogTable& log, std::uint32_t row, double scale,
                 std::span<const T> logits, std::span<T> gradients) {
  std::fill(gradients.begin(), gradients.end(), T(0));
  const bool clicked = target == Target::conversion || log.click[row] != 0;
  if (log.space[row] != Space::exposed || (head.name != "click" && !clicked)) return 0;
  if (head.is_group()) return softmax_loss(logits, log.privileged[head.privileged][row], scale, gradients);
  const bool happened = (head.name == "click" ? log.click : log.convert)[row] != 0;
  const auto [loss, gradient] = bce(static_cast<double>(logits[0]), happened ? 1.0 : 0.0);
  gradients[0] = static_cast<T>(scale * gradient);
  return loss;
}

}  // namespace

LogTable conversion_log(const LogTable& log) {
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < log.size(); ++row)
    if (log.space[row] == Space::exposed && log.click[row] != 0) rows.push_back(static_cast<std::uint32_t>(row));
  LogTable clicked = take_rows(log, rows);
  clicked.click = clicked.convert;
  return clicked;
}

template <class T>
LossFunction<T> on_first_output(LossFunction<T> loss, std::size_t outputs) {
  if (outputs == 1) return loss;
  // Shared by the copies of the function, of which one at a time is called.
  auto first = std::make_shared<std::vector<T>>();
  return [loss = std::move(loss), outputs, first](const Batch& batch, std::span<const T> logits, std::span<T> gradients,
                                                  std::int64_t step) {
    const std::size_t n = batch.rows.size();
    CASCADE_CHECK(logits.size() == n * outputs && gradients.size() == logits.size(), "logits of another batch");
    std::vector<T>& buffer = *first;
    buffer.resize(2 * n);
    for (std::size_t r = 0; r < n; ++r) buffer[r] = logits[r * outputs];
    const double mean = loss(batch, std::span<const T>(buffer).first(n), std::span(buffer).last(n), step);
    std::fill(gradients.begin(), gradients.end(), T(0));
    for (std::size_t r = 0; r < n; ++r) gradients[r * outputs] = buffer[n + r];
    return mean;
  };
}

template <class T>
LossFunction<T> multi_task_loss(LossFunction<T> first, std::vector<TaskHead> heads, double weight, Target target) {
  for (const TaskHead& head : heads)
    CASCADE_CHECK(target == Target::click || head.name != "click", "a log of conversions says nothing of clicks");
  const std::size_t outputs = heads.back().begin + heads.back().width;
  return [loss = on_first_output<T>(std::move(first), outputs), heads = std::move(heads), weight, target, outputs](
             const Batch& batch, std::span<const T> logits, std::span<T> gradients, std::int64_t step) {
    double mean = loss(batch, logits, gradients, step);
    const std::size_t n = batch.rows.size();
    const double scale = n == 0 ? 0.0 : weight / static_cast<double>(n);
    for (std::size_t t = 1; t < heads.size(); ++t) {
      const TaskHead& head = heads[t];
      double sum = 0;
      for (std::size_t r = 0; r < n; ++r)
        sum += head_loss<T>(head, target, *batch.table, batch.rows[r], scale,
                            logits.subspan(r * outputs + head.begin, head.width),
                            gradients.subspan(r * outputs + head.begin, head.width));
      mean += scale * sum;
    }
    return mean;
  };
}

template LossFunction<float> on_first_output(LossFunction<float>, std::size_t);
template LossFunction<double> on_first_output(LossFunction<double>, std::size_t);
template LossFunction<float> multi_task_loss(LossFunction<float>, std::vector<TaskHead>, double, Target);
template LossFunction<double> multi_task_loss(LossFunction<double>, std::vector<TaskHead>, double, Target);

}  // namespace cascade
