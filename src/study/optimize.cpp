#include "study/optimize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/text.h"
#include "engine/memory.h"
#include "metrics/info.h"
#include "metrics/ranking.h"
#include "study/finals.h"
#include "study/funnel_space.h"
#include "study/funnel_trials.h"
#include "study/load_figures.h"
#include "study/local_search.h"
#include "study/resampling.h"
#include "study/resolved.h"

namespace cascade {

namespace {

constexpr std::size_t kNone = FunnelTrials::kNone;
constexpr std::size_t kMostLoaded = 12;  ///< members of the front that are put under load

class FunnelSearch {
 public:
  FunnelSearch(const Study& study, const RunProgress& progress)
      : study_(study),
        params_(study.file.optimize),
        progress_(progress),
        space_(study),
        exhaustive_(space_.size() <= params_.max_funnels),
        worlds_(study, space_, !exhaustive_ || params_.finalists > 0, progress),
        trials_(study, space_, worlds_, "search", 0, static_cast<std::size_t>(study.file.scenario.evaluate.requests)),
        finals_(study, space_, worlds_, trials_) {}

  OptimizeResult run() {
    describe();
    const std::vector<FunnelPoint> drawn = draw(params_.random, std::uint64_t{1} << 40);
    if (exhaustive_) {
      trials_.run(space_.all());
      trials_.run(drawn);
    } else {
      search(drawn.empty() ? draw(params_.restarts, std::uint64_t{1} << 41) : drawn);
    }
    list_trials();
    find_random(drawn);
    choose();
    report();
    return std::move(result_);
  }

 private:
  void describe() {
    const Scenario& base = study_.file.scenario;
    result_.scenario = base.name;
    result_.question = base.question;
    result_.seed = base.seed;
    result_.build = build_text();
    result_.replicates = base.evaluate.replicates;
    result_.requests = base.evaluate.requests;
    result_.objective = params_.objective;
    result_.less_is_better = metric_direction(params_.objective) == Direction::lower;
    result_.cost = cost_axis_name(params_.cost);
    result_.exhaustive = exhaustive_;
    result_.possible = space_.size();
    const CostLimits& within = params_.within;
    for (const auto& [name, limit] : std::vector<std::pair<std::string, double>>{{"flops", within.flops},
                                                                                 {"compute_us", within.compute_us},
                                                                                 {"latency_us", within.latency_us},
                                                                                 {"p99_ms", within.p99_ms},
                                                                                 {"qps", within.qps}})
      if (limit > 0) result_.limits.emplace_back(name, limit);
  }

  double cost_of(const Trial& trial) const {
    switch (params_.cost) {
      case CostAxis::compute_us:
        return trial.compute_us;
      case CostAxis::latency_us:
        return trial.latency_us;
      case CostAxis::flops:
        return trial.flops;
    }
    return trial.compute_us;
  }

  /// Largest share by which a limit that needs no load is passed; 0 or less: within all of them.
  double excess(const Trial& trial, double budget = 0) const {
    double most = -1;
    const auto hold = [&](double used, double limit) {
      if (limit > 0) most = std::max(most, used / limit - 1);
    };
    hold(trial.flops, params_.within.flops);
    hold(trial.compute_us, params_.within.compute_us);
    hold(trial.latency_us, params_.within.latency_us);
    hold(cost_of(trial), budget);
    return most;
  }

  /// `count` funnels by chance, from the streams numbered from `first` on.
  std::vector<FunnelPoint> draw(int count, std::uint64_t first) const {
    std::vector<FunnelPoint> drawn;
    for (int i = 0; i < count; ++i) {
      Rng rng(study_.file.scenario.seed, Stream::bootstrap, first + static_cast<std::uint64_t>(i));
      drawn.push_back(space_.draw(rng));
    }
    return drawn;
  }

  /// By the requests that the search goes by, and for as much as the limits and a budget allow; funnels beyond a limit
  /// are better the less they pass it.
  bool better(std::size_t a, std::size_t b, double budget) const {
    const double over_a = std::max(0.0, excess(trials_[a], budget));
    const double over_b = std::max(0.0, excess(trials_[b], budget));
    if (over_a != over_b) return over_a < over_b;
    return searched_[a] > searched_[b];
  }

  void read_trials() {
    for (std::size_t t = searched_.size(); t < trials_.all().size(); ++t) searched_.push_back(finals_.searched(t));
  }

  void search(const std::vector<FunnelPoint>& drawn) {
    std::vector<double> budgets = {0};
    budgets.insert(budgets.end(), params_.budgets.begin(), params_.budgets.end());
    const auto order = [this](std::size_t a, std::size_t b, double budget) {
      read_trials();
      return better(a, b, budget);
    };
    result_.rounds = search_locally(space_, trials_, drawn, budgets, params_, order);
  }

  void list_trials() {
    const double sign = result_.less_is_better ? -1 : 1;
    read_trials();
    choosing_.assign(searched_.size(), kNaN);
    judging_.assign(searched_.size(), kNaN);
    for (const Trial& trial : trials_.all()) {
      TriedFunnel tried;
      for (std::size_t j = 0; j < space_.num_stages(); ++j) {
        const StageSpec& spec = space_.setting(j, trial.point.setting[j]);
        std::vector<std::string> words = {spec.stage.kind};
        for (const ModelUse& use : stage_catalog().find(spec.stage.kind)->maker.models(*spec.stage.parameters))
          words.push_back(use.model);
        tried.stages.push_back({spec.name, join(words, " "), space_.quotas(j)[trial.point.keep[j]]});
      }
      tried.flops = trial.flops;
      tried.compute_us = trial.compute_us;
      tried.latency_us = trial.latency_us;
      tried.cost = cost_of(trial);
      std::vector<double> by_replicate;
      const std::size_t n = trials_.num_requests();
      for (std::size_t k = 0; k < trials_.num_replicates(); ++k)
        by_replicate.push_back(mean(std::span(trial.objective).subspan(k * n, n)));
      tried.all = sign * mean(by_replicate);
      tried.allowed = excess(trial) <= 0;
      result_.tried.push_back(std::move(tried));
    }
  }

  /// The best `count` of some funnels, best first. Ties: the cheaper, then the earlier one.
  template <class Among>
  std::vector<std::size_t> best_of(const std::vector<double>& by, std::size_t count, const Among& among) const {
    std::vector<std::size_t> order;
    for (std::size_t t = 0; t < by.size(); ++t)
      if (among(t)) order.push_back(t);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return by[a] > by[b] || (by[a] == by[b] && result_.tried[a].cost < result_.tried[b].cost);
    });
    order.resize(std::min(order.size(), count));
    return order;
  }

  /// Those of `among` that nothing cheaper among them is as good as, by rising cost.
  template <class Among>
  std::vector<std::size_t> front_of(const std::vector<double>& by, const Among& among) const {
    std::vector<std::size_t> order = best_of(by, by.size(), among);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return result_.tried[a].cost < result_.tried[b].cost; });
    std::vector<std::size_t> front;
    for (const std::size_t t : order)
      if (front.empty() || by[t] > by[front.back()]) front.push_back(t);
    return front;
  }

  Estimate judged(std::size_t t) const {
    std::vector<double> values = finals_.judging(t);
    if (result_.less_is_better)
      for (double& value : values) value = -value;
    return resampling().estimate(values);
  }
  /// Objective of a minus that of b on the requests that judge; above 0: a is better.
  Estimate gap(std::size_t a, std::size_t b) const {
    std::vector<double> values = finals_.judging(a);
    const std::vector<double> other = finals_.judging(b);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= other[i];
    return resampling().estimate(values);
  }
  const Resampling& resampling() const {
    if (resampling_ == nullptr)
      resampling_ =
          std::make_unique<Resampling>(trials_.num_replicates(), finals_.num_judging(), study_.file.scenario.seed);
    return *resampling_;
  }
  JudgedFunnel judge(std::size_t t) const { return {t, judged(t), gap(result_.chosen.funnel, t)}; }

  void find_random(const std::vector<FunnelPoint>& drawn) {
    for (const FunnelPoint& point : drawn)
      if (const std::size_t t = trials_.find(point); result_.tried[t].allowed) random_.insert(t);
    result_.random_funnels = static_cast<int>(random_.size());
  }

  bool allowed(std::size_t t) const { return result_.tried[t].allowed && finals_.has(t); }

  /// Holds the finals: the front of the search, and the best within the limits, within every budget and of those drawn;
  /// then, until nothing near is better, what was tried next to the best of them.
  void choose() {
    const auto within = [&](std::size_t t) { return result_.tried[t].allowed; };
    if (best_of(searched_, 1, within).empty()) throw_none_allowed();
    const auto count = static_cast<std::size_t>(params_.finalists);
    std::vector<std::size_t> finalists = front_of(searched_, [](std::size_t) { return true; });
    const auto add = [&](const auto& among) {
      for (const std::size_t t : best_of(searched_, count, among)) finalists.push_back(t);
    };
    add(within);
    add([&](std::size_t t) { return random_.count(t) > 0; });
    for (const double level : params_.budgets) add([&](std::size_t t) { return excess(trials_[t], level) <= 0; });
    serve(finalists);
    std::size_t best = kNone;
    const auto best_now = [&] { return best_of(choosing_, 1, [&](std::size_t t) { return allowed(t); })[0]; };
    while (best != best_now()) {
      best = best_now();
      serve(tried_near(best));
    }
    front_ = front_of(choosing_, [&](std::size_t t) { return finals_.has(t); });
    for (const std::size_t t : front_) result_.tried[t].on_front = true;
    if (params_.within.of_load()) {
      best = under_load();
      serve(tried_near(best));
    }
    result_.chosen = {best, judged(best), {}};
    result_.chosen_by = result_.tried[best].choosing;
    result_.finalists = finals_.num_finalists();
    result_.final_requests = finals_.num_requests();
  }

  [[noreturn]] void throw_none_allowed() const {
    const auto cheapest = std::min_element(result_.tried.begin(), result_.tried.end(),
                                           [](const TriedFunnel& a, const TriedFunnel& b) { return a.cost < b.cost; });
    throw InputError("optimize.within: none of the " + std::to_string(result_.tried.size()) +
                     " funnels tried keeps the limits; the cheapest takes " + short_number(cheapest->flops) +
                     " flops, " + short_number(cheapest->compute_us) + " us of compute and " +
                     short_number(cheapest->latency_us) + " us of latency a request");
  }

  /// Lets funnels take part in the finals.
  void serve(std::span<const std::size_t> funnels) {
    finals_.run(funnels);
    const double sign = result_.less_is_better ? -1 : 1;
    for (std::size_t t = 0; t < result_.tried.size(); ++t) {
      if (!finals_.has(t)) continue;
      choosing_[t] = mean(finals_.choosing(t));
      judging_[t] = mean(finals_.judging(t));
      result_.tried[t].choosing = sign * choosing_[t];
      result_.tried[t].judged = sign * judging_[t];
    }
  }

  std::vector<std::size_t> tried_near(std::size_t best) const {
    std::vector<std::size_t> near;
    for (const FunnelPoint& point : space_.neighbours(trials_[best].point))
      if (const std::size_t t = trials_.find(point); t != kNone) near.push_back(t);
    return near;
  }

  void report() {
    const std::size_t best = result_.chosen.funnel;
    find_optimism();
    for (const std::size_t t : front_) result_.front.push_back(judge(t));
    judge_neighbours(best);
    find_cheaper(best);
    find_steps(best);
    const auto judge_best = [&](const auto& among) {
      return judge(best_of(choosing_, 1, [&](std::size_t t) { return finals_.has(t) && among(t); })[0]);
    };
    for (const double level : params_.budgets) {
      const auto keeps = [&](std::size_t t) { return excess(trials_[t], level) <= 0; };
      if (!best_of(searched_, 1, keeps).empty()) result_.budgets.emplace_back(level, judge_best(keeps));
    }
    if (!random_.empty()) result_.random = judge_best([&](std::size_t t) { return random_.count(t) > 0; });
    ScenarioFile file = study_.file;
    file.scenario = space_.scenario(trials_[best].point);
    file.variants.clear();
    file.sweep.clear();
    file.expect.clear();
    file.optimized = false;
    file.scenario.evaluate.detail = Detail::automatic;
    result_.optimum = resolved_text(file, {});
  }

  /// How much better a choice looks on the requests that made it: those that choose and those that judge each choose
  /// once and are judged by the others, so that what they themselves differ in cancels.
  void find_optimism() {
    const auto among = [&](std::size_t t) { return allowed(t); };
    const std::size_t a = best_of(choosing_, 1, among)[0];
    const std::size_t b = best_of(judging_, 1, among)[0];
    result_.optimism = (choosing_[a] - choosing_[b] + judging_[b] - judging_[a]) / 2;
  }

  void judge_neighbours(std::size_t best) {
    for (const std::size_t t : tried_near(best)) {
      if (!result_.tried[t].allowed) continue;
      result_.neighbours.push_back(judge(t));
      result_.within_noise = result_.within_noise || result_.neighbours.back().gap.lo <= 0;
    }
  }

  void find_cheaper(std::size_t best) {
    std::vector<std::size_t> order;
    for (std::size_t t = 0; t < result_.tried.size(); ++t)
      if (allowed(t) && result_.tried[t].cost < result_.tried[best].cost) order.push_back(t);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return result_.tried[a].cost < result_.tried[b].cost; });
    for (const std::size_t t : order) {
      // Far behind in the mean: its interval need not be drawn.
      if (judging_[best] - judging_[t] > 2 * (result_.chosen.judged.hi - result_.chosen.judged.lo)) continue;
      const JudgedFunnel candidate = judge(t);
      if (candidate.gap.lo > 0) continue;
      result_.cheaper = candidate;
      result_.has_cheaper = true;
      return;
    }
  }

  void find_steps(std::size_t best) {
    for (std::size_t j = 0; j < space_.num_stages(); ++j) {
      if (!space_.chooses_quota(j)) continue;
      FunnelPoint next = trials_[best].point;
      QuotaStep step;
      step.stage = space_.setting(j, 0).name;
      step.from = space_.quotas(j)[next.keep[j]];
      if (++next.keep[j] < space_.quotas(j).size() && space_.valid(next)) {
        const std::size_t t = trials_.find(next);
        step.known = t != kNone;
        step.to = space_.quotas(j)[next.keep[j]];
        if (step.known) {
          step.gain = gap(t, best);
          step.cost = result_.tried[t].cost - result_.tried[best].cost;
          if (step.cost > 0)
            step.gain_a_unit = {step.gain.mean / step.cost, step.gain.lo / step.cost, step.gain.hi / step.cost,
                                step.gain.n};
        }
      }
      result_.steps.push_back(step);
    }
  }

  /// Puts the best members of the front under the load of `serving:`; the best that keeps the limits.
  std::size_t under_load() {
    std::vector<std::size_t> members;
    for (auto at = front_.rbegin(); at != front_.rend() && members.size() < kMostLoaded; ++at)
      if (result_.tried[*at].allowed) members.push_back(*at);
    if (members.empty()) throw InputError("optimize.within: no funnel of the front keeps the limits");
    std::vector<Scenario> scenarios;
    for (const std::size_t t : members) scenarios.push_back(space_.scenario(trials_[t].point));
    const std::vector<LoadFigures> figures = load_figures(std::move(scenarios), progress_);
    std::size_t best = kNone;
    for (std::size_t m = 0; m < members.size(); ++m) {
      LoadedFunnel loaded{members[m], figures[m].p99_ms, figures[m].usable_qps, true};
      // NaN, where nothing was answered, passes no limit.
      if (params_.within.p99_ms > 0) loaded.passes = loaded.p99_ms <= params_.within.p99_ms;
      if (params_.within.qps > 0) loaded.passes = loaded.passes && loaded.usable_qps >= params_.within.qps;
      if (loaded.passes && best == kNone) best = members[m];
      result_.loaded.push_back(loaded);
    }
    if (best == kNone)
      throw InputError("optimize.within: under load none of the " + std::to_string(members.size()) +
                       " best funnels of the front keeps the limits; the last one has a p99 of " +
                       short_number(result_.loaded.back().p99_ms) + " ms and " +
                       short_number(result_.loaded.back().usable_qps) +
                       " usable requests a second: lower the limits, "
                       "or narrow within.compute_us so that cheaper members come first");
    return best;
  }

  const Study& study_;
  const OptimizeParams& params_;
  const RunProgress& progress_;
  FunnelSpace space_;
  bool exhaustive_;
  FittedWorlds worlds_;
  FunnelTrials trials_;
  Finals finals_;
  OptimizeResult result_;
  std::vector<double> searched_;    ///< [tried] mean over the requests that the search goes by; larger is better
  std::vector<double> choosing_;    ///< over those that choose; NaN: no finalist
  std::vector<double> judging_;     ///< over those that judge; NaN: no finalist
  std::set<std::size_t> random_;    ///< drawn by chance and within the limits
  std::vector<std::size_t> front_;  ///< by rising cost
  mutable std::unique_ptr<Resampling> resampling_;
};

}  // namespace

double optimize_memory(const Study& study) {
  const FunnelSpace space(study);
  const OptimizeParams& params = study.file.optimize;
  const EvaluateParams& evaluate = study.file.scenario.evaluate;
  const double funnels = std::min(space.size(), static_cast<double>(params.max_funnels)) + params.random;
  const bool keep_worlds = space.size() > params.max_funnels || params.finalists > 0;
  Scenario one = study.file.scenario;
  one.evaluate.replicates = 1;
  one.evaluate.detail = Detail::outcome;
  const double world = estimate_memory(std::span(&one, 1));
  const double requests = static_cast<double>(evaluate.requests) * evaluate.replicates;
  // Finalists for the limits, those drawn and every budget, and about as many again of the front and next to the best.
  const double final_requests = static_cast<double>(num_final_requests(params, evaluate)) * evaluate.replicates;
  const double finalists =
      std::min(funnels, 2.0 * params.finalists * (2.0 + static_cast<double>(params.budgets.size())));
  const double drawn = 400.0 * 2 * (final_requests > 0 ? final_requests : requests);  // the bootstrap's
  constexpr double kThreads = 8;
  const auto count = static_cast<std::size_t>(funnels);
  return world * (keep_worlds ? evaluate.replicates : 1) + funnels * (8 * requests + 2000) +
         finalists * 8 * final_requests + drawn +
         kThreads * Replay::block_bytes(2 * count, count, evaluate.truth_at.size());
}

OptimizeResult optimize(const Study& study, const RunProgress& progress) {
  CASCADE_CHECK(study.file.optimized, "nothing says what to choose among");
  return FunnelSearch(study, progress).run();
}

}  // namespace cascade
