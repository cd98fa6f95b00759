#include "study/optimize.h"

#include <ostream>

#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/commands.h"
#include "report/optimum.h"

namespace cascade::cli {

int optimize(const OptimizeOptions& options, Console& console) {
  const Study study = load(options.from);
  if (!study.file.optimized)
    throw InputError(options.from.scenario.string() +
                     ": has no `optimize:`, which says what to choose among; see `cascade describe optimize`");
  constexpr double kUsable = 0.9;
  if (const double needed = optimize_memory(study); needed > kUsable * available_memory())
    throw RefusedError("the search needs about " + short_number(needed / 1e9) + " GB of memory and " +
                       short_number(available_memory() / 1e9) +
                       " GB are free: lower optimize.max_funnels, optimize.final_requests, evaluate.requests or "
                       "evaluate.replicates");
  if (!options.out.empty()) {
    make_folder(options.out);
    const AtomicFile probe(options.out / "optimize.json");  // a folder that cannot be written is said before the search
  }
  const ThreadLimit limit(options.from.threads);
  OptimizeResult result;
  {
    ProgressLine line(console, options.from.quiet);
    result = cascade::optimize(study, line.callback());
  }
  if (!options.out.empty()) {
    write_file_atomically(options.out / "optimize.json", optimum_json(result));
    write_file_atomically(options.out / "funnels.csv", optimum_csv(result));
    write_file_atomically(options.out / "optimum.yaml", result.optimum);
  }
  if (!options.from.quiet) console.out << optimum_terminal(result, console.style);
  if (!options.out.empty() && !options.from.quiet)
    console.err << "written to " << options.out.string() << "; cascade run " << (options.out / "optimum.yaml").string()
                << " runs the choice\n";
  return kDone;
}

}  // namespace cascade::cli
