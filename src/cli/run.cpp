#include <chrono>
#include <ostream>

#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "cli/commands.h"
#include "report/csv.h"
#include "report/expectations.h"
#include "report/findings.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"
#include "report/terminal.h"
#include "study/log_files.h"

namespace cascade::cli {

namespace {

/// Clock readings are kept apart from the report, whose bytes they would change.
std::string timings_json(double seconds, int threads) {
  return "{\n  \"schema\": \"cascade-timings/1\",\n  \"wall_s\": " + std::to_string(seconds) +
         ",\n  \"threads\": " + std::to_string(threads) + "\n}\n";
}

/// What the scenario expects; a line about what was not measured does not hold, and says so.
std::vector<ExpectationResult> checked(const Study& study, const StudyResult& result) {
  std::vector<ExpectationResult> all;
  for (const Expectation& expectation : study.file.expect) {
    try {
      all.push_back(check_expectation(result, expectation));
    } catch (const InputError& error) {
      all.push_back({false, expectation_text(expectation), error.what()});
    }
  }
  return all;
}

}  // namespace

int run(const RunOptions& options, Console& console) {
  const Study study = load(options.from);
  refuse_if_too_large(study);
  if (!options.out.empty()) {
    make_folder(options.out);
    const AtomicFile probe(options.out / "report.json");  // a folder that cannot be written is said before the run
  }
  const RunStore store(options.out / "parts");
  if (!options.out.empty() && !options.resume) store.clear();
  const auto start = std::chrono::steady_clock::now();
  const ThreadLimit limit(options.from.threads);
  StudyResult result;
  {
    ProgressLine line(console, options.from.quiet);
    if (options.dump) {
      AtomicFile candidates(options.out / "candidates.csv");
      result = run_study(study, line.callback(), [&](const std::string& rows) { candidates.write(rows); });
      candidates.commit();
    } else if (options.out.empty()) {
      result = run_study(study, line.callback());
    } else {
      result = run_study(study, line.callback(), {}, &store);
    }
    if (options.dump_logs) dump_logs(study, options.out / "logs", line.callback());
  }
  const std::vector<Finding> findings = find_findings(result);
  if (!options.out.empty()) {
    write_file_atomically(options.out / "report.json", report_json(result, findings));
    write_file_atomically(options.out / "requests.csv", requests_csv(result));
    write_file_atomically(options.out / "report.csv", report_csv(result));
    write_file_atomically(options.out / "report.md", markdown_report(result, findings));
    write_file_atomically(options.out / "report.html", html_report(result, findings, checked(study, result)));
    write_file_atomically(options.out / "scenario.yaml", study.resolved);
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
