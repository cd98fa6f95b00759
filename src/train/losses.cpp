#include "train/losses.h"

#include "base/errors.h"
#include "base/real.h"

namespace cascade {

Bce bce(double logit, double label) {
  const SigmoidSoftplus f = sigmoid_softplus(logit);
  return {f.softplus - label * logit, f.sigmoid - label};
}

template <class T>
double click_bce(const Batch& batch, std::span<const T> logits, std::span<T> gradients) {
  const std::size_t n = batch.rows.size();
  CASCADE_CHECK(logits.size() == n && gradients.size() == n, "logits of another batch");
  double sum = 0;
  for (std::size_t r = 0; r < n; ++r) {
    const Bce row = bce(static_cast<double>(logits[r]), batch.table->click[batch.rows[r]]);
    sum += row.loss;
    gradients[r] = static_cast<T>(row.gradient / static_cast<double>(n));
  }
  return n == 0 ? 0.0 : sum / static_cast<double>(n);
}

template double click_bce(const Batch&, std::span<const float>, std::span<float>);
template double click_bce(const Batch&, std::span<const double>, std::span<double>);

}  // namespace cascade
