#pragma once
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "study/study.h"

namespace cascade {

// A study is run in parts. A part is one point (a variant at one place of the sweep) in one replicate: what a store
// keeps, what shards divide and what ranks send each other. Parts are numbered replicate by replicate, the points of
// one in their order, so that neighbours share a world, logs and models.

struct PartId {
  std::size_t replicate = 0;
  std::size_t point = 0;
  friend bool operator==(const PartId&, const PartId&) = default;
};

/// Parts of one replicate that are run together: what they have in common is made once.
struct PartGroup {
  std::size_t replicate = 0;
  std::vector<std::size_t> points;  ///< ascending
};

/// Which parts of a study a process runs: 1/1 is all of them.
struct Shard {
  std::size_t index = 1;  ///< 1..count
  std::size_t count = 1;
};

/// What went wrong, as far as the program's exit code tells it.
enum class FailureKind { input, io, memory, internal };

struct PartFailure {
  PartId part;
  FailureKind kind = FailureKind::internal;
  std::string message;
};

/// The failure of a part by that exception.
PartFailure failure_of(const PartId& part, const std::exception& error);

/// A campaign that kept going, and at its end has no report: some parts failed. The others are in the store.
class PartsFailed : public std::runtime_error {
 public:
  PartsFailed(const Study& study, std::vector<PartFailure> failures);
  /// In the order of parts; at least one.
  const std::vector<PartFailure>& failures() const { return failures_; }
  /// "replicate 2, b: cannot write ...", one for each failure.
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<PartFailure> failures_;
  std::vector<std::string> lines_;
};

/// How a study is run.
struct Campaign {
  RunProgress progress;                  ///< may be empty
  std::function<void()> poll;            ///< called often, on any thread: ends the campaign by throwing; may be empty
  std::function<void(double)> finished;  ///< share of the planned work that is done, of what is run; may be empty
  CandidateSink candidates;              ///< takes candidates.csv; may be empty, and is where there is a store
  const RunStore* store = nullptr;       ///< takes parts as they are finished; what it has is not run again
  bool keep_going = false;               ///< a part that fails does not end the others: see PartsFailed
};

/// All parts, taken from the store or run; the report's bytes depend on neither. Throws the first failure, or where the
/// campaign keeps going, PartsFailed.
StudyResult run_campaign(const Study& study, const Campaign& campaign);

/// Runs the parts of a shard into the store, which must be given. Returns how many it has.
std::size_t run_shard(const Study& study, const Campaign& campaign, const Shard& shard);

/// The study whose parts lie in several stores, put together as if one process had run them. Throws InputError for
/// parts of another build of the program, and naming the parts that are in none of them.
StudyResult merge_parts(const Study& study, std::span<const RunStore> stores);

/// The parts of a shard: a stretch of all of them, none of which is longer than another by more than one.
std::vector<PartId> parts_of(const Study& study, const Shard& shard);
/// Cuts parts in their order into groups: one a replicate, or at least `wanted` where there are parts enough.
std::vector<PartGroup> groups_of(std::span<const PartId> parts, std::size_t wanted);
/// The seed of a replicate.
std::uint64_t seed_of(const Study& study, std::size_t replicate);
/// The part of a store that serves in this place; the first point needs its world described.
std::optional<RunStore::Part> find_part(const Study& study, const PartId& id, const RunStore& store);
/// Puts a part where it belongs in the runs of all replicates.
void place_part(const PartId& id, RunStore::Part part, std::vector<ReplicateRun>& runs);
/// Runs the parts of a group and gives each to `take`. Where it is told to keep going, parts that fail together are run
/// one by one, and those that fail alone are returned; else the first failure is thrown. `exchange`: by which other
/// processes help with it.
std::vector<PartFailure> run_group(const Study& study, const PartGroup& group, const RunProgress& progress,
                                   bool keep_going, const std::function<void(const PartId&, RunStore::Part)>& take,
                                   WorkExchange* exchange = nullptr);
/// Does a share of the work of a group that another process runs with this exchange.
void help_group(const Study& study, const PartGroup& group, const RunProgress& progress, WorkExchange& exchange);
/// What each point of the study adds to a replicate's planned time, in seconds.
std::vector<double> planned_seconds(const Study& study);

/// The report of runs that are complete: [replicates] of [points].
StudyResult assemble_study(const Study& study, std::span<const ReplicateRun> runs);

}  // namespace cascade
