#include "study/campaign.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/parallel.h"
#include "base/text.h"
#include "study/csv_field.h"
#include "study/plan.h"

namespace cascade {

namespace {

/// Another lane has ended the campaign: what this one does is of no use any more.
struct Stopped {};

std::size_t num_replicates(const Study& study) {
  return static_cast<std::size_t>(study.file.scenario.evaluate.replicates);
}

std::vector<ReplicateRun> empty_runs(const Study& study) {
  std::vector<ReplicateRun> runs(num_replicates(study));
  for (ReplicateRun& run : runs) run.points.resize(study.points.size());
  return runs;
}

std::vector<Scenario> scenarios_of(const Study& study, const PartGroup& group) {
  std::vector<Scenario> scenarios;
  for (const std::size_t p : group.points) scenarios.push_back(study.points[p].scenario);
  return scenarios;
}

std::string name_of(const Study& study, const PartId& part) {
  return "replicate " + std::to_string(part.replicate + 1) + ", " + study.points[part.point].name;
}

/// Replicates that run side by side: as many as threads can be kept busy with and memory has room for.
std::size_t replicate_lanes(const Study& study, std::size_t groups) {
  constexpr std::size_t kMost = 4;  // more would wait for memory rather than for each other
  constexpr double kUsable = 0.5;
  const double room = kUsable * available_memory() / std::max(1.0, study_memory(study));
  const auto fit = static_cast<std::size_t>(std::clamp(room, 1.0, static_cast<double>(kMost)));
  return std::min({groups, fit, static_cast<std::size_t>(num_threads())});
}

/// Runs groups side by side in lanes. A lane that fails stops the others before it leaves, and none of them is torn out
/// of its loops: a replicate that was cut short would look like one that is finished.
class Lanes {
 public:
  Lanes(const Study& study, std::span<const PartGroup> groups, const Campaign& campaign)
      : study_(study), groups_(groups), campaign_(campaign), ended_(groups.size(), false) {
    if (!campaign.finished) return;
    seconds_ = planned_seconds(study);
    for (const PartGroup& group : groups) planned_ += seconds_of(group);
  }

  /// `run` does a group and returns what failed.
  void run(std::size_t lanes,
           const std::function<std::vector<PartFailure>(const PartGroup& group, const RunProgress& progress)>& run) {
    for_each_task(lanes, [&](std::size_t) {
      try {
        for (std::size_t u = next_++; u < groups_.size() && !stop_; u = next_++) {
          std::vector<PartFailure> failed = run(groups_[u], progress_of(u));
          end(u, failed);
        }
      } catch (const Stopped&) {
        return;
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (first_ == nullptr) first_ = std::current_exception();
        stop_ = true;
      }
    });
    if (first_ != nullptr) std::rethrow_exception(first_);
    if (!failures_.empty()) throw PartsFailed(study_, std::move(failures_));
  }

 private:
  double seconds_of(const PartGroup& group) const {
    double sum = 0;
    for (const std::size_t p : group.points) sum += seconds_[p];
    return sum;
  }

  /// Tells of groups that run side by side as of one after the other: of the first that has not ended.
  RunProgress progress_of(std::size_t u) {
    return [this, u](const std::string& phase, double share) {
      if (stop_) throw Stopped();
      if (campaign_.poll) campaign_.poll();
      if (!campaign_.progress) return;
      {
        const std::lock_guard lock(mutex_);
        if (current_ != u) return;
      }
      campaign_.progress("replicate " + std::to_string(groups_[u].replicate + 1) + "/" +
                             std::to_string(num_replicates(study_)) + ": " + phase,
                         share);
    };
  }

  void end(std::size_t u, std::vector<PartFailure>& failed) {
    const std::lock_guard lock(mutex_);
    failures_.insert(failures_.end(), failed.begin(), failed.end());
    ended_[u] = true;
    while (current_ < ended_.size() && ended_[current_]) ++current_;
    if (!campaign_.finished) return;
    done_ += seconds_of(groups_[u]);
    campaign_.finished(planned_ > 0 ? done_ / planned_ : 1);
  }

  const Study& study_;
  std::span<const PartGroup> groups_;
  const Campaign& campaign_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::exception_ptr first_;
  std::vector<PartFailure> failures_;
  std::vector<bool> ended_;
  std::size_t current_ = 0;
  std::vector<double> seconds_;  ///< [points]
  double planned_ = 0;
  double done_ = 0;
};

/// Runs parts and gives each to `take`, which is called on any thread.
void run_parts(const Study& study, std::span<const PartId> parts, const Campaign& campaign,
               const std::function<void(const PartId&, RunStore::Part)>& take) {
  const std::vector<PartGroup> groups = groups_of(parts, 1);
  if (groups.empty()) return;
  Lanes lanes(study, groups, campaign);
  lanes.run(replicate_lanes(study, groups.size()), [&](const PartGroup& group, const RunProgress& progress) {
    return run_group(study, group, progress, campaign.keep_going, take);
  });
}

/// Runs everything with its candidates, which keep the order of replicates.
std::vector<ReplicateRun> run_with_candidates(const Study& study, const Campaign& campaign) {
  std::vector<Scenario> scenarios;
  CandidateDump dump;
  dump.write = campaign.candidates;
  for (const StudyPoint& point : study.points) {
    scenarios.push_back(point.scenario);
    dump.variants.push_back(csv_field(point.name));
  }
  campaign.candidates(kCandidateColumns);
  std::vector<ReplicateRun> runs(num_replicates(study));
  const std::vector<PartGroup> groups = groups_of(parts_of(study, Shard()), 1);
  Lanes lanes(study, groups, campaign);
  lanes.run(1, [&](const PartGroup& group, const RunProgress& progress) {
    CandidateDump of_this = dump;
    of_this.replicate = group.replicate;
    runs[group.replicate] = run_replicate(scenarios, seed_of(study, group.replicate), progress, of_this);
    return std::vector<PartFailure>();
  });
  return runs;
}

}  // namespace

PartFailure failure_of(const PartId& part, const std::exception& error) {
  FailureKind kind = FailureKind::internal;
  std::string message = error.what();
  if (dynamic_cast<const InputError*>(&error) != nullptr) kind = FailureKind::input;
  if (dynamic_cast<const IoError*>(&error) != nullptr) kind = FailureKind::io;
  if (dynamic_cast<const RefusedError*>(&error) != nullptr) kind = FailureKind::memory;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    kind = FailureKind::memory;
    message = "out of memory";
  }
  return {part, kind, message};
}

PartsFailed::PartsFailed(const Study& study, std::vector<PartFailure> failures)
    : std::runtime_error(std::to_string(failures.size()) + " of " +
                         std::to_string(num_replicates(study) * study.points.size()) + " parts failed"),
      failures_(std::move(failures)) {
  CASCADE_CHECK(!failures_.empty(), "a campaign fails by its parts");
  std::sort(failures_.begin(), failures_.end(), [](const PartFailure& a, const PartFailure& b) {
    return std::pair(a.part.replicate, a.part.point) < std::pair(b.part.replicate, b.part.point);
  });
  for (const PartFailure& failure : failures_) lines_.push_back(name_of(study, failure.part) + ": " + failure.message);
}

std::vector<PartId> parts_of(const Study& study, const Shard& shard) {
  CASCADE_CHECK(shard.index >= 1 && shard.index <= shard.count, "shards are numbered from 1");
  const std::size_t points = study.points.size();
  const std::size_t n = num_replicates(study) * points;
  std::vector<PartId> parts;
  for (std::size_t k = n * (shard.index - 1) / shard.count; k < n * shard.index / shard.count; ++k)
    parts.push_back({k / points, k % points});
  return parts;
}

std::vector<PartGroup> groups_of(std::span<const PartId> parts, std::size_t wanted) {
  std::vector<PartGroup> whole;
  for (const PartId& part : parts) {
    if (whole.empty() || whole.back().replicate != part.replicate) whole.push_back({part.replicate, {}});
    whole.back().points.push_back(part.point);
  }
  if (whole.empty()) return whole;
  const std::size_t pieces = (wanted + whole.size() - 1) / whole.size();
  std::vector<PartGroup> groups;
  for (const PartGroup& group : whole) {
    const std::size_t n = group.points.size();
    const std::size_t cuts = std::clamp<std::size_t>(pieces, 1, n);
    for (std::size_t c = 0; c < cuts; ++c) {
      const auto begin = group.points.begin() + static_cast<std::ptrdiff_t>(n * c / cuts);
      const auto end = group.points.begin() + static_cast<std::ptrdiff_t>(n * (c + 1) / cuts);
      groups.push_back({group.replicate, std::vector<std::size_t>(begin, end)});
    }
  }
  return groups;
}

std::uint64_t seed_of(const Study& study, std::size_t replicate) {
  return replicate_seed(study.file.scenario.seed, replicate);
}

std::optional<RunStore::Part> find_part(const Study& study, const PartId& id, const RunStore& store) {
  std::optional<RunStore::Part> part = store.find(study.points[id.point].scenario, seed_of(study, id.replicate));
  if (part && id.point == 0 && part->validity.empty()) return std::nullopt;
  return part;
}

void place_part(const PartId& id, RunStore::Part part, std::vector<ReplicateRun>& runs) {
  ReplicateRun& run = runs[id.replicate];
  run.points[id.point] = std::move(part.run);
  if (id.point == 0) run.validity = std::move(part.validity);
}

std::vector<PartFailure> run_group(const Study& study, const PartGroup& group, const RunProgress& progress,
                                   bool keep_going, const std::function<void(const PartId&, RunStore::Part)>& take,
                                   WorkExchange* exchange) {
  std::vector<PartFailure> failures;
  const std::vector<Scenario> points = scenarios_of(study, group);
  ReplicateRun fresh;
  try {
    fresh = run_replicate(points, seed_of(study, group.replicate), progress, {}, {exchange, false});
  } catch (const std::exception& error) {
    if (!keep_going) throw;
    if (group.points.size() == 1) return {failure_of({group.replicate, group.points[0]}, error)};
    for (const std::size_t p : group.points) {
      const std::vector<PartFailure> alone =
          run_group(study, {group.replicate, {p}}, progress, keep_going, take, exchange);
      failures.insert(failures.end(), alone.begin(), alone.end());
    }
    return failures;
  }
  for (std::size_t k = 0; k < group.points.size(); ++k) {
    const PartId id{group.replicate, group.points[k]};
    try {
      take(id, {std::move(fresh.points[k]), k == 0 ? fresh.validity : NamedValues()});
    } catch (const std::exception& error) {
      if (!keep_going) throw;
      failures.push_back(failure_of(id, error));
    }
  }
  return failures;
}

void help_group(const Study& study, const PartGroup& group, const RunProgress& progress, WorkExchange& exchange) {
  try {
    run_replicate(scenarios_of(study, group), seed_of(study, group.replicate), progress, {}, {&exchange, true});
  } catch (const WorkIsOver&) {
    return;
  }
}

StudyResult run_campaign(const Study& study, const Campaign& campaign) {
  CASCADE_CHECK(campaign.store == nullptr || !campaign.candidates,
                "candidates are of the run itself: a stored part has none");
  if (campaign.candidates) return assemble_study(study, run_with_candidates(study, campaign));
  std::vector<ReplicateRun> runs = empty_runs(study);
  std::vector<PartId> missing;
  for (const PartId& id : parts_of(study, Shard())) {
    std::optional<RunStore::Part> part;
    if (campaign.store != nullptr) part = find_part(study, id, *campaign.store);
    if (part)
      place_part(id, std::move(*part), runs);
    else
      missing.push_back(id);
  }
  run_parts(study, missing, campaign, [&](const PartId& id, RunStore::Part part) {
    if (campaign.store != nullptr)
      campaign.store->keep(study.points[id.point].scenario, seed_of(study, id.replicate), part);
    place_part(id, std::move(part), runs);
  });
  return assemble_study(study, runs);
}

std::size_t run_shard(const Study& study, const Campaign& campaign, const Shard& shard) {
  CASCADE_CHECK(campaign.store != nullptr, "a shard leaves its parts in a store");
  const std::vector<PartId> parts = parts_of(study, shard);
  std::vector<PartId> missing;
  for (const PartId& id : parts)
    if (!find_part(study, id, *campaign.store)) missing.push_back(id);
  run_parts(study, missing, campaign, [&](const PartId& id, const RunStore::Part& part) {
    campaign.store->keep(study.points[id.point].scenario, seed_of(study, id.replicate), part);
  });
  return parts.size();
}

StudyResult merge_parts(const Study& study, std::span<const RunStore> stores) {
  for (const RunStore& store : stores)
    for (const std::string& build : store.builds())
      if (build != build_text())
        throw InputError(store.folder().string() + " has parts of another build, " + build + "; this program is " +
                         std::string(build_text()) + ": merge with the program that ran them, or run them again");
  std::vector<ReplicateRun> runs = empty_runs(study);
  std::vector<std::vector<std::string>> missing(runs.size());
  std::size_t num_missing = 0;
  for (const PartId& id : parts_of(study, Shard())) {
    std::optional<RunStore::Part> part;
    for (std::size_t s = 0; s < stores.size() && !part; ++s) part = find_part(study, id, stores[s]);
    if (part) {
      place_part(id, std::move(*part), runs);
    } else {
      missing[id.replicate].push_back(study.points[id.point].name);
      ++num_missing;
    }
  }
  if (num_missing == 0) return assemble_study(study, runs);
  std::string text = std::to_string(num_missing) + " of " + std::to_string(runs.size() * study.points.size()) +
                     " parts are in none of the folders:";
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (missing[r].empty()) continue;
    const bool all = missing[r].size() == study.points.size();
    text += "\n  replicate " + std::to_string(r + 1) + ": " + (all ? "every variant" : join(missing[r]));
  }
  throw InputError(text);
}

std::vector<double> planned_seconds(const Study& study) {
  std::vector<double> seconds;
  for (const PlannedPoint& point : plan_study(study, 1).points) seconds.push_back(point.seconds);
  return seconds;
}

StudyResult run_study(const Study& study, const RunProgress& progress, const CandidateSink& candidates,
                      const RunStore* store) {
  Campaign campaign;
  campaign.progress = progress;
  campaign.candidates = candidates;
  campaign.store = store;
  return run_campaign(study, campaign);
}

}  // namespace cascade
