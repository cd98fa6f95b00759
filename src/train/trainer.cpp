#include "train/trainer.h"

#include <algorithm>
#include <array>

#include "base/rng.h"
#include "train/gradient_steps.h"
#include "train/tasks.h"

namespace cascade {
namespace {

constexpr std::uint32_t kHeldOutDraw = 1;  // beside the shuffles, which are draw 0 of the stream
constexpr std::int64_t kProgressSteps = 64;

struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> held_out;
};

/// Whole requests of the last day are held out, so that rows of one page do not stand on both sides.
Split split_rows(const LogTable& log, std::span<const std::uint32_t> rows, double share, std::uint64_t seed) {
  Split split;
  if (share <= 0) {
    split.train.assign(rows.begin(), rows.end());
    return split;
  }
  std::uint16_t last_day = 0;
  for (const std::uint32_t row : rows) last_day = std::max(last_day, log.day[row]);
  for (const std::uint32_t row : rows) {
    const bool held_out =
        log.day[row] == last_day && hashed_uniform(seed, Stream::train_shuffle, log.request[row], kHeldOutDraw) < share;
    (held_out ? split.held_out : split.train).push_back(row);
  }
  return split;
}

std::vector<std::vector<float>> copy_values(const std::vector<Parameter<float>>& parameters) {
  std::vector<std::vector<float>> values;
  for (const Parameter<float>& parameter : parameters)
    values.emplace_back(parameter.value.begin(), parameter.value.end());
  return values;
}

/// Work of the steps that the summary counts. A number that is looked up is read once, and its gradient read and
/// written; dense weights are read once forward and once backward.
void count_work(const Learnable<float>& model, const Optimizer<float>& optimizer,
                const std::vector<Parameter<float>>& parameters, TrainSummary& summary) {
  double dense = 0;
  for (const Parameter<float>& parameter : parameters)
    if (parameter.sparse == nullptr) dense += static_cast<double>(parameter.value.size());
  const auto samples = static_cast<double>(summary.samples);
  summary.flops = model.flops_per_sample() * samples + optimizer.flops();
  summary.bytes =
      sizeof(float) * (3 * model.lookups_per_sample() * samples + 2 * dense * static_cast<double>(summary.steps)) +
      optimizer.bytes();
}

double mean_loss(GradientSteps& training, const FeatureStore& store, const LogTable& log, const Batches& batches,
                 const LossFunction<float>& loss) {
  double sum = 0;
  std::size_t rows = 0;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    sum += training.loss_of({&store, &log, batches[b]}, loss) * static_cast<double>(batches[b].size());
    rows += batches[b].size();
  }
  return sum / static_cast<double>(rows);
}

void restore(const std::vector<std::vector<float>>& values, const std::vector<Parameter<float>>& parameters) {
  for (std::size_t k = 0; k < values.size(); ++k)
    std::copy(values[k].begin(), values[k].end(), parameters[k].value.begin());
}

}  // namespace

void TrainParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 3> kOptimizers = {"sgd", "adagrad", "adam"};
  v.choose("optimizer", optimizer, kOptimizers, "optimiser of the dense layers");
  v.choose("embedding_optimizer", embedding_optimizer, kOptimizers,
           "optimiser of the embeddings; only rows that a batch touches move");
  v.field("learning_rate", learning_rate, "learning rate of the dense layers", config::above(0));
  v.field("embedding_learning_rate", embedding_learning_rate, "learning rate of the embeddings", config::above(0));
  v.field("l2", l2, "weight decay of dense weights and touched rows, a step", config::at_least(0));
  v.field("batch", batch, "samples a step", config::between(1, 1 << 20));
  v.field("epochs", epochs, "passes over the logs at most", config::between(1, 10000));
  v.field("max_steps", max_steps, "steps at most; 0: as many as the epochs give", config::at_least(0),
          config::Need::optional);
  v.field("held_out", held_out, "share of the last day's requests kept for early stopping; 0: none",
          config::Bounds{0, 1, false, true});
  v.field("patience", patience, "epochs without a better held-out loss before training stops, the best kept",
          config::between(1, 1000));
}

std::vector<std::uint32_t> exposed_rows(const LogTable& log) {
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < log.size(); ++row)
    if (log.space[row] == Space::exposed) rows.push_back(static_cast<std::uint32_t>(row));
  return rows;
}

TrainSummary train_on(Learnable<float>& model, const FeatureStore& store, const LogTable& log,
                      std::span<const std::uint32_t> rows, const LossFunction<float>& loss, const TrainParams& params,
                      std::uint64_t seed, const Progress& progress, Unit unit) {
  GradientSteps training(model, params);
  TrainSummary summary;
  for (const Parameter<float>& parameter : training.parameters())
    summary.parameters += static_cast<std::int64_t>(parameter.value.size());

  const Split split = split_rows(log, rows, params.held_out, seed);
  Batches batches(log, split.train, static_cast<std::size_t>(params.batch), unit);
  const Batches held_out(log, split.held_out, static_cast<std::size_t>(params.batch), unit);
  std::int64_t limit = static_cast<std::int64_t>(batches.size()) * params.epochs;
  if (params.max_steps > 0) limit = std::min(limit, params.max_steps);

  std::vector<std::vector<float>> best;
  int epochs_since_best = 0;
  while (summary.steps < limit && epochs_since_best < params.patience) {
    batches.shuffle(Rng(seed, Stream::train_shuffle, static_cast<std::uint64_t>(summary.epochs)));
    double loss_sum = 0;
    std::int64_t samples = 0;
    for (std::size_t b = 0; b < batches.size() && summary.steps < limit; ++b) {
      model.advance(static_cast<double>(summary.steps) / static_cast<double>(limit));
      const auto rows_taken = static_cast<std::int64_t>(batches[b].size());
      loss_sum += training.step({&store, &log, batches[b]}, loss, summary.steps) * static_cast<double>(rows_taken);
      samples += rows_taken;
      ++summary.steps;
      if (progress && summary.steps % kProgressSteps == 0) progress(summary.steps, limit);
    }
    ++summary.epochs;
    summary.samples += samples;
    summary.train_loss = loss_sum / static_cast<double>(samples);
    if (split.held_out.empty() || !model.settled()) continue;
    const double held_out_loss = mean_loss(training, store, log, held_out, loss);
    if (best.empty() || held_out_loss < summary.held_out_loss) {
      best = copy_values(training.parameters());
      summary.held_out_loss = held_out_loss;
      epochs_since_best = 0;
    } else {
      ++epochs_since_best;
    }
  }
  restore(best, training.parameters());
  model.advance(1);
  count_work(model, training.optimizer(), training.parameters(), summary);
  if (progress) progress(limit, limit);
  return summary;
}

TrainSummary train(Learnable<float>& model, const FeatureStore& store, const LogTable& log, const TrainParams& params,
                   std::uint64_t seed, const Progress& progress) {
  const auto rows = exposed_rows(log);
  const auto loss = [](const Batch& batch, std::span<const float> logits, std::span<float> gradients, std::int64_t) {
    return click_bce<float>(batch, logits, gradients);
  };
  return train_on(model, store, log, rows, on_first_output<float>(loss, model.outputs()), params, seed, progress);
}

}  // namespace cascade
