#include "engine/trace.h"

#include <algorithm>
#include <ostream>

#include "base/errors.h"
#include "base/parallel.h"
#include "cli/commands.h"
#include "engine/replicate.h"
#include "report/format.h"
#include "report/lookup.h"

namespace cascade::cli {

namespace {

void print(const Trace& trace, const StudyPoint& point, Console& console) {
  std::ostream& out = console.out;
  const std::size_t k = trace.oracle.size();
  out << "request " << trace.request << " of variant " << point.name << ": user " << trace.user << ", "
      << trace.history_clicks << " clicks in the history\n";
  out << "the oracle's top " << k << ":";
  for (const TracedItem& item : trace.oracle) out << " " << item.item << " (" << fixed_text(item.true_value, 3) << ")";
  out << "\n";
  std::size_t alive = k;
  for (const TracedStage& stage : trace.stages) {
    alive -= stage.lost.size();
    out << "\n" << stage.name << " (" << stage.kind << "): " << stage.in << " in, " << stage.out << " kept";
    if (stage.cut > 0) out << ", " << stage.cut << " not scored for want of budget";
    out << "; " << alive << " of the oracle's " << k << " still there\n";
    out << "  kept first:";
    for (const TracedItem& item : stage.best) {
      out << " " << item.item;
      if (item.oracle_rank > 0) out << " (oracle's no. " << item.oracle_rank << ")";
    }
    out << "\n";
    for (const Loss& loss : stage.lost) {
      out << "  lost: item " << loss.item << ", the oracle's no. " << loss.oracle_rank << ", worth "
          << fixed_text(loss.true_value, 3);
      if (loss.rank > 0) out << ", ranked " << loss.rank << " of " << stage.in - stage.cut;
      out << "\n";
    }
  }
  out << "\nthe page is worth " << fixed_text(trace.page_value, 3) << ", the oracle's "
      << fixed_text(trace.oracle_page_value, 3) << "\n";
}

}  // namespace

int trace(const TraceOptions& options, Console& console) {
  const Study study = load(options.from);
  refuse_if_too_large(study);
  const ThreadLimit limit(options.from.threads);
  std::vector<std::string> names;
  for (const StudyPoint& point : study.points) names.push_back(point.name);
  const std::string wanted = options.variant.empty() ? names.front() : options.variant;
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) throw InputError(no_such_name("variant", wanted, names));
  const StudyPoint& point = study.points[static_cast<std::size_t>(found - names.begin())];
  if (options.request >= static_cast<std::uint64_t>(point.scenario.evaluate.requests))
    throw InputError("--request: there are " + std::to_string(point.scenario.evaluate.requests) +
                     " requests, numbered from 0, got " + std::to_string(options.request));
  Trace result;
  {
    ProgressLine line(console, options.from.quiet);
    result =
        trace_request(point.scenario, replicate_seed(study.file.scenario.seed, 0), options.request, line.callback());
  }
  print(result, point, console);
  return kDone;
}

}  // namespace cascade::cli
