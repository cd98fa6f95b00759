#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/program.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

#ifdef CASCADE_MPIRUN

const char* const kSweep =
    "variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\nsweep: {funnel.recall.keep: [40, 80]}\n";

std::size_t parts_in(const std::filesystem::path& folder) {
  std::size_t n = 0;
  if (!std::filesystem::exists(folder)) return 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".part") ++n;
  return n;
}

/// Runs a line of shell in a folder, $ranks N standing for mpirun with that many ranks and the program.
Ended run_ranks(const std::filesystem::path& folder, const std::string& line) {
  write_file_atomically(folder / "line.sh",
                        "export LC_ALL=C.UTF-8; unset NO_COLOR\nranks() { n=$1; shift; '" CASCADE_MPIRUN
                        "' --allow-run-as-root --oversubscribe --bind-to none -np $n '" CASCADE_PROGRAM
                        "' \"$@\" --threads 1; }\n" +
                            line + "\n");
  const std::string command = "cd '" + folder.string() + "' && timeout 120 sh line.sh >out.txt 2>err.txt </dev/null";
  const int status = std::system(command.c_str());
  Ended ended;
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.out = read_file(folder / "out.txt");
  ended.err = read_file(folder / "err.txt");
  return ended;
}

#endif

}  // namespace

#ifdef CASCADE_MPIRUN

TEST_CASE("ranks: 1, 2, 3 and 5 of them write the report of one process, byte for byte", "[slow]") {
  const ProgramFolder folder("cascade_ranks");
  folder.write_scenario("sweep.yaml", kSweep);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "2"}).code == 0);
  for (const std::string n : {"1", "2", "3", "5"}) {
    const Ended ended = run_ranks(folder.path(), "ranks " + n + " run sweep.yaml -o out" + n + " --replicates 2");
    INFO(n << " ranks: " << ended.out << ended.err);
    REQUIRE(ended.code == 0);
    CHECK(has(ended.out, "THE FUNNEL"));
    CHECK(ended.err == "written to out" + n + "\n");  // by one of them
    for (const std::string file : {"report.json", "requests.csv", "report.csv", "scenario.yaml"})
      CHECK(folder.read("out" + n + "/" + file) == folder.read("alone/" + file));
    CHECK_FALSE(std::filesystem::exists(folder.path() / ("out" + n) / "parts"));
  }
  // Without a folder: the table only, and the same.
  const Ended table = run_ranks(folder.path(), "ranks 3 run sweep.yaml --replicates 2");
  CHECK(table.code == 0);
  CHECK(table.out == folder.run({"run", "sweep.yaml", "--replicates", "2"}).out);
}

TEST_CASE("ranks: one that dies ends the run with a message, and the campaign is resumed", "[slow]") {
  const ProgramFolder folder("cascade_ranks_dead");
  folder.write_scenario("sweep.yaml", kSweep);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "24"}).code == 0);
  // The last child of mpirun is killed once some parts have come in.
  const Ended dead = run_ranks(folder.path(),
                               "ranks 3 run sweep.yaml -q -o out --replicates 24 &\n"
                               "while [ \"$(ls out/parts 2>/dev/null | wc -l)\" -lt 8 ]; do sleep 0.02; done\n"
                               "children() { tr ' ' '\\n' <\"/proc/$1/task/$1/children\" | grep .; }\n"
                               "kill -KILL $(children $(children $! | head -n 1) | tail -n 1)\n"
                               "wait $!");
  INFO(dead.out << dead.err);
  CHECK(dead.code != 0);
  CHECK(has(dead.err, "rank 0 of 3 was told to stop: if nobody asked for that, another rank has died"));
  CHECK(has(dead.err, "exited on signal 9"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out/report.json"));
  CHECK(parts_in(folder.path() / "out/parts") >= 8);
  CHECK(parts_in(folder.path() / "out/parts") < 96);
  REQUIRE(run_ranks(folder.path(), "ranks 2 run sweep.yaml -q -o out --replicates 24 --resume").code == 0);
  CHECK(folder.read("out/report.json") == folder.read("alone/report.json"));
  CHECK(folder.read("out/requests.csv") == folder.read("alone/requests.csv"));
}

TEST_CASE("ranks: one point of one replicate is shared, to the same report; a lost rank ends it", "[slow]") {
  const ProgramFolder folder("cascade_ranks_one");
  // A pruned student of a teacher, a tower that shares its table with a copy of a teacher, trees, several tasks.
  folder.write_scenario("one.yaml", "");
  const std::vector<std::string> models = {
      "models.towers={kind: two_tower, dim: 4, embedding_dim: 8, distill: {teacher: fine, training: joint, share: "
      "all}}",
      "models.fine={kind: deep_mlp, hidden: [8], embedding_dim: 8}",
      "models.cold={kind: cold, hidden: [8], select_groups: 3, precision: f16, prune: {share: 0.4}, "
      "distill: {teacher: fine}}",
      "models.trees={kind: lambda_mart, rounds: 5}",
      "models.both={kind: multi_task, hidden: [8], tasks: [click, conversion]}",
      "funnel.preranking={kind: cold, model: cold, keep: 40}",
      "funnel.ranking={kind: score, model: both, keep: 5}",
      "evaluate.requests=600",
      "logs.requests_a_day=2000"};
  std::string options;
  std::vector<std::string> arguments = {"run", "one.yaml", "-q", "-o", "alone"};
  for (const std::string& model : models) {
    options += " --set '" + model + "'";
    arguments.insert(arguments.end(), {"--set", model});
  }
  REQUIRE(folder.run(arguments).code == 0);
  for (const std::string n : {"1", "2", "3", "5"}) {
    const Ended ended = run_ranks(folder.path(), "ranks " + n + " run one.yaml -q -o out" + n + options);
    INFO(n << " ranks: " << ended.out << ended.err);
    REQUIRE(ended.code == 0);
    for (const std::string file : {"report.json", "requests.csv", "report.csv"})
      CHECK(folder.read("out" + n + "/" + file) == folder.read("alone/" + file));
  }
  const std::string kill =
      "children() { tr ' ' '\\n' <\"/proc/$1/task/$1/children\" | grep .; }\n"
      "while [ \"$(children $(children $! | head -n 1) 2>/dev/null | wc -l)\" -lt 3 ]; do sleep 0.02; done\n"
      "sleep 0.3\n"
      "kill -KILL $(children $(children $! | head -n 1) | tail -n 1)\n"
      "wait $!";
  const std::string longer = options + " --set evaluate.requests=60000";
  const Ended dead = run_ranks(folder.path(), "ranks 3 run one.yaml -q -o dead" + longer + " &\n" + kill);
  INFO(dead.out << dead.err);
  CHECK(dead.code != 0);
  CHECK(has(dead.err, "exited on signal 9"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "dead/report.json"));
  REQUIRE(run_ranks(folder.path(), "ranks 2 run one.yaml -q -o dead --resume" + options).code == 0);
  CHECK(folder.read("dead/report.json") == folder.read("alone/report.json"));
}

TEST_CASE("ranks: a failure of what is shared is that of one process", "[slow]") {
  const ProgramFolder folder("cascade_ranks_shared_failure");
  folder.write_scenario("bad.yaml",
                        "variants: [{name: a}, {name: bad, set: {models.towers.train: {optimizer: adam, "
                        "embedding_optimizer: adam, learning_rate: 1e38, "
                        "embedding_learning_rate: 1e38, batch: 64}}}]\n");
  const Ended fast = run_ranks(folder.path(), "ranks 3 run bad.yaml -q -o out");
  CHECK(fast.code == 3);
  CHECK(has(fast.err, "the training of a two_tower diverged: "));
  const Ended going = run_ranks(folder.path(), "ranks 3 run bad.yaml -q -o out --keep-going");
  CHECK(going.code == 3);
  CHECK(has(going.err, "cascade: replicate 1, bad: "));
  CHECK(has(going.err, "cascade: 1 of 2 parts failed; no report"));
  CHECK(parts_in(folder.path() / "out/parts") == 1);
}

TEST_CASE("ranks: failures come from where they happen, with the code of one process", "[slow]") {
  const ProgramFolder folder("cascade_ranks_failures");
  folder.write_scenario("bad.yaml",
                        "variants: [{name: a}, {name: bad, set: {models.towers.train: {optimizer: adam, "
                        "embedding_optimizer: adam, learning_rate: 1e38, "
                        "embedding_learning_rate: 1e38, batch: 64}}}]\n");
  const Ended fast = run_ranks(folder.path(), "ranks 2 run bad.yaml -q -o out --replicates 2");
  CHECK(fast.code == 3);
  CHECK(has(fast.err, "the training of a two_tower diverged: "));
  const Ended going = run_ranks(folder.path(), "ranks 3 run bad.yaml -q -o out --replicates 2 --keep-going");
  CHECK(going.code == 3);
  CHECK(has(going.err, "cascade: replicate 1, bad: "));
  CHECK(has(going.err, "cascade: replicate 2, bad: "));
  CHECK(has(going.err, "cascade: 2 of 4 parts failed; no report"));
  CHECK(parts_in(folder.path() / "out/parts") == 2);
  const Ended none = run_ranks(folder.path(), "ranks 2 run nowhere.yaml");
  CHECK(none.code == 4);
  CHECK(has(none.err, "cascade: cannot read nowhere.yaml: No such file or directory\n"));
  for (const std::string option : {"--dump", "--shard 1/2"}) {
    const Ended alone = run_ranks(folder.path(), "ranks 2 run tiny.yaml -o out " + option);
    CHECK(alone.code == 3);
    CHECK(has(alone.err, ": is for one process, not for 2 ranks"));
  }
}

#else

TEST_CASE("ranks: a build without MPI refuses to be one of several", "[slow]") {
  WARN("SKIPPED: built without MPI (libopenmpi-dev, openmpi-bin): runs over ranks are not tested");
  const ProgramFolder folder("cascade_no_ranks");
  const Ended ended = run_program({"run", "tiny.yaml"}, folder.path(), {"OMPI_COMM_WORLD_SIZE=3"});
  CHECK(ended.code == 5);
  CHECK(has(ended.err, "cascade: refused: started as one of 3 ranks, but this build has no MPI"));
}

#endif
