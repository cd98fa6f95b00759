#include "engine/allocation.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/errors.h"
#include "base/parallel.h"
#include "base/text.h"

namespace cascade {

namespace {

/// Every request at one level.
class OneLevel final : public QuotaRule {
 public:
  explicit OneLevel(std::size_t level) : level_(level) {}
  std::size_t level(const Request&, const CandidateList&) const override { return level_; }
  const FunnelPlan& observed() const override { return nothing_; }

 private:
  std::size_t level_;
  FunnelPlan nothing_;
};

/// The latest requests of a log, in its order.
std::vector<Request> latest_requests(const LogTable& log, std::size_t most) {
  std::vector<Request> requests;
  for (std::size_t row = log.size(); row-- > 0 && requests.size() < most;) {
    const bool known =
        !requests.empty() && requests.back().index == log.request[row] && requests.back().day == log.day[row];
    if (known) continue;
    Request request;
    request.index = log.request[row];
    request.user = log.user[row];
    request.day = log.day[row];
    requests.push_back(request);
  }
  std::reverse(requests.begin(), requests.end());
  return requests;
}

std::size_t first_allocated(const std::vector<std::vector<std::size_t>>& levels) {
  std::size_t stage = 0;
  while (levels[0][stage] == 0) ++stage;
  return stage;
}

/// The last scoring stage, whose probabilities say what a page is worth.
const PlannedStage& fine_ranker(const FunnelPlan& plan) {
  for (std::size_t j = plan.stages.size(); j-- > 1;) {
    const ScoringStage* scoring = plan.stages[j].fitted.scoring;
    if (scoring == nullptr) continue;
    if (scoring->objective() != Objective::value) return plan.stages[j];
    break;
  }
  throw InputError("allocation: gains are what the fine ranker expects, but no trained model scores after recall");
}

double page_expectation(const FunnelPlan& plan, const PlannedStage& fine, BlockRun& block, std::size_t r) {
  const std::vector<std::uint32_t>& page = block.stage(plan, plan.stages.size() - 1).place[r];
  double sum = 0;
  for (const float score : block.scores(plan, fine, r, page)) sum += fine.fitted.scoring->expected_value(score);
  return sum;
}

double request_cost(const FunnelPlan& plan, BudgetUnit unit, BlockRun& block, std::size_t r) {
  double cost = 0;
  for (std::size_t j = 0; j < plan.stages.size(); ++j) {
    const StageRun& run = block.stage(plan, j);
    cost += stage_used(plan.stages[j], run.work[r], run.in[r] - run.cut[r], unit);
  }
  return cost;
}

double column_mean(const Matrix<double>& values, std::size_t column) {
  std::vector<double> all(values.rows());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = values(i, column);
  return ordered_sum(all.data(), all.size()) / static_cast<double>(all.size());
}

LoggedLevels replay_logs(const Scenario& scenario, const LogTable& log, const FunnelPlan& plan,
                         const FunnelPlan& observed, std::span<const FunnelPlan> at_level, const RequestFacts& facts,
                         const RunProgress& progress) {
  LoggedLevels logged;
  logged.requests = latest_requests(log, static_cast<std::size_t>(scenario.allocation.requests));
  const std::size_t n = logged.requests.size();
  if (n == 0) throw InputError("allocation: the logs hold no request to estimate gains from");
  const std::size_t levels = at_level.size();
  const BudgetUnit unit = scenario.allocation.unit();
  const PlannedStage& fine = fine_ranker(plan);
  logged.gains = Matrix<double>(n, levels);
  logged.facts = Matrix<double>(n, facts.size());
  Matrix<double> costs(n, levels + 1);  // the last column: the funnel's own quotas
  if (progress) progress("replaying logs", 0);
  for_each_block(n, kRequestBlock, [&](std::size_t begin, std::size_t end) {
    BlockRun block(std::span<const Request>(logged.requests).subspan(begin, end - begin));
    for (std::size_t r = 0; r < end - begin; ++r) {
      const std::size_t row = begin + r;
      for (std::size_t j = 0; j < levels; ++j) {
        logged.gains(row, j) = page_expectation(at_level[j], fine, block, r);
        costs(row, j) = request_cost(at_level[j], unit, block, r);
      }
      costs(row, levels) = request_cost(plan, unit, block, r);
      facts.of(logged.requests[row], block.stage(observed, observed.stages.size() - 1).kept[r], logged.facts.row(row));
    }
  });
  for (std::size_t j = 0; j < levels; ++j) logged.costs.push_back(column_mean(costs, j));
  logged.plain_cost = column_mean(costs, levels);
  if (scenario.allocation.goal == AllocationGoal::soft_recall) {
    const auto dearest =
        static_cast<std::size_t>(std::max_element(logged.costs.begin(), logged.costs.end()) - logged.costs.begin());
    for (std::size_t i = 0; i < n; ++i) {
      const double most = logged.gains(i, dearest);
      for (double& gain : logged.gains.row(i)) gain = most > 0 ? gain / most : 0;
    }
  }
  return logged;
}

/// All that replay_logs() depends on besides the logs, in one universe and with one planner.
std::string replay_text(const AllocationParams& params, const FunnelPlan& plan, std::span<const FunnelPlan> at_level) {
  std::string text = std::to_string(params.requests) +
                     (params.goal == AllocationGoal::soft_recall ? "|recall|" : "|value|") +
                     (params.unit() == BudgetUnit::flops ? "flops|" : "us|") + join(params.known);
  for (const PlannedStage& stage : plan.stages) text += "|" + price_text(stage.hardware);
  text += "|" + std::to_string(plan.stages.back().prefix_id);
  for (const FunnelPlan& level : at_level) text += " " + std::to_string(level.stages.back().prefix_id);
  return text;
}

/// Share of the variance of a request's gains over its cheapest level that an estimate from three quarters of the
/// requests explains in the last quarter, pooled over the levels; 0 where there is none.
double explained_share(const LoggedLevels& logged) {
  const std::size_t n = logged.requests.size();
  const std::size_t learned = n - n / 4;
  const LevelGains estimate(logged.facts, logged.gains, learned);
  std::vector<double> predicted(logged.costs.size());
  std::vector<double> mean(logged.costs.size(), 0);
  for (std::size_t i = learned; i < n; ++i)
    for (std::size_t j = 0; j < mean.size(); ++j)
      mean[j] += (logged.gains(i, j) - logged.gains(i, 0)) / static_cast<double>(n - learned);
  double left = 0;
  double all = 0;
  for (std::size_t i = learned; i < n; ++i) {
    estimate.predict(logged.facts.row(i), predicted);
    for (std::size_t j = 0; j < mean.size(); ++j) {
      const double gain = logged.gains(i, j) - logged.gains(i, 0);
      const double error = gain - (predicted[j] - predicted[0]);
      left += error * error;
      all += (gain - mean[j]) * (gain - mean[j]);
    }
  }
  return all > 0 ? 1 - left / all : 0;
}

}  // namespace

std::vector<std::vector<std::size_t>> quota_levels(const Scenario& scenario) {
  std::vector<std::vector<std::size_t>> combinations = {{}};
  for (const StageSpec& stage : scenario.funnel) {
    std::vector<std::size_t> choices = {0};
    for (const auto& [name, allocated] : scenario.allocation.stages) {
      if (name != stage.name) continue;
      choices.clear();
      for (const int level : allocated.levels) choices.push_back(static_cast<std::size_t>(level));
    }
    std::vector<std::vector<std::size_t>> longer;
    for (const std::vector<std::size_t>& before : combinations) {
      for (const std::size_t choice : choices) {
        const auto last = std::find_if(before.rbegin(), before.rend(), [](std::size_t q) { return q > 0; });
        if (choice > 0 && last != before.rend() && choice > *last) continue;
        longer.push_back(before);
        longer.back().push_back(choice);
      }
    }
    combinations = std::move(longer);
  }
  return combinations;
}

LearnedQuotas::LearnedQuotas(const Scenario& scenario, const FeatureStore& store, FunnelPlan observed,
                             RequestFacts facts, const LoggedLevels& logged)
    : params_(scenario.allocation),
      store_(store),
      observed_(std::move(observed)),
      facts_(std::move(facts)),
      costs_(logged.costs) {
  quotas = quota_levels(scenario);
  unit = params_.unit();
  budget = params_.share * (params_.limit() > 0 ? params_.limit() : logged.plain_cost);
  std::vector<double> mean_gain;
  for (std::size_t j = 0; j < costs_.size(); ++j) mean_gain.push_back(column_mean(logged.gains, j));
  uniform_ = uniform_level(mean_gain, costs_, budget);
  about_.emplace_back("allocation_budget", budget);
  if (params_.kind == AllocationKind::by_segment) learn_groups(logged);
  if (params_.kind == AllocationKind::dcaf || params_.kind == AllocationKind::joint) learn_price(logged);
}

void LearnedQuotas::learn_groups(const LoggedLevels& logged) {
  const int group = store_.schema().find(params_.group);
  const std::size_t groups = store_.schema()[group].cardinality;
  Matrix<double> gains(groups, costs_.size());
  std::vector<double> count(groups, 0);
  for (std::size_t i = 0; i < logged.requests.size(); ++i) {
    const std::size_t g = group_of(logged.requests[i].user);
    if (g >= groups) continue;
    ++count[g];
    for (std::size_t j = 0; j < costs_.size(); ++j) gains(g, j) += logged.gains(i, j);
  }
  std::vector<double> weights(groups, 0);
  for (std::size_t g = 0; g < groups; ++g) {
    weights[g] = count[g] / static_cast<double>(logged.requests.size());
    for (double& gain : gains.row(g)) gain /= std::max(1.0, count[g]);
  }
  group_level_ = greedy_levels(gains, weights, costs_, budget);
  for (std::size_t g = 0; g < groups; ++g)
    if (count[g] < 1) group_level_[g] = uniform_;  // of whom the logs know nothing
}

void LearnedQuotas::learn_price(const LoggedLevels& logged) {
  const std::size_t n = logged.requests.size();
  estimate_ = LevelGains(logged.facts, logged.gains, n);
  predicted_ = Matrix<double>(n, costs_.size());
  for (std::size_t i = 0; i < n; ++i) estimate_.predict(logged.facts.row(i), predicted_.row(i));
  const PricedChoice choice = solve_lambda(predicted_, costs_, budget);
  lambda_ = choice.lambda;
  about_.emplace_back("lambda", lambda_);
  about_.emplace_back("dual_gap", choice.dual - choice.gain);
  about_.emplace_back("gain_r2", explained_share(logged));
}

std::size_t LearnedQuotas::group_of(UserId user) const {
  return store_.values(store_.schema().find(params_.group), user)[0];
}

std::vector<double> LearnedQuotas::gains(const Request& request, const CandidateList& seen) const {
  std::vector<double> facts(facts_.size());
  facts_.of(request, seen, facts);
  std::vector<double> gains(costs_.size());
  estimate_.predict(facts, gains);
  return gains;
}

std::size_t LearnedQuotas::level(const Request& request, const CandidateList& seen) const {
  switch (params_.kind) {
    case AllocationKind::uniform:
      break;
    case AllocationKind::by_segment: {
      const std::size_t group = group_of(request.user);
      return group < group_level_.size() ? group_level_[group] : uniform_;
    }
    case AllocationKind::dcaf:
    case AllocationKind::joint:
      return best_level(gains(request, seen), costs_, lambda_);
  }
  return uniform_;
}

std::vector<std::pair<std::string, double>> allocation_facts(const LearnedQuotas& rule, std::size_t stage,
                                                             std::span<const double> allowed) {
  std::vector<std::pair<std::string, double>> facts;
  if (stage == first_allocated(rule.quotas)) facts = rule.about();
  std::map<std::size_t, double> given;
  for (const std::vector<std::size_t>& level : rule.quotas) given[level[stage]] = 0;
  for (const double quota : allowed) ++given[static_cast<std::size_t>(quota)];
  for (const auto& [quota, count] : given)
    facts.emplace_back("quota_share@" + std::to_string(quota), count / static_cast<double>(allowed.size()));
  return facts;
}

FittedAllocation fit_allocation(Universe& universe, const Scenario& scenario, FunnelPlanner& planner,
                                const FunnelPlan& plan, int number, LoggedReplays& replays,
                                const RunProgress& progress) {
  const AllocationParams& params = scenario.allocation;
  const std::vector<std::vector<std::size_t>> levels = quota_levels(scenario);
  const std::size_t decides = first_allocated(levels);
  std::vector<std::size_t> ranks = {plan.stages.back().keep};
  for (const std::vector<std::size_t>& level : levels) ranks.push_back(level[decides]);
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  const FunnelPlan observed = planner.head(plan, decides, ranks.back());
  if (std::find(params.known.begin(), params.known.end(), kKnownScores) == params.known.end()) ranks.clear();
  std::vector<std::string> groups;
  for (const std::string& known : params.known)
    if (known != kKnownScores) groups.push_back(known);
  const FeatureStore& store = universe.world().features();
  RequestFacts facts(store, groups, ranks);

  FittedAllocation fitted;
  std::string among;  // equal levels are equal funnels, whoever's they are
  for (const std::vector<std::size_t>& level : levels)
    for (std::size_t s = 0; s < level.size(); ++s) among += (s == 0 ? " " : ",") + std::to_string(level[s]);
  for (std::size_t j = 0; j < levels.size(); ++j) {
    auto rule = std::make_shared<OneLevel>(j);
    rule->quotas = levels;
    rule->key = "level " + std::to_string(j) + " of" + among;
    fitted.at_level.push_back(planner.allocate(plan, std::move(rule)));
  }
  const Logs& logs = universe.logs(scenario, progress);
  std::shared_ptr<const LoggedLevels>& logged = replays[{&logs, replay_text(params, plan, fitted.at_level)}];
  if (logged == nullptr)
    logged = std::make_shared<const LoggedLevels>(
        replay_logs(scenario, logs.train, plan, observed, fitted.at_level, facts, progress));
  auto rule = std::make_shared<LearnedQuotas>(scenario, store, observed, std::move(facts), *logged);
  rule->key = "rule " + std::to_string(number);
  fitted.rule = rule;
  fitted.plan = planner.allocate(plan, std::move(rule));
  return fitted;
}

}  // namespace cascade
