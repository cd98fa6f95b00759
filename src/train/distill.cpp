#include "train/distill.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/real.h"

namespace cascade {
namespace {

/// Writes the softmax of logits / T; returns log sum exp of them.
double softmax(std::span<const double> logits, double temperature, std::vector<double>& out) {
  const double largest = *std::max_element(logits.begin(), logits.end()) / temperature;
  double sum = 0;
  out.resize(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    out[i] = exact_exp(logits[i] / temperature - largest);
    sum += out[i];
  }
  for (double& value : out) value /= sum;
  return largest + exact_log(sum);
}

/// L_d summed over the rows of one list, and its gradients for the student's logits f; t are the teacher's.
class ListLoss {
 public:
  explicit ListLoss(const DistillParams& params) : loss_(params.loss), temperature_(params.temperature) {}

  double operator()(std::span<const double> f, std::span<const double> t, std::span<double> gradients) {
    switch (loss_) {
      case DistillLoss::pairwise:
        return pairwise(f, t, gradients);
      case DistillLoss::listwise:
        return listwise(f, t, gradients);
      default:
        break;
    }
    double sum = 0;
    for (std::size_t i = 0; i < f.size(); ++i) sum += single(f[i], t[i], gradients[i]);
    return sum;
  }

 private:
  double single(double f, double t, double& gradient) const {
    if (loss_ == DistillLoss::mse_logit) {
      gradient = 2 * (f - t);
      return (f - t) * (f - t);
    }
    const double T = loss_ == DistillLoss::softmax ? temperature_ : 1.0;
    const double label = sigmoid(t / T);
    const Bce row = bce(f / T, label);
    gradient = T * row.gradient;
    return T * T * row.loss;
  }

  double pairwise(std::span<const double> f, std::span<const double> t, std::span<double> gradients) const {
    const std::size_t m = f.size();
    std::fill(gradients.begin(), gradients.end(), 0.0);
    if (m < 2) return 0;
    const double T = temperature_;
    const double share = 2 / static_cast<double>(m - 1);  // m rows over m (m - 1) / 2 pairs
    double sum = 0;
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = i + 1; j < m; ++j) {
        const double label = sigmoid((t[i] - t[j]) / T);
        const Bce pair = bce((f[i] - f[j]) / T, label);
        sum += pair.loss;
        const double g = share * T * pair.gradient;
        gradients[i] += g;
        gradients[j] -= g;
      }
    }
    return share * T * T * sum;
  }

  double listwise(std::span<const double> f, std::span<const double> t, std::span<double> gradients) {
    std::fill(gradients.begin(), gradients.end(), 0.0);
    if (f.size() < 2) return 0;
    const double T = temperature_;
    const double m = static_cast<double>(f.size());
    softmax(t, T, p_);
    const double normaliser = softmax(f, T, q_);
    double sum = 0;
    for (std::size_t i = 0; i < f.size(); ++i) {
      sum += p_[i] * (normaliser - f[i] / T);
      gradients[i] = m * T * (q_[i] - p_[i]);
    }
    return m * T * T * sum;
  }

  DistillLoss loss_;
  double temperature_;
  std::vector<double> p_;
  std::vector<double> q_;
};

/// Calls use(positions) for the taught rows of each request of a batch whose requests are adjacent.
template <class Use>
void for_each_list(const Batch& batch, const Targets& targets, const Use& use) {
  std::vector<std::size_t> list;
  const LogTable& log = *batch.table;
  for (std::size_t r = 0; r < batch.rows.size(); ++r) {
    const std::uint32_t row = batch.rows[r];
    if (r > 0) {
      const std::uint32_t before = batch.rows[r - 1];
      if (log.request[row] != log.request[before] || log.day[row] != log.day[before]) {
        if (!list.empty()) use(list);
        list.clear();
      }
    }
    if (!std::isnan(targets.teacher[row])) list.push_back(r);
  }
  if (!list.empty()) use(list);
}

/// Adds keep * BCE of the labelled rows to the sum and its gradient to each row's.
template <class T>
double add_labels(const Batch& batch, const Targets& targets, double keep, std::span<const T> logits,
                  std::vector<double>& gradients) {
  double sum = 0;
  std::vector<float> labels(batch.rows.size());  // fetched all at once: their places in memory are random
  std::transform(batch.rows.begin(), batch.rows.end(), labels.begin(),
                 [&targets](std::uint32_t row) { return targets.label[row]; });
  for (std::size_t r = 0; r < labels.size(); ++r) {
    if (std::isnan(labels[r])) continue;
    const Bce row = bce(static_cast<double>(logits[r]), static_cast<double>(labels[r]));
    sum += keep * row.loss;
    gradients[r] = keep * row.gradient;
  }
  return sum;
}

template <class T>
double blended(const Targets& targets, const DistillParams* params, const Batch& batch, std::span<const T> logits,
               std::span<T> gradients, double lambda) {
  const std::size_t n = batch.rows.size();
  CASCADE_CHECK(logits.size() == n && gradients.size() == n, "logits of another batch");
  if (n == 0) return 0;
  std::vector<double> total(n, 0.0);
  double sum = add_labels(batch, targets, 1 - lambda, logits, total);
  if (lambda > 0) {
    ListLoss list_loss(*params);
    std::vector<double> f;
    std::vector<double> t;
    std::vector<double> g;
    for_each_list(batch, targets, [&](const std::vector<std::size_t>& list) {
      f.clear();
      t.clear();
      g.resize(list.size());
      for (const std::size_t r : list) {
        f.push_back(static_cast<double>(logits[r]));
        t.push_back(static_cast<double>(targets.teacher[batch.rows[r]]));
      }
      sum += lambda * list_loss(f, t, g);
      for (std::size_t k = 0; k < list.size(); ++k) total[list[k]] += lambda * g[k];
    });
  }
  for (std::size_t r = 0; r < n; ++r) gradients[r] = static_cast<T>(total[r] / static_cast<double>(n));
  return sum / static_cast<double>(n);
}

}  // namespace

void WarmUpParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 2> kShapes = {"step", "ramp"};
  v.field("steps", steps, "gradient steps before the weight is whole", config::at_least(0));
  v.choose("shape", shape, kShapes, "step: weight 0 until then; ramp: grows with the step");
}

void DistillParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 5> kLosses = {"point", "softmax", "pairwise", "listwise", "mse_logit"};
  static const std::array<std::string, 5> kKinds = {"any", "MD", "PFD", "UD", "LUPI"};
  static const std::array<std::string, 2> kTrainings = {"separate", "joint"};
  static const std::array<std::string, 3> kShares = {"none", "all", "all_but_user_id"};
  struct On {
    SpaceCounts& counts;
    void fields(config::FieldVisitor& w) { counts.fields(w, "the teacher scores"); }
  };
  v.field("teacher", teacher, "model that teaches", config::Need::required);
  v.choose("kind", kind, kKinds,
           "what the teacher is to be, checked by the features it reads. MD: none that its student does not; PFD, UD: "
           "some besides; LUPI: only such; any: not checked");
  v.choose("loss", loss, kLosses, "what the student's logits are held against the teacher's by");
  v.field("weight", weight, "lambda: (1 - lambda) x loss of the labels + lambda x loss by the teacher",
          config::between(0, 1));
  v.field("temperature", temperature, "divides both logits in softmax, pairwise and listwise",
          config::Bounds{0, 1000, true, false});
  v.object("warm_up", warm_up, "how the weight comes in");
  if (v.reads() || v.describes()) {  // a resolved file has it in `warm_up`
    std::int64_t steps = 0;
    v.field("warm_up_steps", steps, "short for `warm_up: {steps: ...}`", config::at_least(0));
    has_two_warm_ups = steps > 0 && warm_up.steps > 0 && steps != warm_up.steps;
    if (steps > 0) warm_up.steps = steps;
  }
  v.choose("training", training, kTrainings,
           "separate: the teacher is trained first, then frozen, or over `days` kept fresh by its own `freshness`; "
           "joint: a copy of it learns from the labels in the same steps, by the student's `train`, and hears nothing "
           "of its student");
  v.choose("share", share, kShares,
           "joint: tables of embeddings of the groups that both read which are one and the same: none, all, or all but "
           "the user's id");
  On counted{on};
  v.object("on", counted, "rows a request on which the teacher teaches");
}

double distill_weight(const DistillParams& params, std::int64_t step) {
  const WarmUpParams& warm_up = params.warm_up;
  if (step >= warm_up.steps) return params.weight;
  if (warm_up.shape == WarmUpShape::step) return 0;
  return params.weight * (static_cast<double>(step) / static_cast<double>(warm_up.steps));
}

template <class T>
LossFunction<T> distill_loss(const Targets& targets, const DistillParams& params) {
  return [&targets, &params](const Batch& batch, std::span<const T> logits, std::span<T> gradients, std::int64_t step) {
    return blended<T>(targets, &params, batch, logits, gradients, distill_weight(params, step));
  };
}

template <class T>
LossFunction<T> label_loss(const Targets& targets) {
  return [&targets](const Batch& batch, std::span<const T> logits, std::span<T> gradients, std::int64_t) {
    return blended<T>(targets, nullptr, batch, logits, gradients, 0);
  };
}

template LossFunction<float> distill_loss(const Targets&, const DistillParams&);
template LossFunction<double> distill_loss(const Targets&, const DistillParams&);
template LossFunction<float> label_loss(const Targets&);
template LossFunction<double> label_loss(const Targets&);

std::vector<float> log_logits(Learnable<float>& model, const FeatureStore& store, const LogTable& log) {
  constexpr std::size_t kRows = 1024;
  std::vector<float> logits(log.size());
  std::vector<float> outputs;
  std::vector<std::uint32_t> rows(log.size());
  std::iota(rows.begin(), rows.end(), 0U);
  for (std::size_t begin = 0; begin < rows.size(); begin += kRows) {
    const std::size_t count = std::min(kRows, rows.size() - begin);
    outputs.resize(count * model.outputs());
    model.forward({&store, &log, std::span<const std::uint32_t>(rows).subspan(begin, count)}, outputs);
    for (std::size_t r = 0; r < count; ++r) logits[begin + r] = outputs[r * model.outputs()];
  }
  return logits;
}

std::vector<float> log_logits(const Scorer& scorer, const FeatureStore& store, const LogTable& log) {
  std::vector<float> logits(log.size());
  for_each_request(log, [&](std::size_t begin, std::size_t end) {
    const Request request{log.request[begin], log.user[begin], log.day[begin], 0};
    const CandidateFeatures features(store, request, std::span(log.item).subspan(begin, end - begin));
    scorer.score(features, std::span(logits).subspan(begin, end - begin));
  });
  return logits;
}

}  // namespace cascade
