#include "engine/funnel_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/errors.h"
#include "base/text.h"
#include "base/top_k.h"
#include "cost/shards.h"

namespace cascade {

namespace {

int number_of(std::map<std::string, int>& known, const std::string& text) {
  return known.emplace(text, static_cast<int>(known.size())).first->second;
}

std::string budget_text(const BudgetParams& budget) {
  return number_text(budget.flops) + " " + number_text(budget.us) + (budget.enforce ? " enforced" : "");
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

Work stage_work(const PlannedStage& stage, std::size_t scored) {
  return scored > 0 ? split_work(stage.fitted.work, static_cast<double>(scored), stage.shards) : Work{};
}

Price stage_price(const PlannedStage& stage, const HardwareParams& hardware, const Work& work, std::size_t scored) {
  if (scored == 0) return price(work, hardware);
  return split_price(stage.fitted.work, static_cast<double>(scored), stage.shards, hardware);
}

double stage_used(const PlannedStage& stage, const Work& work, std::size_t scored, BudgetUnit unit) {
  return unit == BudgetUnit::flops ? work.flops : stage_price(stage, stage.hardware, work, scored).compute_us;
}

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
    stage.shards = j == 0 ? 1 : shards_of(scenario, j);
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

FunnelPlan FunnelPlanner::allocate(const FunnelPlan& plan, std::shared_ptr<const QuotaRule> quotas) {
  FunnelPlan allocated = plan;
  for (std::size_t j = 0; j < plan.stages.size(); ++j) {
    if (!quotas->allocates(j)) continue;
    allocated.stages[j].keep = 0;
    for (const std::vector<std::size_t>& level : quotas->quotas)
      allocated.stages[j].keep = std::max(allocated.stages[j].keep, level[j]);
  }
  allocated.quotas = std::move(quotas);
  number(allocated);
  return allocated;
}

FunnelPlan FunnelPlanner::head(const FunnelPlan& plan, std::size_t last, std::size_t keep) {
  FunnelPlan head = plan;
  head.quotas = nullptr;
  head.stages.resize(last + 1);
  head.stages[last].keep = keep;
  number(head);
  return head;
}

void FunnelPlanner::number(FunnelPlan& plan) {
  std::string prefix = plan.budget.enforce ? budget_text(plan.budget) : "";
  for (std::size_t j = 0; j < plan.stages.size(); ++j) {
    PlannedStage& stage = plan.stages[j];
    stage.scores_id = number_of(scores_, stage.fitted.key);
    prefix += "|" + std::to_string(stage.scores_id) + " " + std::to_string(stage.keep);
    if (plan.quotas != nullptr && plan.quotas->allocates(j)) prefix += " by " + plan.quotas->key;
    if (stage.shards > 1) prefix += " shards " + std::to_string(stage.shards);
    if (stage.budget.enforce || plan.budget.enforce)
      prefix += " " + budget_text(stage.budget) + " " + price_text(stage.hardware);
    stage.prefix_id = number_of(prefixes_, prefix);
  }
}

const StageRun& BlockRun::stage(const FunnelPlan& plan, std::size_t stage) {
  const int id = plan.stages[stage].prefix_id;
  if (const auto found = runs_.find(id); found != runs_.end()) return found->second;
  if (stage > 0) this->stage(plan, stage - 1);
  StageRun run = stage == 0 ? recall(plan) : later(plan, stage);
  return runs_.emplace(id, std::move(run)).first->second;
}

void BlockRun::forget(const FunnelPlan& plan, int from) {
  for (std::size_t j = 1; j < plan.stages.size(); ++j)
    if (plan.stages[j].prefix_id >= from) runs_.erase(plan.stages[j].prefix_id);
}

std::size_t BlockRun::quota(const FunnelPlan& plan, std::size_t stage, std::size_t r) {
  if (plan.quotas == nullptr || !plan.quotas->allocates(stage)) return plan.stages[stage].keep;
  const QuotaRule& rule = *plan.quotas;
  std::vector<std::size_t>& levels = levels_[rule.key];
  if (levels.empty()) {
    const FunnelPlan& observed = rule.observed();
    const CandidateList nothing;
    const StageRun* seen = observed.stages.empty() ? nullptr : &this->stage(observed, observed.stages.size() - 1);
    for (std::size_t k = 0; k < requests_.size(); ++k)
      levels.push_back(rule.level(requests_[k], seen == nullptr ? nothing : seen->kept[k]));
  }
  return rule.quotas[levels[r]][stage];
}

StageRun BlockRun::recall(const FunnelPlan& plan) {
  const PlannedStage& stage = plan.stages[0];
  StageRun run;
  stage.fitted.stage->run(requests_, nullptr, stage.keep, run.kept);
  const std::size_t n = requests_.size();
  // What recall finds is cut, whatever the quota: a narrower search would be another one.
  for (std::size_t r = 0; r < n; ++r)
    if (const std::size_t most = quota(plan, 0, r); most < run.kept[r].size())
      run.kept[r] = first_of(run.kept[r], most);
  run.place.resize(n);
  for (std::size_t r = 0; r < n; ++r) {
    run.place[r].resize(run.kept[r].size());
    std::iota(run.place[r].begin(), run.place[r].end(), 0U);
  }
  run.scores.resize(n);
  run.in.assign(n, 0);
  run.cut.assign(n, 0);
  run.work.assign(n, stage.fitted.work.per_request);
  run.spent.assign(n, used(stage.fitted.work, 0, plan.budget.unit(), stage.hardware));
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
    const std::size_t keep = quota(plan, index, r);
    run.in[r] = all.size();
    std::size_t scored = all.size();
    if (stage.budget.enforce)
      scored = affordable(stage.fitted.work, scored, stage.budget.unit(), stage.budget.limit(), stage.hardware,
                          stage.shards);
    if (plan.budget.enforce)
      scored = affordable(stage.fitted.work, scored, plan.budget.unit(),
                          std::max(0.0, plan.budget.limit() - before.spent[r]), stage.hardware, stage.shards);
    run.cut[r] = all.size() - scored;
    const CandidateList list = scored == all.size() ? all : first_of(all, scored);
    const std::span<const std::uint32_t> places(before.place[r].data(), scored);
    if (stage.fitted.scoring != nullptr) {
      run.scores[r] = scores(plan, stage, r, places);
      std::vector<std::uint32_t> best;
      top_positions(run.scores[r], list.items, keep, best);
      for (const std::uint32_t p : best) {
        run.kept[r].items.push_back(list.items[p]);
        run.kept[r].scores.push_back(run.scores[r][p]);
        if (!list.channel.empty()) run.kept[r].channel.push_back(list.channel[p]);
        run.place[r].push_back(places[p]);
      }
    } else {
      const CandidateBlock in(1, list);
      CandidateBlock out;
      stage.fitted.stage->run(requests_.subspan(r, 1), &in, keep, out);
      run.place[r] = find_places(out[0], list, places);
      run.kept[r] = std::move(out[0]);
    }
    // A stage that cannot even afford its request side does nothing and passes nothing on.
    run.work[r] = stage_work(stage, scored);
    run.spent[r] = before.spent[r] + stage_used(stage, run.work[r], scored, plan.budget.unit());
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
