#include "engine/funnel_tree.h"

#include <algorithm>
#include <utility>

namespace cascade {

std::size_t FunnelTree::add(const Scenario& scenario, std::span<const FittedStage> fitted) {
  FunnelPlan plan = planner_.plan(scenario, fitted);
  Funnel funnel;
  std::size_t parent = kNone;
  for (PlannedStage& stage : plan.stages) {
    const auto same = [&](const HardwareParams& h) { return price_text(h) == price_text(stage.hardware); };
    const auto known = std::find_if(hardware_.begin(), hardware_.end(), same);
    funnel.hardware.push_back(static_cast<std::size_t>(known - hardware_.begin()));
    if (known == hardware_.end()) hardware_.push_back(stage.hardware);
    const auto [at, is_new] = node_of_prefix_.emplace(stage.prefix_id, nodes_.size());
    if (is_new) {
      stage.fitted.key.clear();  // pages of text, and the numbers stand for it
      Node node;
      node.planned = std::move(stage);
      node.budget = plan.budget;
      node.parent = parent;
      nodes_.push_back(std::move(node));
    }
    parent = at->second;
    funnel.nodes.push_back(parent);
  }
  Node& last = nodes_[parent];
  if (last.leaf == kNone) last.leaf = num_leaves_++;
  funnel.leaf = last.leaf;
  longest_page_ = std::max(longest_page_, last.planned.keep);
  funnels_.push_back(std::move(funnel));
  return funnels_.size() - 1;
}

}  // namespace cascade
