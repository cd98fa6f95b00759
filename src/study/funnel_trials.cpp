#include "study/funnel_trials.h"

#include "engine/outcome.h"
#include "engine/replicate.h"
#include "metrics/ranking.h"

namespace cascade {

FittedWorlds::FittedWorlds(const Study& study, const FunnelSpace& space, bool keep, const RunProgress& progress)
    : space_(space),
      base_(study.file.scenario),
      keep_(keep),
      progress_(progress),
      worlds_(static_cast<std::size_t>(base_.evaluate.replicates)) {}

void FittedWorlds::use(const std::function<void(std::size_t, const Fitted&, const RunProgress&)>& use) {
  for (std::size_t k = 0; k < worlds_.size(); ++k) {
    if (worlds_[k] == nullptr) worlds_[k] = make(k);
    use(k, *worlds_[k], progress_of(k));
    if (!keep_) worlds_[k] = nullptr;
  }
}

RunProgress FittedWorlds::progress_of(std::size_t k) const {
  if (!progress_) return {};
  return [this, k](const std::string& phase, double share) {
    progress_("world " + std::to_string(k + 1) + "/" + std::to_string(worlds_.size()) + ": " + phase, share);
  };
}

std::unique_ptr<FittedWorlds::Fitted> FittedWorlds::make(std::size_t k) const {
  const RunProgress progress = progress_of(k);
  if (progress) progress("world", 0);
  auto world = std::make_unique<Fitted>();
  world->universe = std::make_unique<Universe>(base_.world, replicate_seed(base_.seed, k));
  std::vector<Scenario> scenarios;
  FunnelPoint point;
  point.setting.assign(space_.num_stages(), 0);
  point.keep.assign(space_.num_stages(), 0);
  for (std::size_t j = 0; j < space_.num_stages(); ++j)
    for (std::size_t s = 0; s < space_.num_settings(j); ++s) {
      FunnelPoint with = point;
      with.setting[j] = s;
      scenarios.push_back(space_.scenario(with));
    }
  std::vector<const Scenario*> pointers;
  for (const Scenario& scenario : scenarios) pointers.push_back(&scenario);
  world->universe->train_all(pointers, 0, progress);
  std::size_t next = 0;
  for (std::size_t j = 0; j < space_.num_stages(); ++j) {
    world->stages.emplace_back();
    for (std::size_t s = 0; s < space_.num_settings(j); ++s)
      world->stages[j].push_back(world->universe->fit(scenarios[next++], 0)[j]);
  }
  return world;
}

FunnelTrials::FunnelTrials(const Study& study, const FunnelSpace& space, FittedWorlds& worlds, std::string name,
                           std::size_t first, std::size_t count)
    : params_(study.file.optimize),
      space_(space),
      base_(study.file.scenario),
      worlds_(worlds),
      name_(std::move(name)),
      first_(first),
      count_(count) {
  if (params_.objective.starts_with("joint_recall@"))
    for (std::size_t n = 0; n < base_.evaluate.truth_at.size(); ++n)
      if (params_.objective == "joint_recall@" + std::to_string(base_.evaluate.truth_at[n])) truth_ = n;
}

std::size_t FunnelTrials::find(const FunnelPoint& point) const {
  const auto at = number_.find(point);
  return at == number_.end() ? kNone : at->second;
}

void FunnelTrials::run(std::span<const FunnelPoint> points) {
  std::vector<std::size_t> fresh;
  for (const FunnelPoint& point : points) {
    if (!number_.emplace(point, trials_.size()).second) continue;
    fresh.push_back(trials_.size());
    Trial trial;
    trial.point = point;
    trial.objective.resize(num_replicates() * num_requests());
    trials_.push_back(std::move(trial));
  }
  if (fresh.empty()) return;
  worlds_.use([&](std::size_t k, const FittedWorlds::Fitted& world, const RunProgress& progress) {
    RunProgress named;
    if (progress) named = [&](const std::string&, double share) { progress(name_, share); };
    replay(k, world, fresh, named);
  });
}

void FunnelTrials::replay(std::size_t k, const FittedWorlds::Fitted& world, std::span<const std::size_t> fresh,
                          const RunProgress& progress) {
  FunnelTree tree;
  Scenario scenario = base_;
  for (const std::size_t t : fresh) {
    const FunnelPoint& point = trials_[t].point;
    std::vector<FittedStage> fitted;
    for (std::size_t j = 0; j < space_.num_stages(); ++j) {
      scenario.funnel[j].keep = space_.quotas(j)[point.keep[j]];
      fitted.push_back(world.stages[j][point.setting[j]]);
    }
    tree.add(scenario, fitted);
  }
  const Replay replay(world.universe->world(), tree, base_.evaluate.truth_at);
  const std::size_t n = num_requests();
  std::vector<Request> requests;
  for (std::size_t r = first_; r < first_ + n; ++r)
    requests.push_back(world.universe->world().request(kEvaluationSample, r, base_.logs.days));
  // Costs as sums over blocks in their order, so that they do not depend on who ran which.
  const std::size_t blocks = (n + kRequestBlock - 1) / kRequestBlock;
  std::vector<std::vector<Replay::Cost>> costs(blocks);
  replay_all(replay, requests, progress, [&](std::size_t first, const ReplayBlock& block) {
    std::vector<Replay::Cost>& sums = costs[first / kRequestBlock];
    sums.resize(fresh.size());
    for (std::size_t r = 0; r < block.value.rows(); ++r) {
      for (std::size_t f = 0; f < fresh.size(); ++f) {
        trials_[fresh[f]].objective[k * n + first + r] = objective(replay, f, block, r);
        const Replay::Cost cost = replay.cost(f, block, r);
        sums[f].flops += cost.flops;
        sums[f].compute_us += cost.compute_us;
        sums[f].latency_us += cost.latency_us;
      }
    }
  });
  const auto served = static_cast<double>(n * num_replicates());
  for (const std::vector<Replay::Cost>& sums : costs) {
    for (std::size_t f = 0; f < fresh.size(); ++f) {
      trials_[fresh[f]].flops += sums[f].flops / served;
      trials_[fresh[f]].compute_us += sums[f].compute_us / served;
      trials_[fresh[f]].latency_us += sums[f].latency_us / served;
    }
  }
}

double FunnelTrials::objective(const Replay& replay, std::size_t f, const ReplayBlock& block, std::size_t r) const {
  if (truth_ != kNone) return replay.joint_recall(f, truth_, block, r);
  const double value = block.value(r, replay.tree().funnels()[f].leaf);
  if (params_.objective == "value") return value;
  return -regret(value, replay.oracle_value(f, block, r));
}

}  // namespace cascade
