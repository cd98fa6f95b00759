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

/// What a network that weighs its feature groups has learned of them: the same for whatever is then chosen by it.
struct GroupWeights {
  std::vector<int> groups;    ///< numbers in the schema
  std::vector<double> means;  ///< [groups] of the weights over the exposed rows, each in (0, 1)
  double flops = 0;           ///< counted work of the training and of the weighing
};

/// Trains the selector's weighing network as train() would, and takes the mean of its weights, in double.
GroupWeights weigh_groups(const GroupSelector& selector, const LogTable& log, const TrainParams& params,
                          std::uint64_t seed, const Progress& progress = {});

struct GroupChoice {
  std::unique_ptr<Learnable<float>> network;  ///< on the groups kept, not trained
  /// importance.GROUP (mean weight) and kept.GROUP (0 or 1) of every group that was to choose from, and
  /// selection_flops, the work of the weights.
  NamedFacts facts;
};

/// Chooses by these weights, which hold all of the selector's groups.
GroupChoice choose_groups(const GroupSelector& selector, const GroupWeights& weights);

/// Mean weight of each of the network's groups over the rows: [network.groups()]. REQUIRES rows.
std::vector<double> mean_group_weights(WeighingNetwork<float>& network, const FeatureStore& store, const LogTable& log,
                                       std::span<const std::uint32_t> rows, std::size_t batch);

}  // namespace cascade
