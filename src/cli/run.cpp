#include <charconv>
#include <chrono>
#include <ostream>

#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/commands.h"
#include "report/findings.h"
#include "report/terminal.h"
#include "study/log_files.h"
#include "study/ranks.h"

namespace cascade::cli {

namespace {

/// Clock readings are kept apart from the report, whose bytes they would change.
std::string timings_json(double seconds, int threads) {
  return "{\n  \"schema\": \"cascade-timings/1\",\n  \"wall_s\": " + std::to_string(seconds) +
         ",\n  \"threads\": " + std::to_string(threads) + "\n}\n";
}

/// "2/5". Throws InputError.
Shard read_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.index);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, shard.count);
    if (second.ec == std::errc() && second.ptr == end && shard.index >= 1 && shard.index <= shard.count) return shard;
  }
  throw InputError("--shard: must be i/n with 1 <= i <= n, got " + text);
}

Campaign campaign_of(const RunOptions& options, ProgressLine& line) {
  Campaign campaign;
  campaign.progress = line.callback();
  campaign.poll = throw_if_interrupted;
  campaign.finished = line.finished();
  campaign.keep_going = options.keep_going;
  return campaign;
}

/// Leaves parts and the scenario that they are of, which may lie there already from other shards.
int run_one_shard(const RunOptions& options, const Study& study, Console& console) {
  const Shard shard = read_shard(options.shard);
  const std::filesystem::path scenario = options.out / "scenario.yaml";
  if (std::filesystem::exists(scenario)) {
    const std::string other = read_file(scenario);
    if (other != study.resolved)
      throw InputError(scenario.string() + " is another scenario, from " + first_difference(other, study.resolved) +
                       ": shards of one scenario share a folder");
  } else {
    write_file_atomically(scenario, study.resolved);
  }
  const RunStore store(options.out / "parts");
  std::size_t parts = 0;
  {
    ProgressLine line(console, options.from.quiet);
    Campaign campaign = campaign_of(options, line);
    campaign.store = &store;
    parts = run_shard(study, campaign, shard);
  }
  if (!options.from.quiet)
    console.err << "shard " << options.shard << ": " << parts << (parts == 1 ? " part" : " parts") << " of "
                << parts_of(study, Shard()).size() << ", kept in " << store.folder().string() << " for cascade merge\n";
  return kDone;
}

/// What another rank than the first does: it says nothing, and writes nothing.
int run_as_worker(const RunOptions& options, Ranks& ranks) {
  Study study;
  try {
    study = load(options.from);
  } catch (const std::exception& error) {
    ranks.gather(kRankFault + std::string(error.what()));  // rank 0 tells of it, and ends all
    return kDone;
  }
  const ThreadLimit limit(options.from.threads);
  Campaign campaign;
  campaign.poll = throw_if_interrupted;
  campaign.keep_going = options.keep_going;
  try {
    run_on_ranks(study, campaign, ranks);
  } catch (const Interrupted& interrupted) {
    return kSignal + interrupted.signal;
  }
  return kDone;
}

/// Ranks on one machine share its memory.
void refuse_if_too_large(const Study& study, const Ranks& ranks) {
  refuse_if_too_large(study);
  const double needed = study_memory(study) * static_cast<double>(ranks.on_this_machine());
  if (needed > available_memory())
    throw RefusedError(std::to_string(ranks.on_this_machine()) + " ranks on this machine need about " +
                       short_number(needed / 1e9) + " GB of memory and " + short_number(available_memory() / 1e9) +
                       " GB are free: start fewer there");
}

}  // namespace

int run(const RunOptions& options, Console& console) {
  Ranks ranks;
  if (ranks.rank() > 0) return run_as_worker(options, ranks);
  const Study study = load(options.from);
  refuse_if_too_large(study, ranks);
  if (ranks.size() > 1 && (options.dump || !options.shard.empty()))
    throw InputError(std::string(options.dump ? "--dump" : "--shard") + ": is for one process, not for " +
                     std::to_string(ranks.size()) + " ranks");
  if (!options.out.empty()) {
    make_folder(options.out);
    const AtomicFile probe(options.out / "report.json");  // a folder that cannot be written is said before the run
  }
  const auto start = std::chrono::steady_clock::now();
  const ThreadLimit limit(options.from.threads);
  if (!options.shard.empty()) return run_one_shard(options, study, console);
  const RunStore store(options.out / "parts");
  if (!options.out.empty() && !options.resume) store.clear();
  StudyResult result;
  try {
    ProgressLine line(console, options.from.quiet);
    Campaign campaign = campaign_of(options, line);
    if (options.dump) {
      AtomicFile candidates(options.out / "candidates.csv");
      campaign.candidates = [&](const std::string& rows) { candidates.write(rows); };
      result = run_campaign(study, campaign);
      candidates.commit();
    } else {
      if (!options.out.empty()) campaign.store = &store;
      result = ranks.size() > 1 ? *run_on_ranks(study, campaign, ranks) : run_campaign(study, campaign);
    }
    if (options.dump_logs) dump_logs(study, options.out / "logs", line.callback());
  } catch (const Interrupted&) {
    if (ranks.size() > 1)
      console.err << "cascade: rank 0 of " << ranks.size()
                  << " was told to stop: if nobody asked for that, another rank has died\n";
    throw;
  }
  judge_expectations(study, result);
  const std::vector<Finding> findings = find_findings(result);
  if (!options.out.empty()) {
    write_report_folder(options.out, study, result, findings);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (!options.resume) store.clear();
    write_file_atomically(options.out / "timings.json", timings_json(took.count(), limit.num_threads()));
  }
  if (!options.from.quiet) {
    TerminalOptions terminal;
    terminal.style = console.style;
    console.out << terminal_report(result, findings, terminal);
  }
  if (!options.out.empty() && !options.from.quiet) console.err << "written to " << options.out.string() << "\n";
  return kDone;
}

}  // namespace cascade::cli
