#include "engine/day_loop.h"

#include <algorithm>
#include <map>

#include "base/parallel.h"
#include "base/rng.h"
#include "engine/day_metrics.h"
#include "engine/day_models.h"
#include "engine/funnel_logs.h"
#include "engine/listed_recall.h"

namespace cascade {

namespace {

// Samples of requests by day, apart from those of logs and evaluation.
constexpr std::uint64_t kServedSample = 1u << 22;
constexpr std::uint64_t kTestSample = 1u << 23;
constexpr std::uint64_t kChanceSample = 3u << 22;

/// Hands the versions that serve a chunk to its stages.
class ChunkResources final : public ControlResources {
 public:
  ChunkResources(const World& world, const FeatureStore& store) : ControlResources(world, store, world.seed()) {}
  const Scorer& model(const std::string& name) const override { return *scorers_.at(name); }
  void set(const std::string& name, std::shared_ptr<const Scorer> scorer) { scorers_[name] = std::move(scorer); }

 private:
  std::map<std::string, std::shared_ptr<const Scorer>> scorers_;
};

class DayLoop {
 public:
  DayLoop(Universe& universe, const Scenario& scenario, int init, const RunProgress& progress, const DayWatch& watch)
      : world_(universe.world()),
        scenario_(scenario),
        days_(scenario.days),
        first_day_(scenario.logs.days),
        progress_(progress),
        watch_(watch),
        logs_(world_, universe.logs(scenario, progress).train, first_day_),
        metrics_(scenario) {
    const std::vector<std::string> used = Universe::used_models(scenario);
    for (const std::string& name : Universe::trained_models(scenario)) {
      const bool serves = std::find(used.begin(), used.end(), name) != used.end();
      models_.push_back(std::make_unique<DayModel>(world_, scenario, name, init, serves));
    }
    for (const auto& student : models_)
      for (const auto& teacher : models_)
        if (student->teacher_name() == teacher->name()) student->listen_to(*teacher);
    deepest_ = static_cast<std::size_t>(scenario.funnel.back().keep);
    for (const int k : scenario.evaluate.truth_at) deepest_ = std::max(deepest_, static_cast<std::size_t>(k));
  }

  DaysRun run() {
    learn_logs();
    for (int n = 0; n < days_.served; ++n) {
      if (progress_) progress_("days", static_cast<double>(n) / days_.served);
      morning(n);
      const std::vector<std::uint32_t> impressions = logs_.impressions(first_day_ + n);
      for (int chunk = 0; chunk < days_.chunks; ++chunk) serve_chunk(n, chunk, impressions);
      logs_.end_day();
      metrics_.end_day(world_, first_day_ + n);
    }
    DaysRun result;
    result.metrics = metrics_.result();
    for (const auto& model : models_) result.models.emplace_back(model->name(), model->facts());
    return result;
  }

 private:
  int hour_of(int n, int chunk) const { return n * kHoursADay + chunk * (kHoursADay / days_.chunks); }

  /// Calls use(model) for each of these models: teachers before their students, others side by side.
  static void for_each_model(const std::vector<DayModel*>& models, const std::function<void(DayModel&)>& use) {
    std::map<int, std::vector<DayModel*>> rounds;
    for (DayModel* model : models) rounds[model->depth()].push_back(model);
    for (const auto& at_depth : rounds) {
      const std::vector<DayModel*>& round = at_depth.second;
      for_each_task(round.size(), [&](std::size_t m) { use(*round[m]); });
    }
  }

  /// The same with the features of the mornings from `first` to `last`.
  void with_features(const std::vector<DayModel*>& models, int first, int last,
                     const std::function<void(DayModel&, const DayModel::Features&)>& use) {
    std::map<int, std::shared_ptr<const FeatureStore>> stores;
    for (int day = first; day <= last; ++day) stores[day] = logs_.features(day);
    const DayModel::Features features = [&](int day) -> const FeatureStore& { return *stores.at(day); };
    for_each_model(models, [&](DayModel& model) { use(model, features); });
  }

  std::vector<DayModel*> all_models() const {
    std::vector<DayModel*> all;
    for (const auto& model : models_) all.push_back(model.get());
    return all;
  }

  void learn_logs() {
    for (int day = 0; day < first_day_; ++day) {
      if (progress_) progress_("days: learning the logs", static_cast<double>(day) / first_day_);
      with_features(all_models(), day, day + 1, [&](DayModel& model, const DayModel::Features& features) {
        model.learn_days(logs_, day + 1, features);
        if (model.needs_versions_of_logs() && day + 1 < first_day_)
          model.publish((day + 1 - first_day_) * kHoursADay, features(day + 1));
      });
    }
  }

  /// Batch trainings on what is complete; everyone goes live with the features of the day.
  void morning(int n) {
    const int day = first_day_ + n;
    std::vector<DayModel*> due;
    int first = day;
    for (const auto& model : models_) {
      if (n == 0 || !model->is_due(n)) continue;
      due.push_back(model.get());
      first = std::min(first, model->first_day_of_update(day));
    }
    with_features(due, first, day - 1,
                  [&](DayModel& model, const DayModel::Features& features) { model.learn_days(logs_, day, features); });
    with_features(all_models(), day, day, [&](DayModel& model, const DayModel::Features& features) {
      model.publish(hour_of(n, 0), features(day));
    });
  }

  std::vector<Request> requests_of(std::uint64_t sample, int count, int n, int chunk) const {
    const int day = first_day_ + n;
    std::vector<Request> requests;
    for (int r = 0; r < count; ++r) {
      const Request request =
          world_.request(sample + static_cast<std::uint64_t>(day), static_cast<std::uint64_t>(r), day);
      if (request.hour * days_.chunks / kHoursADay == chunk) requests.push_back(request);
    }
    std::stable_sort(requests.begin(), requests.end(),
                     [](const Request& a, const Request& b) { return a.hour < b.hour; });
    return requests;
  }

  FunnelPlan plan_of(int n, int chunk, const ChunkResources& resources) const {
    std::vector<FittedStage> stages;
    for (std::size_t j = 0; j < scenario_.funnel.size(); ++j) {
      const StageSpec& spec = scenario_.funnel[j];
      FittedStage fitted;
      fitted.key = "day " + std::to_string(n) + "." + std::to_string(chunk) + " stage " + std::to_string(j);
      std::shared_ptr<const Stage> stage =
          stage_catalog().find(spec.stage.kind)->maker.make(*spec.stage.parameters, resources);
      fitted.scoring = dynamic_cast<const ScoringStage*>(stage.get());
      fitted.work = stage->work();
      fitted.stage = std::move(stage);
      if (j == 0) fitted.stage = only_listed(world_, fitted.stage);
      stages.push_back(std::move(fitted));
    }
    return FunnelPlanner().plan(scenario_, stages);
  }

  /// The page with some of its places given to listed items by chance.
  std::vector<ItemId> explored(const Request& request, std::uint64_t sample, std::vector<ItemId> page) const {
    if (days_.explore <= 0) return page;
    constexpr std::uint32_t kExploration = 2;  // draw of the stream, beside what pages of logs take
    constexpr int kTries = 64;
    Rng rng(derive_seed(world_.seed(), Stream::log_exposure, sample), Stream::log_exposure, request.index,
            kExploration);
    for (ItemId& place : page) {
      if (!rng.bernoulli(days_.explore)) continue;
      for (int attempt = 0; attempt < kTries; ++attempt) {
        const ItemId item = rng.below(world_.features().num_items());
        if (!world_.listed(item, request.day) || std::find(page.begin(), page.end(), item) != page.end()) continue;
        place = item;
        break;
      }
    }
    return page;
  }

  void serve_chunk(int n, int chunk, std::span<const std::uint32_t> impressions) {
    const int day = first_day_ + n;
    const std::shared_ptr<const FeatureStore> store = logs_.features(day);
    ChunkResources resources(world_, *store);
    for (const auto& model : models_) {
      if (!model->serves()) continue;
      DayModel::Serving serving = model->serving(hour_of(n, chunk));
      if (watch_.serving)
        watch_.serving(day, chunk, model->name(), *serving.scorer, serving.updates, serving.item_updates);
      resources.set(model->name(), std::move(serving.scorer));
    }
    const FunnelPlan plan = plan_of(n, chunk, resources);
    test(n, chunk, plan, impressions);

    const std::uint64_t sample = kServedSample + static_cast<std::uint64_t>(day);
    const std::vector<Request> requests = requests_of(kServedSample, days_.requests, n, chunk);
    std::vector<std::vector<ItemId>> pages(requests.size());
    Matrix<double> sums(requests.size(), metrics_.width());
    std::vector<LogTable> parts((requests.size() + kRequestBlock - 1) / kRequestBlock);
    for_each_block(requests.size(), kRequestBlock, [&](std::size_t begin, std::size_t end) {
      const std::span<const Request> block_requests(requests.data() + begin, end - begin);
      std::vector<std::vector<ScoredItem>> oracle(block_requests.size());
      world_.top_by_value(block_requests, deepest_, oracle);
      BlockRun block(block_requests);
      for (std::size_t r = 0; r < block_requests.size(); ++r) {
        const CandidateList& kept = block.stage(plan, plan.stages.size() - 1).kept[r];
        pages[begin + r] = explored(block_requests[r], sample, kept.items);
        const std::vector<ItemId>& page = pages[begin + r];
        for (std::size_t k = 0; k < page.size(); ++k)
          append_row(parts[begin / kRequestBlock], world_, sample, block_requests[r], page[k], static_cast<int>(k),
                     Space::exposed, page[k] == kept.items[k] ? kept.scores[k] : 0.0f, scenario_.logs.position_bias);
        metrics_.measure(world_, plan, block, r, page, oracle[r], impressions, sums.row(begin + r));
      }
    });
    for (std::size_t r = 0; r < requests.size(); ++r) metrics_.add(sums.row(r), pages[r]);
    LogTable rows;
    for (const LogTable& part : parts) append_log(rows, part);
    if (watch_.logged) watch_.logged(day, chunk, rows);
    const std::span<const std::uint32_t> fresh = logs_.append(rows);
    if (n + 1 == days_.served && chunk + 1 == days_.chunks) return;
    std::vector<DayModel*> online;
    for (const auto& model : models_)
      if (model->is_online()) online.push_back(model.get());
    for_each_model(online, [&](DayModel& model) {
      model.learn_rows(logs_, fresh, *store);
      if (chunk + 1 < days_.chunks) model.publish(hour_of(n, chunk + 1), *store);
    });
  }

  /// Scores the chunk's test pages by the versions that are live.
  void test(int n, int chunk, const FunnelPlan& plan, std::span<const std::uint32_t> impressions) {
    LogsParams policy = scenario_.logs;
    policy.position_bias = 0;
    if (policy.policy.kind == PolicyKind::funnel) policy.policy = PolicyParams();
    LogsParams chance = policy;
    chance.policy.kind = PolicyKind::random;
    const auto day = static_cast<std::uint64_t>(first_day_ + n);
    const std::vector<Request> requests = requests_of(kTestSample, days_.test_requests, n, chunk);
    metrics_.add_tests(world_, plan, world_.log_requests(policy, kTestSample + day, requests),
                       world_.log_requests(chance, kChanceSample + day, requests), impressions);
  }

  const World& world_;
  const Scenario& scenario_;
  const DaysParams& days_;
  int first_day_;
  const RunProgress& progress_;
  const DayWatch& watch_;
  DayLogs logs_;
  DayMetrics metrics_;
  std::vector<std::unique_ptr<DayModel>> models_;
  std::size_t deepest_ = 0;
};

}  // namespace

DaysRun run_days(Universe& universe, const Scenario& scenario, int init, const RunProgress& progress,
                 const DayWatch& watch) {
  return DayLoop(universe, scenario, init, progress, watch).run();
}

DaysWork planned_days(const Scenario& s) {
  DaysWork work;
  work.requests = static_cast<double>(s.days.served) * s.days.requests;
  const double log_rows = static_cast<double>(s.logs.requests_a_day) * s.logs.page;
  const double day_rows = static_cast<double>(s.days.requests) * s.funnel.back().keep;
  for (const std::string& name : Universe::trained_models(s)) {
    const ModelSpec& spec = *find_model(s, name);
    if (!model_catalog().find(spec.model.kind)->maker.make) continue;
    const auto learn = [&](double rows, int passes) {
      work.train_rows += rows * passes;
      if (spec.is_taught()) work.taught_rows += rows;
    };
    const FreshnessParams& fresh = spec.freshness;
    ++work.trainings;
    learn(log_rows * s.logs.days, spec.train.epochs);
    if (fresh.update == Update::online) {
      learn(day_rows * (s.days.served - 1.0 / s.days.chunks), 1);
      continue;
    }
    int learned = 0;
    for (int n = 1; n < s.days.served; ++n) {
      if (fresh.update == Update::never || (fresh.update == Update::every_n_days && n % fresh.every != 0)) continue;
      ++work.trainings;
      const int days = s.logs.days + n;
      const int first = !fresh.from_scratch ? s.logs.days + learned
                        : fresh.window > 0  ? std::max(0, days - fresh.window)
                                            : 0;
      for (int day = first; day < days; ++day) learn(day < s.logs.days ? log_rows : day_rows, spec.train.epochs);
      learned = n;
    }
  }
  return work;
}

}  // namespace cascade
