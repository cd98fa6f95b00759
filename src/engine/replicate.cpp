#include "engine/replicate.h"

#include <algorithm>
#include <map>
#include <memory>

#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/stats.h"
#include "base/text.h"
#include "engine/allocation.h"
#include "engine/budget_control.h"
#include "engine/candidate_rows.h"
#include "engine/content_key.h"
#include "engine/day_loop.h"
#include "engine/environment.h"
#include "engine/funnel_run.h"
#include "engine/listed_recall.h"
#include "engine/log_metrics.h"
#include "engine/measure.h"
#include "engine/outcome.h"
#include "engine/page_values.h"
#include "engine/serve_blocks.h"
#include "engine/training_costs.h"
#include "stages/preranking/pass_through.h"

namespace cascade {

namespace {

struct ArmPlan {
  std::size_t stage = 0;
  std::string name;
  FunnelPlan plan;
};

/// One funnel to be measured: a point, or its re-run.
struct Job {
  std::size_t point = 0;
  bool rerun = false;
  std::unique_ptr<Measures> measures;
  FittedAllocation allocation;  ///< without a rule where the scenario allocates nothing
  std::vector<ArmPlan> arms;
  std::vector<FunnelPlan> swaps;  ///< [2^stages] with the stages whose bits are set replaced by the oracle
  Matrix<double> rows;
  std::vector<Matrix<double>> arm_rows;
  /// [stage][RC, PRC][aligned request]
  std::vector<std::vector<std::vector<Measures::Calibration>>> calibration;
};

/// Runs the points of one world.
class Group {
 public:
  Group(std::span<const Scenario> points, std::vector<std::size_t> members, std::uint64_t seed, ReplicateRun& result,
        const RunProgress& progress, const CandidateDump& dump, const SharedWork& shared)
      : points_(points),
        members_(std::move(members)),
        evaluate_(points[0].evaluate),
        result_(result),
        progress_(progress),
        dump_(dump),
        shared_(shared),
        universe_(points[members_[0]].world, seed, shared.exchange) {
    if (shared.exchange == nullptr) return;
    std::uint64_t content = seed;
    for (const std::size_t p : members_) content = content_hash(content_of(points_[p]), content);
    requests_name_ = "requests " + hex(content);
  }

  void run() {
    train();
    draw_requests();
    if (evaluate_.detail == Detail::outcome) {
      measure_outcomes(points_, members_, universe_, requests_, {shared_, requests_name_}, result_, progress_);
      if (shared_.helps) return help_to_describe_world();
      for (const std::size_t p : members_) add_facts(p);
      if (members_[0] == 0) describe_world();
      return;
    }
    prepare();
    serve();
    if (shared_.helps) return help_to_describe_world();
    if (dump_.write)
      for (const Job& job : jobs_)
        if (!job.rerun) dump_candidates(job);
    for (Job& job : jobs_) finish(job);
    if (members_[0] == 0) describe_world();
  }

 private:
  void train() {
    std::vector<const Scenario*> all;
    std::vector<const Scenario*> twice;
    for (const std::size_t p : members_) {
      all.push_back(&points_[p]);
      if (points_[p].evaluate.reruns) twice.push_back(&points_[p]);
    }
    for (const Scenario* scenario : all) universe_.logs(*scenario, progress_);
    universe_.train_all(all, 0, progress_);
    if (!twice.empty()) universe_.train_all(twice, 1, progress_);
  }

  void draw_requests() {
    const World& world = universe_.world();
    const int day = points_[members_[0]].logs.days;
    requests_.resize(num_requests());
    for (std::size_t r = 0; r < requests_.size(); ++r) requests_[r] = world.request(kEvaluationSample, r, day);
  }

  void prepare() {
    const World& world = universe_.world();
    const std::vector<std::pair<std::string, Arm>> kinds = {{"oracle", Arm::oracle}, {"random", Arm::random}};
    std::vector<FittedStage> controls;
    for (const auto& [name, arm] : kinds) {
      FittedStage control;
      control.key = "arm " + name;
      std::shared_ptr<const Stage> stage = make_arm(arm, world, world.seed());
      control.scoring = dynamic_cast<const ScoringStage*>(stage.get());
      control.work = stage->work();
      control.stage = only_listed(world, std::move(stage));
      controls.push_back(control);
    }
    for (const std::size_t p : members_) {
      for (int init = 0; init <= (points_[p].evaluate.reruns ? 1 : 0); ++init) {
        Job job;
        job.point = p;
        job.rerun = init == 1;
        FunnelPlan plan = planner_.plan(points_[p], universe_.fit(points_[p], init));
        if (points_[p].allocated) {
          job.allocation = fit_allocation(universe_, points_[p], planner_, plan, num_rules_++, replays_, progress_);
          plan = job.allocation.plan;
        }
        job.measures = std::make_unique<Measures>(points_[p], plan);
        job.rows = Matrix<double>(num_requests(), job.measures->columns().size());
        job.calibration.assign(plan.stages.size(), std::vector<std::vector<Measures::Calibration>>(
                                                       2, std::vector<Measures::Calibration>(num_aligned())));
        if (!job.rerun && num_arms() > 0) {
          for (std::size_t j = 0; j < plan.stages.size(); ++j) {
            for (std::size_t c = 0; c < kinds.size(); ++c) {
              job.arms.push_back({j, kinds[c].first, planner_.replace(plan, j, controls[c])});
              job.arm_rows.emplace_back(num_arms(), job.measures->arm_columns().size());
            }
          }
        }
        if (Measures::splits_regret(points_[p])) job.swaps = {plan};
        deepest_ = std::max(deepest_, plan.stages.back().keep);
        jobs_.push_back(std::move(job));
      }
    }
    replays_.clear();
    shared_prefixes_ = planner_.num_prefixes();
    for (Job& job : jobs_)
      for (std::size_t j = 0; !job.swaps.empty() && j < job.measures->plan().stages.size(); ++j)
        for (std::size_t half = job.swaps.size(), s = 0; s < half; ++s)
          job.swaps.push_back(planner_.replace(job.swaps[s], j, controls[0]));
    for (const int k : evaluate_.truth_at) deepest_ = std::max(deepest_, static_cast<std::size_t>(k));
  }

  void serve() {
    std::vector<RequestRows> rows;
    for (Job& job : jobs_) {
      rows.push_back(rows_of(job.rows));
      for (Matrix<double>& arm : job.arm_rows) rows.push_back(rows_of(arm));
      for (auto& stage : job.calibration)
        for (auto& space : stage) rows.push_back(rows_of(space));
    }
    serve_blocks({shared_, requests_name_}, requests_.size(), rows, progress_,
                 [&](std::size_t begin, std::size_t end) { serve_block(begin, end); });
  }

  void serve_block(std::size_t begin, std::size_t end) {
    const World& world = universe_.world();
    const std::span<const Request> requests(requests_.data() + begin, end - begin);
    std::vector<std::vector<ScoredItem>> oracle(requests.size());
    world.top_by_value(requests, deepest_, oracle);
    BlockRun block(requests);
    for (Job& job : jobs_) {
      const Measures& measures = *job.measures;
      for (std::size_t r = 0; r < requests.size(); ++r) {
        const std::size_t row = begin + r;
        measures.measure(world, block, r, oracle[r], row < num_aligned(), job.rows.row(row));
        if (!job.swaps.empty()) measures.split_regret(world, job.swaps, block, r, oracle[r], job.rows.row(row));
        if (row < num_aligned() && measures.plan().stages.size() > 1) calibrate(job, block, r, row);
        if (row >= num_arms()) continue;
        for (std::size_t a = 0; a < job.arms.size(); ++a)
          measures.measure_arm(world, job.arms[a].plan, block, r, oracle[r], job.arm_rows[a].row(row));
      }
      for (const FunnelPlan& swap : job.swaps) block.forget(swap, shared_prefixes_);
    }
  }

  void calibrate(Job& job, BlockRun& block, std::size_t r, std::size_t row) {
    const Measures& measures = *job.measures;
    for (std::size_t j = 1; j < measures.plan().stages.size(); ++j) {
      if (measures.plan().stages[j].fitted.scoring == nullptr) continue;
      job.calibration[j][0][row] = measures.calibrate(universe_.world(), block, r, j, Space::ranked);
      job.calibration[j][1][row] = measures.calibrate(universe_.world(), block, r, j, Space::preranked);
    }
  }

  /// Metrics over rows of logs and candidates rather than over requests.
  std::vector<NamedValues> pooled(const Job& job) {
    std::vector<NamedValues> all;
    const FunnelPlan& plan = job.measures->plan();
    const Scenario& scenario = points_[job.point];
    for (std::size_t j = 0; j < plan.stages.size(); ++j) {
      all.emplace_back();
      const FittedStage& stage = plan.stages[j].fitted;
      all.back() = stage.stage->facts(plan.stages[j].keep);
      if (plan.quotas != nullptr && plan.quotas->allocates(j)) {
        const NamedValues facts =
            allocation_facts(*job.allocation.rule, j, column_of(job, scenario.funnel[j].name + ".allowed"));
        all.back().insert(all.back().end(), facts.begin(), facts.end());
      }
      if (stage.scoring == nullptr) continue;
      const Logs& logs = universe_.logs(scenario, progress_);
      NamedValues& on_logs = log_metrics_[{plan.stages[j].scores_id, &logs}];
      if (on_logs.empty()) on_logs = log_metrics(*stage.scoring, logs);
      all.back().insert(all.back().end(), on_logs.begin(), on_logs.end());
      if (j == 0) continue;
      for (std::size_t s = 0; s < 2; ++s) {
        std::vector<double> predicted;
        std::vector<double> expected;
        for (const Measures::Calibration& c : job.calibration[j][s]) {
          predicted.push_back(c.predicted);
          expected.push_back(c.expected);
        }
        const double truth = ordered_sum(expected.data(), expected.size());
        all.back().emplace_back(s == 0 ? "pcoc.RC" : "pcoc.PRC",
                                truth > 0 ? ordered_sum(predicted.data(), predicted.size()) / truth : kNaN);
      }
    }
    return all;
  }

  void finish(Job& job) {
    PointRun& point = result_.points[job.point];
    const std::vector<NamedValues> by_stage = pooled(job);
    if (job.rerun) {
      point.rerun_rows = std::move(job.rows);
      point.rerun_pooled = by_stage;
      if (points_[job.point].with_days)
        point.rerun_days = run_days(universe_, points_[job.point], 1, progress_).metrics;
      return;
    }
    const Scenario& scenario = points_[job.point];
    const FunnelPlan& plan = job.measures->plan();
    for (const Request& request : requests_) point.users.push_back(request.user);
    point.columns = job.measures->columns();
    point.arm_columns = job.measures->arm_columns();
    if (scenario.under_load) {
      if (progress_) progress_("serving under load", 0);
      point.serving = serve_under_load(job);
    }
    if (scenario.allocated && scenario.allocation.controlled) {
      if (progress_) progress_("controlling the budget", 0);
      for (auto& metric : control_budget_of(job)) point.serving.outcome.push_back(std::move(metric));
    }
    point.rows = std::move(job.rows);
    for (std::size_t j = 0; j < plan.stages.size(); ++j)
      point.stages.push_back({"", plan.stages[j].fitted.work.index_build, by_stage[j], {}});
    for (std::size_t a = 0; a < job.arms.size(); ++a)
      point.arms.push_back({job.arms[a].stage, job.arms[a].name, std::move(job.arm_rows[a])});
    add_facts(job.point);
  }

  /// What there is to say of a point's models, and by which of them its stages work.
  void add_facts(std::size_t p) {
    const Scenario& scenario = points_[p];
    PointRun& point = result_.points[p];
    for (std::size_t j = 0; j < scenario.funnel.size(); ++j) {
      std::vector<std::string> models;
      const config::KindSpec& stage = scenario.funnel[j].stage;
      for (const ModelUse& use : stage_catalog().find(stage.kind)->maker.models(*stage.parameters))
        models.push_back(use.model);
      point.stages[j].model = join(models);
    }
    for (const std::string& name : Universe::trained_models(scenario)) {
      const TrainedModel& model = universe_.trained(scenario, name, 0);
      const TrainSummary& summary = model.summary;
      point.models.push_back({name,
                              model.kind,
                              {{"parameters", static_cast<double>(summary.parameters)},
                               {"epochs", summary.epochs},
                               {"steps", static_cast<double>(summary.steps)},
                               {"samples", static_cast<double>(summary.samples)},
                               {"train_loss", summary.train_loss},
                               {"held_out_loss", summary.held_out_loss},
                               {"train_flops", summary.flops},
                               {"train_bytes", summary.bytes}}});
      NamedValues& facts = point.models.back().facts;
      facts.insert(facts.end(), model.facts.begin(), model.facts.end());
      const NamedFacts costs = training_costs(universe_, scenario, name);
      facts.insert(facts.end(), costs.begin(), costs.end());
    }
    if (!scenario.with_days) return;
    DaysRun days = run_days(universe_, scenario, 0, progress_);
    point.days = std::move(days.metrics);
    for (const auto& [name, learned] : days.models)
      for (ModelFacts& model : point.models)
        if (model.name == name) model.facts.insert(model.facts.end(), learned.begin(), learned.end());
  }

  /// One measured column, request by request.
  static std::vector<double> column_of(const Job& job, const std::string& name) {
    const std::vector<std::string>& columns = job.measures->columns();
    const auto at = static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
    std::vector<double> values;
    for (std::size_t r = 0; r < job.rows.rows(); ++r) values.push_back(job.rows(r, at));
    return values;
  }

  /// The served requests once more at every level, and then as a controller would have let them choose.
  RunValues control_budget_of(const Job& job) {
    const FittedAllocation& allocation = job.allocation;
    const std::size_t levels = allocation.at_level.size();
    ControlledRequests served{Matrix<double>(requests_.size(), levels), Matrix<double>(requests_.size(), levels)};
    for_each_block(requests_.size(), kRequestBlock, [&](std::size_t begin, std::size_t end) {
      BlockRun block(std::span<const Request>(requests_.data() + begin, end - begin));
      const FunnelPlan& observed = allocation.rule->observed();
      for (std::size_t r = begin; r < end; ++r) {
        const CandidateList& seen = block.stage(observed, observed.stages.size() - 1).kept[r - begin];
        const std::vector<double> gains = allocation.rule->gains(requests_[r], seen);
        std::copy(gains.begin(), gains.end(), served.gains.row(r).begin());
        for (std::size_t j = 0; j < levels; ++j)
          served.value(r, j) = Measures::page_value(universe_.world(), allocation.at_level[j], block, r - begin);
      }
    });
    return simulate_control(points_[job.point], *allocation.rule, served, universe_.world().seed());
  }

  ServingResult serve_under_load(const Job& job) {
    const FunnelPlan& plan = job.measures->plan();
    const Scenario& scenario = points_[job.point];
    ServedRequests served;
    served.value = column_of(job, "value");
    for (const StageSpec& stage : scenario.funnel) {
      served.scored.push_back(column_of(job, stage.name + ".in"));
      const std::vector<double> cut = column_of(job, stage.name + ".cut");
      for (std::size_t r = 0; r < cut.size(); ++r) served.scored.back()[r] -= cut[r];
    }
    FittedStage pass;
    pass.key = "falls back";
    pass.stage = std::make_shared<PassThroughStage>();
    served.fallback_values = [&](std::uint32_t stages) {
      FunnelPlan fallback = plan;
      for (std::size_t j = 1; j < plan.stages.size(); ++j)
        if ((stages >> j & 1U) != 0) fallback = planner_.replace(fallback, j, pass);
      std::vector<double> values(requests_.size());
      for_each_block(requests_.size(), kRequestBlock, [&](std::size_t begin, std::size_t end) {
        BlockRun block(std::span<const Request>(requests_.data() + begin, end - begin));
        for (std::size_t r = begin; r < end; ++r)
          values[r] = Measures::page_value(universe_.world(), fallback, block, r - begin);
      });
      return values;
    };
    return simulate_serving(scenario, plan, served, universe_.world().seed());
  }

  void dump_candidates(const Job& job) {
    write_candidates(universe_.world(), points_[job.point].funnel, job.measures->plan(),
                     dump_.variants[job.point] + "," + std::to_string(dump_.replicate), requests_, dump_.write);
  }

  /// Figures on the world: its own, and what a page of the oracle and a page by chance are worth.
  void describe_world() {
    const World& world = universe_.world();
    const WorldValidity v = world.validity();
    NamedValues& all = result_.validity;
    all = {{"click_rate", v.click_rate},
           {"saturated_share", v.saturated_share},
           {"popularity_gini", v.popularity_gini},
           {"affinity_popularity_catalogue", v.affinity_popularity_catalogue},
           {"affinity_popularity_exposed", v.affinity_popularity_exposed}};
    for (const auto& [term, share] : v.eta_variance_share) all.emplace_back("eta_share." + term, share);
    if (points_[members_[0]].logs.bad_rows > 0)
      all.emplace_back("bad_log_rows", static_cast<double>(universe_.bad_log_rows()));
    const NamedValues pages = value_pages();
    all.insert(all.end(), pages.begin(), pages.end());
  }

  void help_to_describe_world() {
    if (members_[0] == 0) value_pages();
  }

  NamedValues value_pages() {
    const auto page = static_cast<std::size_t>(points_[members_[0]].funnel.back().keep);
    return page_values(universe_.world(), requests_, page, {shared_, "pages " + requests_name_}, progress_);
  }

  std::size_t num_requests() const { return static_cast<std::size_t>(evaluate_.requests); }
  std::size_t num_aligned() const {
    return std::min(num_requests(), static_cast<std::size_t>(evaluate_.alignment_requests));
  }
  std::size_t num_arms() const { return std::min(num_requests(), static_cast<std::size_t>(evaluate_.arm_requests)); }

  std::span<const Scenario> points_;
  std::vector<std::size_t> members_;
  const EvaluateParams& evaluate_;
  ReplicateRun& result_;
  const RunProgress& progress_;
  const CandidateDump& dump_;
  const SharedWork& shared_;
  std::string requests_name_;  ///< of what is served here, by content, where it is shared
  Universe universe_;
  FunnelPlanner planner_;
  LoggedReplays replays_;  ///< of allocations; empty once all are prepared
  std::vector<Job> jobs_;
  std::vector<Request> requests_;
  std::size_t deepest_ = 0;
  int num_rules_ = 0;
  int shared_prefixes_ = 0;  ///< prefixes of smaller numbers belong to funnels that are measured, or to their arms
  std::map<std::pair<int, const Logs*>, NamedValues> log_metrics_;
};

}  // namespace

std::uint64_t replicate_seed(std::uint64_t seed, std::size_t replicate) {
  return derive_seed(seed, Stream::replicate, replicate);
}

ReplicateRun run_replicate(std::span<const Scenario> points, std::uint64_t seed, const RunProgress& progress,
                           const CandidateDump& dump, const SharedWork& shared) {
  CASCADE_CHECK(shared.exchange == nullptr || !dump.write, "candidates are of one process");
  ReplicateRun result;
  result.points.resize(points.size());
  std::vector<bool> done(points.size(), false);
  for (std::size_t p = 0; p < points.size(); ++p) {
    if (done[p]) continue;
    std::vector<std::size_t> members;
    for (std::size_t q = p; q < points.size(); ++q) {
      if (content_of(points[q].world) != content_of(points[p].world)) continue;
      members.push_back(q);
      done[q] = true;
    }
    if (progress) progress("world", 0);
    Group(points, std::move(members), seed, result, progress, dump, shared).run();
  }
  return result;
}

}  // namespace cascade
