#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/build_info.h"
#include "base/bytes.h"
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

/// Groups of parts that are given out whole, and which of them are shared by several ranks.
struct Groups {
  std::vector<PartGroup> all;
  std::vector<bool> shared;
};

/// Whether much of a point is done by one process when its models are trained and its requests are served.
bool ends_alone(const Scenario& point) {
  return point.with_days || point.under_load || (point.allocated && point.allocation.controlled);
}

/// A replicate is cut into pieces only where ranks could not divide it otherwise. Shared are the pieces of one
/// replicate, which have their models in common, and the last groups, which come when some ranks have nothing else.
Groups share_groups(const Study& study, std::span<const PartId> left, std::size_t ranks) {
  const bool cut = std::any_of(left.begin(), left.end(),
                               [&](const PartId& id) { return ends_alone(study.points[id.point].scenario); });
  Groups groups;
  groups.all = groups_of(left, cut ? ranks : 1);
  const std::size_t n = groups.all.size();
  for (std::size_t g = 0; g < n; ++g) {
    const auto same = [&](std::size_t other) { return groups.all[other].replicate == groups.all[g].replicate; };
    groups.shared.push_back(ranks > 1 && (g >= n - n % ranks || (g > 0 && same(g - 1)) || (g + 1 < n && same(g + 1))));
  }
  return groups;
}

/// What a rank is told to do with a group, as a number.
struct Task {
  std::size_t group = 0;
  bool helps = false;  ///< another rank has it
  static Task of(std::size_t number) { return {number / 2, number % 2 == 1}; }
  std::size_t number() const { return 2 * group + (helps ? 1 : 0); }
};

enum class Question : char { ask, keep, give_up };

/// The board of rank 0 as the others reach it.
class RemoteExchange final : public WorkExchange {
 public:
  RemoteExchange(Ranks& ranks, std::size_t scope) : ranks_(ranks), scope_(scope) {}
  Answer ask(const std::string& piece, Want want, std::string& bytes) override {
    const std::string answer = call(Question::ask, piece, want, "");
    bytes = answer.substr(1);
    return static_cast<Answer>(answer[0]);
  }
  void keep(const std::string& piece, std::string bytes) override { call(Question::keep, piece, Want::copy, bytes); }
  void give_up(const std::string& piece) override { call(Question::give_up, piece, Want::nothing, ""); }

 private:
  std::string call(Question question, const std::string& piece, Want want, const std::string& bytes) {
    ByteWriter writer;
    writer.number(static_cast<char>(question));
    writer.number(static_cast<std::uint64_t>(scope_));
    visit_text(writer, piece);
    writer.number(static_cast<char>(want));
    writer.bytes(bytes.data(), bytes.size());
    return ranks_.call(writer.take());
  }

  Ranks& ranks_;
  std::size_t scope_;
};

/// Rank 0's side of it.
std::string answer_question(WorkBoard& board, const std::string& text) {
  ByteReader reader(text);
  char question = 0;
  std::uint64_t number = 0;
  std::string piece;
  char want = 0;
  reader.number(question);
  reader.number(number);
  const auto scope = static_cast<std::size_t>(number);
  visit_text(reader, piece);
  reader.number(want);
  std::string bytes;
  switch (static_cast<Question>(question)) {
    case Question::ask: {
      const char answer = static_cast<char>(board.ask(scope, piece, static_cast<Want>(want), bytes));
      return answer + bytes;
    }
    case Question::keep:
      board.keep(scope, piece, std::string(reader.rest()));
      break;
    case Question::give_up:
      board.give_up(scope, piece);
      break;
  }
  return "";
}

/// Helps with a group. Where a campaign keeps going, a failure is left to the rank that has the group: it fails by
/// itself, unless the fault was this rank's.
void help_out(const Study& study, const PartGroup& group, const RunProgress& poll, bool keep_going,
              WorkExchange& exchange) {
  try {
    help_group(study, group, poll, exchange);
  } catch (const std::exception&) {
    if (!keep_going) throw;
  }
}

void work(const Study& study, const Campaign& campaign, Ranks& ranks) {
  ranks.gather(identity_of(study));
  const std::vector<PartId> left = left_of(study, ranks.begin(""));
  const Groups groups = share_groups(study, left, ranks.size());
  const RunProgress poll = [&](const std::string&, double) {
    if (campaign.poll) campaign.poll();
  };
  const auto send_failure = [&](const PartFailure& failure) {
    ranks.deliver(
        message_of(kFailure, failure.part, std::to_string(static_cast<int>(failure.kind)) + kField + failure.message));
  };
  while (const std::optional<std::size_t> number = ranks.ask()) {
    const Task task = Task::of(*number);
    const PartGroup& group = groups.all[task.group];
    RemoteExchange exchange(ranks, group.replicate);
    try {
      if (task.helps) {
        help_out(study, group, poll, campaign.keep_going, exchange);
        continue;
      }
      const auto failures = run_group(
          study, group, poll, campaign.keep_going,
          [&](const PartId& id, RunStore::Part part) {
            ranks.deliver(message_of(
                kPart, id, RunStore::to_bytes(study.points[id.point].scenario, seed_of(study, id.replicate), part)));
          },
          groups.shared[task.group] ? &exchange : nullptr);
      for (const PartFailure& failure : failures) send_failure(failure);
    } catch (const WorkIsOver&) {
      continue;  // of a rank that has the group: rank 0 has failed, and ends the run
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

  void share(const Groups& groups) {
    groups_ = &groups;
    states_.resize(groups.all.size());
  }

  WorkBoard& board() { return board_; }

  /// What this rank is to do next, having ended what it had: groups in their order, then help with those that are
  /// shared and not done, where the fewest are.
  std::optional<Task> next(std::size_t rank) {
    const std::lock_guard lock(mutex_);
    for (std::size_t g = 0; g < next_; ++g)
      if (states_[g].ranks[0] == rank && !states_[g].done) end(g);
    if (first_ != nullptr) return std::nullopt;
    if (next_ < states_.size()) {
      states_[next_].ranks = {rank};
      return Task{next_++, false};
    }
    std::size_t best = states_.size();
    for (std::size_t g = 0; g < states_.size(); ++g) {
      const std::vector<std::size_t>& in = states_[g].ranks;
      if (!groups_->shared[g] || states_[g].done || std::count(in.begin(), in.end(), rank) > 0) continue;
      if (best == states_.size() || in.size() < states_[best].ranks.size()) best = g;
    }
    if (best == states_.size()) return std::nullopt;
    states_[best].ranks.push_back(rank);
    return Task{best, true};
  }

  /// A question of another rank to the board. Throws nothing.
  std::string answer(std::size_t rank, const std::string& question) {
    try {
      return answer_question(board_, question);
    } catch (const std::exception& error) {
      PartFailure failure = failure_of({}, error);
      failure.message = "for rank " + std::to_string(rank) + ": " + failure.message;
      fail(failure);
    }
    return {static_cast<char>(WorkExchange::Answer::over)};
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
  struct GroupState {
    std::vector<std::size_t> ranks;  ///< the one that has it, and those that help
    bool done = false;
  };

  /// The work of a replicate is over with its last group.
  void end(std::size_t g) {
    states_[g].done = true;
    for (std::size_t other = 0; other < states_.size(); ++other)
      if (groups_->all[other].replicate == groups_->all[g].replicate && !states_[other].done) return;
    board_.close(groups_->all[g].replicate);
  }

  const Study& study_;
  const Campaign& campaign_;
  std::string marks_;
  std::mutex mutex_;
  std::vector<ReplicateRun> runs_;
  std::vector<PartFailure> failures_;
  std::exception_ptr first_;
  const Groups* groups_ = nullptr;
  std::vector<GroupState> states_;  ///< [groups]
  std::size_t next_ = 0;            ///< group to be given out
  WorkBoard board_;                 ///< what ranks that share a replicate have done; its scopes are the replicates
  std::vector<double> seconds_;     ///< [points]
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
  const Groups groups = share_groups(study, left, ranks.size());
  collector.share(groups);
  Ranks::Service service;
  service.next = [&](std::size_t rank) -> std::optional<std::size_t> {
    const std::optional<Task> task = collector.next(rank);
    return task ? std::optional(task->number()) : std::nullopt;
  };
  service.take = [&](std::size_t rank, const std::string& bytes) { collector.take_message(rank, bytes); };
  service.answer = [&](std::size_t rank, const std::string& question) { return collector.answer(rank, question); };
  const Ranks::Server server(ranks, service);
  const RunProgress progress = [&](const std::string& phase, double share) {
    collector.throw_if_failed();
    if (campaign.poll) campaign.poll();
    if (campaign.progress) campaign.progress(phase, share);
  };
  while (const std::optional<Task> task = collector.next(ranks.rank())) {
    const PartGroup& group = groups.all[task->group];
    WorkBoard::Scope exchange(collector.board(), group.replicate);
    const RunProgress named = [&](const std::string& phase, double share) {
      progress("replicate " + std::to_string(group.replicate + 1) + " on rank 0: " + phase, share);
    };
    if (task->helps) {
      help_out(study, group, named, campaign.keep_going, exchange);
      continue;
    }
    const auto failures = run_group(
        study, group, named, campaign.keep_going,
        [&](const PartId& id, RunStore::Part part) { collector.take(id, std::move(part)); },
        groups.shared[task->group] ? &exchange : nullptr);
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
