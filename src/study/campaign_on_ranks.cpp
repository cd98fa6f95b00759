#include <chrono>
#include <exception>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "study/ranks.h"

namespace cascade {

namespace {

constexpr char kPart = 'P';     ///< what follows: replicate, point, the part's bytes
constexpr char kFailure = 'F';  ///< what follows: replicate, point, kind, message
constexpr char kField = ' ';

std::string message_of(char what, const PartId& id, const std::string& rest) {
  return what + std::to_string(id.replicate) + kField + std::to_string(id.point) + kField + rest;
}

/// Splits such a message; what it is stands in its first character.
PartId read_message(const std::string& message, std::string& rest) {
  std::size_t used = 0;
  PartId id;
  id.replicate = std::stoull(message.substr(1), &used);
  std::size_t at = 1 + used + 1;
  id.point = std::stoull(message.substr(at), &used);
  at += used + 1;
  rest = message.substr(at);
  return id;
}

[[noreturn]] void throw_failure(const PartFailure& failure) {
  switch (failure.kind) {
    case FailureKind::input:
      throw InputError(failure.message);
    case FailureKind::io:
      throw IoError(failure.message);
    case FailureKind::memory:
      throw RefusedError(failure.message);
    case FailureKind::internal:
      break;
  }
  throw InternalError(failure.message);
}

/// What all ranks must have in common.
std::string identity_of(const Study& study) {
  return std::string(build_text()) + " " + hex(content_hash(study.resolved));
}

/// The parts that are left to run, as text: '1' for each that is, in the order of all parts.
std::vector<PartId> left_of(const Study& study, const std::string& marks) {
  const std::vector<PartId> all = parts_of(study, Shard());
  CASCADE_CHECK(marks.size() == all.size(), "ranks differ in their parts");
  std::vector<PartId> left;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (marks[k] == '1') left.push_back(all[k]);
  return left;
}

void work(const Study& study, const Campaign& campaign, Ranks& ranks) {
  ranks.gather(identity_of(study));
  const std::vector<PartId> left = left_of(study, ranks.begin(""));
  const std::vector<PartGroup> groups = groups_of(left, ranks.size());
  const RunProgress poll = [&](const std::string&, double) {
    if (campaign.poll) campaign.poll();
  };
  const auto send_failure = [&](const PartFailure& failure) {
    ranks.deliver(
        message_of(kFailure, failure.part, std::to_string(static_cast<int>(failure.kind)) + kField + failure.message));
  };
  while (const std::optional<std::size_t> task = ranks.ask()) {
    const PartGroup& group = groups[*task];
    try {
      const auto failures =
          run_group(study, group, poll, campaign.keep_going, [&](const PartId& id, RunStore::Part part) {
            ranks.deliver(message_of(
                kPart, id, RunStore::to_bytes(study.points[id.point].scenario, seed_of(study, id.replicate), part)));
          });
      for (const PartFailure& failure : failures) send_failure(failure);
    } catch (const std::exception& error) {
      send_failure(failure_of({group.replicate, group.points[0]}, error));
    }
  }
}

/// What rank 0 knows of a campaign while its parts come in, from itself and from the others.
class Collector {
 public:
  Collector(const Study& study, const Campaign& campaign)
      : study_(study), campaign_(campaign), runs_(static_cast<std::size_t>(study.file.scenario.evaluate.replicates)) {
    for (ReplicateRun& run : runs_) run.points.resize(study.points.size());
    std::string marks;
    for (const PartId& id : parts_of(study, Shard())) {
      std::optional<RunStore::Part> part;
      if (campaign.store != nullptr) part = find_part(study, id, *campaign.store);
      marks += part ? '0' : '1';
      if (part) place_part(id, std::move(*part), runs_);
    }
    marks_ = marks;
    if (!campaign.finished) return;
    seconds_ = planned_seconds(study);
    for (const PartId& id : left_of(study, marks)) planned_ += seconds_[id.point];
  }

  const std::string& marks() const { return marks_; }

  void share(std::size_t num_groups) { num_groups_ = num_groups; }

  std::optional<std::size_t> next() {
    const std::lock_guard lock(mutex_);
    if (next_ >= num_groups_ || first_ != nullptr) return std::nullopt;
    return next_++;
  }

  /// Throws IoError where the store cannot take it.
  void take(const PartId& id, RunStore::Part part) {
    const std::lock_guard lock(mutex_);
    if (campaign_.store != nullptr)
      campaign_.store->keep(study_.points[id.point].scenario, seed_of(study_, id.replicate), part);
    place_part(id, std::move(part), runs_);
    if (!campaign_.finished) return;
    done_ += seconds_[id.point];
    campaign_.finished(done_ / planned_);
  }

  /// A message of another rank. Throws nothing.
  void take_message(std::size_t rank, const std::string& message) {
    PartId id;
    try {
      std::string rest;
      id = read_message(message, rest);
      if (message[0] == kFailure) {
        std::size_t used = 0;
        const auto kind = static_cast<FailureKind>(std::stoi(rest, &used));
        fail({id, kind, "rank " + std::to_string(rank) + ": " + rest.substr(used + 1)});
        return;
      }
      std::optional<RunStore::Part> part =
          RunStore::from_bytes(rest, study_.points[id.point].scenario, seed_of(study_, id.replicate));
      CASCADE_CHECK(part.has_value(), "a part from rank " + std::to_string(rank) + " came damaged");
      take(id, std::move(*part));
    } catch (const std::exception& error) {
      fail(failure_of(id, error));
    }
  }

  void fail(const PartFailure& failure) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(failure);
    if (campaign_.keep_going || first_ != nullptr) return;
    try {
      throw_failure(failure);
    } catch (...) {
      first_ = std::current_exception();
    }
  }

  void throw_if_failed() {
    const std::lock_guard lock(mutex_);
    if (first_ != nullptr) std::rethrow_exception(first_);
  }

  StudyResult result() {
    throw_if_failed();
    if (!failures_.empty()) throw PartsFailed(study_, failures_);
    return assemble_study(study_, runs_);
  }

 private:
  const Study& study_;
  const Campaign& campaign_;
  std::string marks_;
  std::mutex mutex_;
  std::vector<ReplicateRun> runs_;
  std::vector<PartFailure> failures_;
  std::exception_ptr first_;
  std::size_t num_groups_ = 0;
  std::size_t next_ = 0;
  std::vector<double> seconds_;  ///< [points]
  double planned_ = 0;
  double done_ = 0;
};

StudyResult lead(const Study& study, const Campaign& campaign, Ranks& ranks) {
  const std::string mine = identity_of(study);
  const std::vector<std::string> identities = ranks.gather(mine);
  for (std::size_t r = 1; r < identities.size(); ++r) {
    if (identities[r][0] == kRankFault) throw IoError("rank " + std::to_string(r) + ": " + identities[r].substr(1));
    if (identities[r] != mine)
      throw InputError("rank " + std::to_string(r) + " has another scenario or build than rank 0: " + identities[r] +
                       " against " + mine);
  }
  Collector collector(study, campaign);
  const std::vector<PartId> left = left_of(study, ranks.begin(collector.marks()));
  const std::vector<PartGroup> groups = groups_of(left, ranks.size());
  collector.share(groups.size());
  const Ranks::Server server(
      ranks, [&] { return collector.next(); },
      [&](std::size_t rank, const std::string& bytes) { collector.take_message(rank, bytes); });
  const RunProgress progress = [&](const std::string& phase, double share) {
    collector.throw_if_failed();
    if (campaign.poll) campaign.poll();
    if (campaign.progress) campaign.progress(phase, share);
  };
  while (const std::optional<std::size_t> task = collector.next()) {
    const PartGroup& group = groups[*task];
    const std::string name = "replicate " + std::to_string(group.replicate + 1) + " on rank 0: ";
    const auto failures = run_group(
        study, group, [&](const std::string& phase, double share) { progress(name + phase, share); },
        campaign.keep_going, [&](const PartId& id, RunStore::Part part) { collector.take(id, std::move(part)); });
    for (const PartFailure& failure : failures) collector.fail(failure);
  }
  while (!server.done()) {
    progress("waiting for the other ranks", 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return collector.result();
}

}  // namespace

std::optional<StudyResult> run_on_ranks(const Study& study, const Campaign& campaign, Ranks& ranks) {
  CASCADE_CHECK(!campaign.candidates, "candidates keep the order of one process");
  if (ranks.rank() == 0) return lead(study, campaign, ranks);
  work(study, campaign, ranks);
  return std::nullopt;
}

}  // namespace cascade
