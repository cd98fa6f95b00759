#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <new>
#include <ostream>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/text.h"
#include "study/ranks.h"

namespace cascade::cli {

namespace {

void add_scenario_options(CLI::App& app, ScenarioOptions& options, bool with_scenario = true) {
  if (with_scenario) app.add_option("scenario", options.scenario, "scenario file")->required();
  app.add_option("--set", options.set, "path=value in place of what the file says; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--seed", options.seed, "seed in place of the file's");
  app.add_option("--replicates", options.replicates, "replicates in place of the file's");
  app.add_option("--threads", options.threads, "threads; 0: all cores")->check(CLI::Range(0, 1024));
  app.add_flag("-q,--quiet", options.quiet, "no progress; run: no table either");
}

/// An unknown command gets the nearest one as a hint.
int usage_error(const CLI::App& app, int argc, const char* const* argv, const CLI::ParseError& error,
                Console& console) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  const bool nothing = argc <= 1;
  console.err << "cascade: " << (nothing ? "a command is needed: " + join(commands) : error.what()) << "\n";
  if (!nothing && app.get_subcommands().empty()) {
    const auto near = nearest_names(argv[1], commands);
    if (!near.empty()) console.err << "did you mean 'cascade " << near.front() << "'? ";
    console.err << "(there are: " << join(commands) << ")\n";
  }
  console.err << "see: cascade --help\n";
  return kUsage;
}

int code_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::input:
      return kInvalid;
    case FailureKind::io:
      return kCannotReadOrWrite;
    case FailureKind::memory:
      return kRefused;
    case FailureKind::internal:
      break;
  }
  return kFailed;
}

int guarded(const std::function<int()>& command, Console& console) {
  try {
    return command();
  } catch (const PartsFailed& failed) {
    for (const std::string& line : failed.lines()) console.err << "cascade: " << line << "\n";
    console.err << "cascade: " << failed.what()
                << "; no report (run --resume into the same folder tries them again, and only them)\n";
    return code_of(failed.failures().front().kind);
  } catch (const InputError& error) {
    console.err << error.what() << "\n";
    return kInvalid;
  } catch (const IoError& error) {
    console.err << "cascade: " << error.what() << "\n";
    return kCannotReadOrWrite;
  } catch (const RefusedError& error) {
    console.err << "cascade: refused: " << error.what() << "\n";
    return kRefused;
  } catch (const Interrupted& interrupted) {
    console.err << "cascade: interrupted (run --resume into the same folder goes on from what is finished)\n";
    return kSignal + interrupted.signal;
  } catch (const std::bad_alloc&) {
    console.err << "cascade: refused: out of memory; lower world.users, world.items or evaluate.requests\n";
    return kRefused;
  }
}

}  // namespace

int main_of(int argc, const char* const* argv, Console& console) {
  CLI::App app("Simulates ranking funnels: recall, pre-ranking, ranking, against a truth that only the world knows.",
               "cascade");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(build_text()));
  std::function<int()> command;

  RunOptions run_options;
  CLI::App* run_app = app.add_subcommand("run", "run a scenario; print the funnel table and write a report folder");
  add_scenario_options(*run_app, run_options.from);
  CLI::Option* out = run_app->add_option("-o,--out", run_options.out, "folder to write; made where missing");
  run_app->add_flag("--dump", run_options.dump, "also write candidates.csv to it: every candidate of every stage")
      ->needs(out);
  run_app
      ->add_flag("--dump-logs", run_options.dump_logs, "also write the logs that the models learned from to its logs/")
      ->needs(out);
  run_app
      ->add_flag("--resume", run_options.resume, "go on from what a run into that folder finished, and keep it there")
      ->needs(out)
      ->excludes("--dump");
  CLI::Option* keep_going = run_app
                                ->add_flag("--keep-going", run_options.keep_going,
                                           "where a part fails, run the others, and list the failures at the end")
                                ->needs(out)
                                ->excludes("--dump");
  bool fail_fast = true;
  run_app->add_flag("--fail-fast", fail_fast, "end at the first part that fails; the default")->excludes(keep_going);
  run_app
      ->add_option("--shard", run_options.shard,
                   "i/n: only the i-th of n shares of the parts, kept in the folder for `merge`; no report")
      ->needs(out)
      ->excludes("--dump")
      ->excludes("--dump-logs");
  run_app->callback([&] { command = [&] { return run(run_options, console); }; });

  std::vector<std::filesystem::path> to_validate;
  std::vector<std::string> validate_set;
  CLI::App* validate_app = app.add_subcommand("validate", "check scenario files: every fault at once");
  validate_app->add_option("scenarios", to_validate, "scenario files")->required();
  validate_app->add_option("--set", validate_set, "path=value")->take_all()->allow_extra_args(false);
  validate_app->callback([&] { command = [&] { return validate(to_validate, validate_set, console); }; });

  ScenarioOptions plan_options;
  CLI::App* plan_app = app.add_subcommand("plan", "say what a run would do, its work, memory and time; run nothing");
  add_scenario_options(*plan_app, plan_options);
  plan_app->callback([&] { command = [&] { return plan(plan_options, console); }; });

  MergeOptions merge_options;
  CLI::App* merge_app = app.add_subcommand("merge", "put the parts of shards together: the report of the whole run");
  merge_app->add_option("folders", merge_options.folders, "folders that `run --shard` wrote")->required();
  merge_app->add_option("-o,--out", merge_options.out, "folder to write; made where missing");
  merge_app->add_flag("-q,--quiet", merge_options.quiet, "no table");
  merge_app->callback([&] { command = [&] { return merge(merge_options, console); }; });

  CalibrateOptions calibrate_options;
  CLI::App* calibrate_app = app.add_subcommand("calibrate", "measure this machine: a hardware profile for scenarios");
  calibrate_app->add_option("-o,--out", calibrate_options.out, "file to write, such as configs/hardware/mine.yaml");
  calibrate_app->add_option("--label", calibrate_options.label, "its label; calibrated by default");
  calibrate_app->add_option("--rows", calibrate_options.rows, "rows of the tables it reads; a million by default");
  calibrate_app->add_option("--rounds", calibrate_options.rounds, "measurements of each shape; 15 by default")
      ->check(CLI::Range(1, 10000));
  calibrate_app->callback([&] { command = [&] { return calibrate(calibrate_options, console); }; });

  OptimizeOptions optimize_options;
  CLI::App* optimize_app =
      app.add_subcommand("optimize", "search the funnels of `optimize:`; print the choice and write it as a scenario");
  add_scenario_options(*optimize_app, optimize_options.from);
  optimize_app->add_option("-o,--out", optimize_options.out, "folder to write; made where missing");
  optimize_app->callback([&] { command = [&] { return optimize(optimize_options, console); }; });

  CompareOptions compare_options;
  CLI::App* compare_app = app.add_subcommand("compare", "compare two report folders, or variants of one");
  compare_app->add_option("report", compare_options.report, "report folder")->required();
  compare_app->add_option("other", compare_options.others, "another report folder, or names of variants");
  compare_app->add_option("--tolerance", compare_options.tolerances, "metric=x: fail if worse by more; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  compare_app->add_option("--format", compare_options.format, "text, markdown or json")
      ->check(CLI::IsMember({"text", "markdown", "json"}));
  compare_app->add_flag("--all", compare_options.all, "also metrics that did not change");
  compare_app->callback([&] { command = [&] { return compare(compare_options, console); }; });

  CheckOptions check_options;
  CLI::App* check_app = app.add_subcommand("check", "run scenarios and say which of their expectations hold");
  check_app->add_option("paths", check_options.paths, "scenario files, or folders of them")->required();
  add_scenario_options(*check_app, check_options.from, false);
  check_app->callback([&] { command = [&] { return check(check_options, console); }; });

  TraceOptions trace_options;
  CLI::App* trace_app = app.add_subcommand("trace", "walk one request through the funnel");
  add_scenario_options(*trace_app, trace_options.from);
  trace_app->add_option("--request", trace_options.request, "number of the request, from 0")
      ->required()
      ->check(CLI::NonNegativeNumber);
  trace_app->add_option("--variant", trace_options.variant, "variant; the baseline by default");
  trace_app->callback([&] { command = [&] { return trace(trace_options, console); }; });

  std::string what;
  CLI::App* list_app = app.add_subcommand("list", "list stages, models, metrics, worlds, scenarios");
  list_app->add_option("what", what, "one of them; all by default");
  list_app->callback([&] { command = [&] { return list(what, console); }; });

  std::string name;
  CLI::App* describe_app = app.add_subcommand("describe", "what a stage, model, metric or part is, with its fields");
  describe_app->add_option("name", name, "its name, or a path of a scenario file (world.truth); `scenario`: every key")
      ->required();
  describe_app->callback([&] { command = [&] { return describe(name, console); }; });

  std::string schema_of = "scenario";
  CLI::App* schema_app = app.add_subcommand("schema", "JSON Schema of scenario files or of report.json");
  schema_app->add_option("of", schema_of, "scenario or report")->check(CLI::IsMember({"scenario", "report"}));
  schema_app->callback([&] { command = [&] { return schema(schema_of, console); }; });

  std::filesystem::path init_file = "scenario.yaml";
  CLI::App* init_app = app.add_subcommand("init", "write a commented scenario to start from");
  init_app->add_option("file", init_file, "file to write; scenario.yaml by default");
  init_app->callback([&] { command = [&] { return init(init_file, console); }; });

  ScenarioOptions expand_options;
  CLI::App* expand_app = app.add_subcommand("expand", "print the scenario with every default and part in it");
  add_scenario_options(*expand_app, expand_options);
  expand_app->callback([&] { command = [&] { return expand(expand_options, console); }; });

  int signature_threads = 0;
  CLI::App* signature_app = app.add_subcommand("signature", "one hash over the reports of scenarios/tiny");
  signature_app->add_option("--threads", signature_threads, "threads; 0: all cores")->check(CLI::Range(0, 1024));
  signature_app->callback([&] { command = [&] { return signature(signature_threads, console); }; });

  std::filesystem::path reference_folder;
  CLI::App* reference_app = app.add_subcommand("reference", "write the generated pages of docs/reference");
  reference_app->add_option("folder", reference_folder, "folder to write")->required();
  reference_app->callback([&] { command = [&] { return reference(reference_folder, console); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked, console.out, console.err) == 0 ? kDone : kUsage;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, argc, argv, error, console);
  }
  const int code = guarded(command, console);
  console.out.flush();
  console.err.flush();
  Ranks::leave(code);
  return code;
}

}  // namespace cascade::cli
