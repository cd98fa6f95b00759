#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/group_selection.h"
#include "train/trainer.h"

namespace cascade {

/// What a training tells of itself, for a report: the same names in every replicate.
using NamedFacts = std::vector<std::pair<std::string, double>>;

struct GroupChoice {
  std::unique_ptr<Learnable<float>> network;  ///< on the groups kept, not trained
  /// importance.GROUP (mean weight) and kept.GROUP (0 or 1) of every group that was to choose from, and
  /// selection_flops, the counted work of the first training and of the weighing.
  NamedFacts facts;
};

/// Trains the selector's network as train() would, takes the mean of its weights over the exposed rows, in double, and
/// chooses.
GroupChoice choose_groups(GroupSelector& selector, const LogTable& log, const TrainParams& params, std::uint64_t seed,
                          const Progress& progress = {});

/// Mean weight of each of the network's groups over the rows: [network.groups()]. REQUIRES rows.
std::vector<double> mean_group_weights(WeighingNetwork<float>& network, const FeatureStore& store, const LogTable& log,
                                       std::span<const std::uint32_t> rows, std::size_t batch);

}  // namespace cascade
