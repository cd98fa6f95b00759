#include "engine/funnel_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/errors.h"
#include "base/text.h"
#include "base/top_k.h"

namespace cascade {

namespace {

int number_of(std::map<std::string, int>& known, const std::string& text) {
  return known.emplace(text, static_cast<int>(known.size())).first->second;
}

std::string budget_text(const BudgetParams& budget) {
  return number_text(budget.flops) + " " + number_text(budget.us) + (budget.enforce ? " enforced" : "");
}

std::string hardware_text(const HardwareParams& h) {
  return number_text(h.gflops) + " " + number_text(h.gbytes_per_s) + " " + number_text(h.fixed_us);
}

/// Position of each kept item in the list it came from; lists are short enough for one sort a request.
std::vector<std::uint32_t> find_places(const CandidateList& kept, const CandidateList& from,
                                       std::span<const std::uint32_t> from_places) {
  std::vector<std::uint32_t> by_item(from.size());
  std::iota(by_item.begin(), by_item.end(), 0U);
  std::sort(by_item.begin(), by_item.end(),
            [&](std::uint32_t a, std::uint32_t b) { return from.items[a] < from.items[b]; });
  std::vector<std::uint32_t> places;
  places.reserve(kept.size());
  for (const ItemId item : kept.items) {
    const auto at = std::lower_bound(by_item.begin(), by_item.end(), item,
                                     [&](std::uint32_t p, ItemId wanted) { return from.items[p] < wanted; });
    CASCADE_CHECK(at != by_item.end() && from.items[*at] == item, "a stage passed on an item that it did not get");
    places.push_back(from_places[*at]);
  }
  return places;
}

CandidateList first_of(const CandidateList& list, std::size_t n) {
  CandidateList head;
  const auto count = static_cast<std::ptrdiff_t>(n);
  head.items.assign(list.items.begin(), list.items.begin() + count);
  head.scores.assign(list.scores.begin(), list.scores.begin() + count);
  if (!list.channel.empty()) head.channel.assign(list.channel.begin(), list.channel.begin() + count);
  return head;
}

}  // namespace

FunnelPlan FunnelPlanner::plan(const Scenario& scenario, std::span<const FittedStage> fitted) {
  FunnelPlan plan;
  plan.budget = scenario.budget;
  for (std::size_t j = 0; j < fitted.size(); ++j) {
    const StageSpec& spec = scenario.funnel[j];
    PlannedStage stage;
    stage.fitted = fitted[j];
    stage.keep = static_cast<std::size_t>(spec.keep);
    stage.budget = spec.budget;
    stage.hardware = spec.own_hardware ? spec.hardware : scenario.hardware;
    plan.stages.push_back(std::move(stage));
  }
  number(plan);
  return plan;
}

FunnelPlan FunnelPlanner::replace(const FunnelPlan& plan, std::size_t stage, const FittedStage& control) {
  FunnelPlan arm = plan;
  arm.stages[stage].fitted = control;
  number(arm);
  return arm;
}

void FunnelPlanner::number(FunnelPlan& plan) {
  std::string prefix = plan.budget.enforce ? budget_text(plan.budget) : "";
  for (PlannedStage& stage : plan.stages) {
    stage.scores_id = number_of(scores_, stage.fitted.key);
    prefix += "|" + std::to_string(stage.scores_id) + " " + std::to_string(stage.keep);
    if (stage.budget.enforce || plan.budget.enforce)
      prefix += " " + budget_text(stage.budget) + " " + hardware_text(stage.hardware);
    stage.prefix_id = number_of(prefixes_, prefix);
  }
}

const StageRun& BlockRun::stage(const FunnelPlan& plan, std::size_t stage) {
  const int id = plan.stages[stage].prefix_id;
  if (const auto found = runs_.find(id); found != runs_.end()) return found->second;
  if (stage > 0) this->stage(plan, stage - 1);
  StageRun run = stage == 0 ? recall(plan.stages[0], plan) : later(plan, stage);
  return runs_.emplace(id, std::move(run)).first->second;
}

void BlockRun::forget(const FunnelPlan& plan, int from) {
  for (std::size_t j = 1; j < plan.stages.size(); ++j)
    if (plan.stages[j].prefix_id >= from) runs_.erase(plan.stages[j].prefix_id);
}

StageRun BlockRun::recall(const PlannedStage& stage, const FunnelPlan& plan) const {
  StageRun run;
  stage.fitted.stage->run(requests_, nullptr, stage.keep, run.kept);
  const std::size_t n = requests_.size();
  run.place.resize(n);
  for (std::size_t r = 0; r < n; ++r) {
    run.place[r].resize(run.kept[r].size());
    std::iota(run.place[r].begin(), run.place[r].end(), 0U);
  }
  run.scores.resize(n);
  run.in.assign(n, 0);
  run.cut.assign(n, 0);
  run.work.assign(n, stage.fitted.work.per_request);
  run.spent.assign(n, used(stage.fitted.work.per_request, plan.budget.unit(), stage.hardware));
  return run;
}

StageRun BlockRun::later(const FunnelPlan& plan, std::size_t index) {
  const PlannedStage& stage = plan.stages[index];
  const StageRun& before = this->stage(plan, index - 1);
  const std::size_t n = requests_.size();
  StageRun run;
  run.kept.resize(n);
  run.place.resize(n);
  run.scores.resize(n);
  run.in.resize(n);
  run.cut.resize(n);
  run.work.resize(n);
  run.spent.resize(n);
  for (std::size_t r = 0; r < n; ++r) {
    const CandidateList& all = before.kept[r];
    run.in[r] = all.size();
    std::size_t scored = all.size();
    if (stage.budget.enforce)
      scored = affordable(stage.fitted.work, scored, stage.budget.unit(), stage.budget.limit(), stage.hardware);
    if (plan.budget.enforce)
      scored = affordable(stage.fitted.work, scored, plan.budget.unit(),
                          std::max(0.0, plan.budget.limit() - before.spent[r]), stage.hardware);
    run.cut[r] = all.size() - scored;
    const CandidateList list = scored == all.size() ? all : first_of(all, scored);
    const std::span<const std::uint32_t> places(before.place[r].data(), scored);
    if (stage.fitted.scoring != nullptr) {
      run.scores[r] = scores(plan, stage, r, places);
      std::vector<std::uint32_t> best;
      top_positions(run.scores[r], list.items, stage.keep, best);
      for (const std::uint32_t p : best) {
        run.kept[r].items.push_back(list.items[p]);
        run.kept[r].scores.push_back(run.scores[r][p]);
        if (!list.channel.empty()) run.kept[r].channel.push_back(list.channel[p]);
        run.place[r].push_back(places[p]);
      }
    } else {
      const CandidateBlock in(1, list);
      CandidateBlock out;
      stage.fitted.stage->run(requests_.subspan(r, 1), &in, stage.keep, out);
      run.place[r] = find_places(out[0], list, places);
      run.kept[r] = std::move(out[0]);
    }
    // A stage that cannot even afford its request side does nothing and passes nothing on.
    if (scored > 0)
      run.work[r] = stage.fitted.work.per_request + static_cast<double>(scored) * stage.fitted.work.per_candidate;
    run.spent[r] = before.spent[r] + used(run.work[r], plan.budget.unit(), stage.hardware);
  }
  return run;
}

std::vector<float> BlockRun::scores(const FunnelPlan& plan, const PlannedStage& by, std::size_t r,
                                    std::span<const std::uint32_t> places) {
  const CandidateList& recalled = stage(plan, 0).kept[r];
  auto& table = tables_[{plan.stages[0].prefix_id, by.scores_id}];
  if (table.empty()) table.resize(requests_.size());
  std::vector<float>& known = table[r];
  if (known.empty()) known.assign(recalled.size(), std::numeric_limits<float>::quiet_NaN());
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t p : places)
    if (std::isnan(known[p])) missing.push_back(p);
  if (!missing.empty()) {
    std::vector<ItemId> items;
    items.reserve(missing.size());
    for (const std::uint32_t p : missing) items.push_back(recalled.items[p]);
    std::vector<float> fresh(items.size());
    by.fitted.scoring->scores(requests_[r], items, fresh);
    for (std::size_t k = 0; k < missing.size(); ++k) known[missing[k]] = fresh[k];
  }
  std::vector<float> result;
  result.reserve(places.size());
  for (const std::uint32_t p : places) result.push_back(known[p]);
  return result;
}

}  // namespace cascade
