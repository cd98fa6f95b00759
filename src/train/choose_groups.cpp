#include "train/choose_groups.h"

#include <algorithm>

namespace cascade {

std::vector<double> mean_group_weights(WeighingNetwork<float>& network, const FeatureStore& store, const LogTable& log,
                                       std::span<const std::uint32_t> rows, std::size_t batch) {
  CASCADE_CHECK(!rows.empty(), "a mean over no rows");
  std::vector<double> sums(network.groups().size(), 0.0);
  std::vector<float> logits;
  for (std::size_t begin = 0; begin < rows.size(); begin += batch) {
    const Batch part{&store, &log, rows.subspan(begin, std::min(batch, rows.size() - begin))};
    logits.resize(part.rows.size());
    network.forward(part, logits);
    const Matrix<float>& weights = network.group_weights();
    for (std::size_t r = 0; r < weights.rows(); ++r)
      for (std::size_t g = 0; g < sums.size(); ++g) sums[g] += static_cast<double>(weights(r, g));
  }
  for (double& sum : sums) sum /= static_cast<double>(rows.size());
  return sums;
}

GroupWeights weigh_groups(const GroupSelector& selector, const LogTable& log, const TrainParams& params,
                          std::uint64_t seed, const Progress& progress) {
  const auto network = selector.weighing_network();
  const FeatureStore& store = selector.store();
  const std::vector<std::uint32_t> rows = exposed_rows(log);
  GroupWeights weights;
  weights.flops = train(*network, store, log, params, seed, progress).flops;
  weights.groups = network->groups();
  weights.means = mean_group_weights(*network, store, log, rows, static_cast<std::size_t>(params.batch));
  // The weighing is a forward pass over all rows, a third of what a sample costs in training.
  weights.flops += network->flops_per_sample() / 3 * static_cast<double>(rows.size());
  return weights;
}

GroupChoice choose_groups(const GroupSelector& selector, const GroupWeights& weights) {
  std::vector<double> importance;
  for (const int group : selector.candidates()) {
    const auto at = std::find(weights.groups.begin(), weights.groups.end(), group);
    CASCADE_CHECK(at != weights.groups.end(), "a group without a weight");
    importance.push_back(weights.means[static_cast<std::size_t>(at - weights.groups.begin())]);
  }
  const std::vector<int> chosen = selector.choose(importance);
  GroupChoice choice;
  choice.network = selector.network_on(chosen);
  for (std::size_t k = 0; k < importance.size(); ++k) {
    const int group = selector.candidates()[k];
    const std::string& name = selector.store().schema()[group].name;
    choice.facts.emplace_back("importance." + name, importance[k]);
    choice.facts.emplace_back("kept." + name, std::count(chosen.begin(), chosen.end(), group) > 0 ? 1.0 : 0.0);
  }
  choice.facts.emplace_back("selection_flops", weights.flops);
  return choice;
}

}  // namespace cascade
