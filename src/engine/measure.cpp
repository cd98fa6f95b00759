#include "engine/measure.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/real.h"
#include "metrics/attribution.h"
#include "metrics/ranking.h"
#include "metrics/survival.h"

namespace cascade {

namespace {

constexpr std::size_t kMaxSplitStages = 6;  // 64 funnels

double true_sum(const World& world, const Request& request, std::span<const ItemId> items) {
  std::vector<float> values(items.size());
  world.true_value(request, items, values);
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Value of the oracle's page.
double sum_of_best(std::span<const ScoredItem> oracle, std::size_t page) {
  double sum = 0;
  for (std::size_t k = 0; k < std::min(page, oracle.size()); ++k) sum += static_cast<double>(oracle[k].score);
  return sum;
}

std::vector<ItemId> page_of(const FunnelPlan& plan, BlockRun& block, std::size_t r) {
  return block.stage(plan, plan.stages.size() - 1).kept[r].items;
}

std::string at(const std::string& metric, int k) { return metric + "@" + std::to_string(k); }

}  // namespace

std::string rate_name(Value value) {
  switch (value) {
    case Value::click:
      return "ctr";
    case Value::conversion:
      return "cvr";
    case Value::ecpm:
      return "ecpm";
    case Value::gmv:
      return "gmv";
  }
  return "ctr";
}

Measures::Measures(const Scenario& scenario, FunnelPlan plan)
    : truth_at_(scenario.evaluate.truth_at), plan_(std::move(plan)), rate_name_(rate_name(scenario.world.value)) {
  page_ = plan_.stages.back().keep;
  const auto add = [&](const std::string& name) {
    column_[name] = columns_.size();
    columns_.push_back(name);
  };
  for (const std::string& name : {std::string("value"), rate_name_, std::string("regret")}) add(name);
  if (splits_regret(scenario))
    for (const StageSpec& stage : scenario.funnel) add("regret." + stage.name);
  for (const int k : truth_at_) add(at("joint_recall", k));
  for (const char* name : {"flops", "compute_us", "latency_us", "value_per_compute"}) add(name);
  if (plan_.quotas != nullptr) add("budget_used");
  for (std::size_t j = 0; j < plan_.stages.size(); ++j) {
    names_.push_back(scenario.funnel[j].name);
    if (plan_.stages[j].fitted.scoring != nullptr) fine_ = static_cast<int>(j);
  }
  for (std::size_t j = 0; j < plan_.stages.size(); ++j) {
    const std::string prefix = names_[j] + ".";
    for (const char* metric : {"joint_recall", "lost", "stage_recall", "alone_recall"})
      for (const int k : truth_at_) add(prefix + at(metric, k));
    for (const char* metric : {"in", "out", "cut", "items_scored", "flops", "bytes_read", "compute_us", "latency_us"})
      add(prefix + metric);
    if (allocates(j)) add(prefix + "allowed");
    const bool scores = j > 0 && plan_.stages[j].fitted.scoring != nullptr;
    if (scores && j + 1 < plan_.stages.size() && plan_.stages[j + 1].fitted.scoring != nullptr) {
      for (const int k : truth_at_) add(prefix + at("overlap_next", k));
      add(prefix + "overlap_next@keep");
    }
    if (scores && static_cast<int>(j) != fine_) {
      for (const int k : truth_at_) add(prefix + at("overlap_fine", k));
      add(prefix + "overlap_fine@keep");
      add(prefix + "kendall_tau_fine");
      for (const int k : truth_at_) add(prefix + at("ndcg_fine", k));
    }
  }
  arm_columns_ = {"value", "headroom"};
  for (const int k : truth_at_) arm_columns_.push_back(at("joint_recall", k));
}

bool Measures::splits_regret(const Scenario& scenario) {
  return scenario.evaluate.split_regret && scenario.funnel.size() <= kMaxSplitStages;
}

void Measures::set(std::span<double> row, const std::string& column, double value) const {
  row[column_.at(column)] = value;
}

double Measures::page_value(const World& world, const FunnelPlan& plan, BlockRun& block, std::size_t r) {
  return true_sum(world, block.requests()[r], page_of(plan, block, r));
}

void Measures::measure(const World& world, BlockRun& block, std::size_t r, std::span<const ScoredItem> oracle,
                       bool align, std::span<double> row) const {
  std::fill(row.begin(), row.end(), std::numeric_limits<double>::quiet_NaN());
  const Request& request = block.requests()[r];
  std::vector<ItemId> best;
  for (const ScoredItem& s : oracle) best.push_back(s.item);
  const double oracle_value = sum_of_best(oracle, page_);

  const std::vector<ItemId> page = page_of(plan_, block, r);
  const double value = true_sum(world, request, page);
  set(row, "value", value);
  // eCPM is money per mille.
  const double scale = rate_name_ == "ecpm" ? 1000 : 1;
  if (!page.empty()) set(row, rate_name_, scale * value / static_cast<double>(page.size()));
  set(row, "regret", regret(value, oracle_value));

  std::vector<std::vector<ItemId>> kept;
  for (std::size_t j = 0; j < plan_.stages.size(); ++j) kept.push_back(block.stage(plan_, j).kept[r].items);
  const OracleSurvival survival(best, kept);
  for (const int k : truth_at_) {
    const auto top = static_cast<std::size_t>(k);
    set(row, at("joint_recall", k), survival.joint_recall(top, static_cast<int>(kept.size()) - 1));
    for (std::size_t j = 0; j < kept.size(); ++j) {
      const std::string prefix = names_[j] + ".";
      set(row, prefix + at("joint_recall", k), survival.joint_recall(top, static_cast<int>(j)));
      set(row, prefix + at("lost", k), survival.lost(top, static_cast<int>(j)));
      set(row, prefix + at("stage_recall", k), survival.stage_recall(top, static_cast<int>(j)));
    }
  }

  Price total;
  double flops = 0;
  for (std::size_t j = 0; j < plan_.stages.size(); ++j) {
    const StageRun& run = block.stage(plan_, j);
    const Price cost = stage_price(plan_.stages[j], plan_.stages[j].hardware, run.work[r], run.in[r] - run.cut[r]);
    const std::string prefix = names_[j] + ".";
    set(row, prefix + "in",
        j == 0 ? static_cast<double>(world.features().num_items()) : static_cast<double>(run.in[r]));
    set(row, prefix + "out", static_cast<double>(run.kept[r].size()));
    set(row, prefix + "cut", static_cast<double>(run.cut[r]));
    if (allocates(j)) set(row, prefix + "allowed", static_cast<double>(block.quota(plan_, j, r)));
    set(row, prefix + "items_scored", run.work[r].items);
    set(row, prefix + "flops", run.work[r].flops);
    set(row, prefix + "bytes_read", run.work[r].bytes);
    set(row, prefix + "compute_us", cost.compute_us);
    set(row, prefix + "latency_us", cost.latency_us);
    total.compute_us += cost.compute_us;
    total.latency_us += cost.latency_us;
    flops += run.work[r].flops;
    if (align && j > 0) align_stage(block, r, j, best, row);
  }
  set(row, "flops", flops);
  set(row, "compute_us", total.compute_us);
  set(row, "latency_us", total.latency_us);
  if (total.compute_us > 0) set(row, "value_per_compute", value / (total.compute_us / 1000));
  if (plan_.quotas != nullptr)
    set(row, "budget_used", (plan_.quotas->unit == BudgetUnit::us ? total.compute_us : flops) / plan_.quotas->budget);
}

void Measures::align_stage(BlockRun& block, std::size_t r, std::size_t j, std::span<const ItemId> oracle,
                           std::span<double> row) const {
  const PlannedStage& stage = plan_.stages[j];
  if (stage.fitted.scoring == nullptr) return;
  const std::string prefix = names_[j] + ".";
  const std::size_t keep = block.quota(plan_, j, r);
  const CandidateList& recalled = block.stage(plan_, 0).kept[r];

  // The same stage and quota given all that recall returned.
  std::vector<std::uint32_t> all(recalled.size());
  std::iota(all.begin(), all.end(), 0U);
  const std::vector<float> on_all = block.scores(plan_, stage, r, all);
  std::vector<std::uint32_t> best;
  top_positions(on_all, recalled.items, keep, best);
  std::vector<ItemId> alone;
  for (const std::uint32_t p : best) alone.push_back(recalled.items[p]);
  for (const int k : truth_at_)
    set(row, prefix + at("alone_recall", k),
        alone_recall(alone, recalled.items,
                     oracle.first(std::min<std::size_t>(static_cast<std::size_t>(k), oracle.size()))));

  // Agreement with a later scorer on the candidates that this stage scored.
  const StageRun& before = block.stage(plan_, j - 1);
  const std::size_t scored = before.kept[r].size() - block.stage(plan_, j).cut[r];
  const std::span<const std::uint32_t> places(before.place[r].data(), scored);
  const std::span<const ItemId> items(before.kept[r].items.data(), scored);
  const std::vector<float>& own = block.stage(plan_, j).scores[r];
  if (j + 1 < plan_.stages.size() && plan_.stages[j + 1].fitted.scoring != nullptr) {
    const std::vector<float> next = block.scores(plan_, plan_.stages[j + 1], r, places);
    for (const int k : truth_at_)
      set(row, prefix + at("overlap_next", k), overlap_top(own, next, items, static_cast<std::size_t>(k)));
    set(row, prefix + "overlap_next@keep", overlap_top(own, next, items, keep));
  }
  if (static_cast<int>(j) >= fine_) return;
  const PlannedStage& fine_stage = plan_.stages[static_cast<std::size_t>(fine_)];
  const std::vector<float> fine = block.scores(plan_, fine_stage, r, places);
  std::vector<double> gains(fine.size());
  for (std::size_t k = 0; k < fine.size(); ++k) gains[k] = fine_stage.fitted.scoring->expected_value(fine[k]);
  for (const int k : truth_at_) {
    const auto m = static_cast<std::size_t>(k);
    set(row, prefix + at("overlap_fine", k), overlap_top(own, fine, items, m));
    set(row, prefix + at("ndcg_fine", k), ndcg(own, gains, items, m));
  }
  set(row, prefix + "overlap_fine@keep", overlap_top(own, fine, items, keep));
  set(row, prefix + "kendall_tau_fine", kendall_tau_b(own, fine));
}

void Measures::measure_arm(const World& world, const FunnelPlan& arm, BlockRun& block, std::size_t r,
                           std::span<const ScoredItem> oracle, std::span<double> row) const {
  const std::vector<ItemId> page = page_of(arm, block, r);
  row[0] = page_value(world, arm, block, r);
  row[1] = row[0] - page_value(world, plan_, block, r);
  std::vector<ItemId> best;
  for (const ScoredItem& s : oracle) best.push_back(s.item);
  const std::vector<std::vector<ItemId>> kept = {page};
  const OracleSurvival survival(best, kept);
  for (std::size_t n = 0; n < truth_at_.size(); ++n)
    row[2 + n] = survival.joint_recall(static_cast<std::size_t>(truth_at_[n]), 0);
}

void Measures::split_regret(const World& world, std::span<const FunnelPlan> swaps, BlockRun& block, std::size_t r,
                            std::span<const ScoredItem> oracle, std::span<double> row) const {
  const double best = sum_of_best(oracle, page_);
  std::vector<double> worth;
  for (const FunnelPlan& swap : swaps) worth.push_back(page_value(world, swap, block, r));
  const std::vector<double> share = shapley(worth);
  for (std::size_t j = 0; j < share.size(); ++j)
    set(row, "regret." + names_[j], best > 0 ? share[j] / best : std::numeric_limits<double>::quiet_NaN());
}

Measures::Calibration Measures::calibrate(const World& world, BlockRun& block, std::size_t r, std::size_t stage,
                                          Space space) const {
  const std::size_t cut_by = space == Space::ranked ? plan_.stages.size() - 1 : 1;
  const StageRun& came = block.stage(plan_, cut_by - 1);
  std::vector<std::uint32_t> passed = block.stage(plan_, cut_by).place[r];
  std::sort(passed.begin(), passed.end());
  std::vector<std::uint32_t> places;
  for (const std::uint32_t p : came.place[r])
    if (!std::binary_search(passed.begin(), passed.end(), p)) places.push_back(p);
  const CandidateList& recalled = block.stage(plan_, 0).kept[r];
  std::vector<ItemId> items;
  for (const std::uint32_t p : places) items.push_back(recalled.items[p]);
  std::vector<float> truth(items.size());
  world.true_logits(block.requests()[r], items, truth);
  const ScoringStage& scoring = *plan_.stages[stage].fitted.scoring;
  const std::vector<float> scores = block.scores(plan_, plan_.stages[stage], r, places);
  Calibration sums;
  for (std::size_t k = 0; k < items.size(); ++k) {
    sums.predicted += scoring.click_probability(items[k], scores[k]);
    sums.expected += sigmoid(truth[k]);
  }
  return sums;
}

}  // namespace cascade
