#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/fields.h"
#include "data/logs.h"
#include "models/learnable.h"
#include "train/batches.h"
#include "train/losses.h"

namespace cascade {

enum class OptimizerKind { sgd, adagrad, adam };

/// The `train:` block of a model.
struct TrainParams {
  OptimizerKind optimizer = OptimizerKind::adam;  ///< dense layers
  OptimizerKind embedding_optimizer = OptimizerKind::adagrad;
  double learning_rate = 0.003;
  double embedding_learning_rate = 0.05;
  double l2 = 0;  ///< weight decay of the touched rows and dense weights, a step
  int batch = 1024;
  int epochs = 1;
  std::int64_t max_steps = 0;  ///< 0: no limit besides the epochs
  double held_out = 0;         ///< share of the last training day kept for early stopping; 0: off
  int patience = 1;            ///< epochs without a better held-out loss before it stops, the best kept
  void fields(config::FieldVisitor& v);
};

/// What training did: for the report's models[] part.
struct TrainSummary {
  std::int64_t steps = 0;
  std::int64_t samples = 0;
  std::int64_t parameters = 0;
  int epochs = 0;
  double train_loss = 0;     ///< mean BCE over the last epoch
  double held_out_loss = 0;  ///< of the kept epoch; 0 where off
  double flops = 0;          ///< counted: forward, backward and updates
  double bytes = 0;  ///< counted: look-ups in tables, their gradients, dense weights twice a step, updates; in floats
};

using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Row numbers of the exposed rows.
std::vector<std::uint32_t> exposed_rows(const LogTable& log);

/// Trains on these rows (ascending) of the log by this loss. Units are shuffled anew in every epoch. Where held_out >
/// 0, that share of the requests of the last day among `rows` is not trained on but watched. Same data and seed, same
/// bits; one thread (independent models train side by side). `progress(done, total)` is called now and then, in steps.
TrainSummary train_on(Learnable<float>& model, const FeatureStore& store, const LogTable& log,
                      std::span<const std::uint32_t> rows, const LossFunction<float>& loss, const TrainParams& params,
                      std::uint64_t seed, const Progress& progress = {}, Unit unit = Unit::row);

/// Trains on the exposed rows of the log by binary cross entropy on clicks (of several outputs the first). Same data
/// and seed, same bits; one thread (independent models train side by side). `progress(done, total)` is called now and
/// then.
TrainSummary train(Learnable<float>& model, const FeatureStore& store, const LogTable& log, const TrainParams& params,
                   std::uint64_t seed, const Progress& progress = {});

}  // namespace cascade
