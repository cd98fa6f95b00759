#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "tests/cli/program.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const char* const kSweep =
    "variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\nsweep: {funnel.recall.keep: [40, 80]}\n";
const char* const kOneDiverges =
    "variants: [{name: a}, {name: bad, set: {models.towers.train: {optimizer: adam, embedding_optimizer: adam, "
    "learning_rate: 1e38, "
    "embedding_learning_rate: 1e38, batch: 64}}}]\n";

std::size_t parts_in(const std::filesystem::path& folder) {
  std::size_t n = 0;
  if (!std::filesystem::exists(folder)) return 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".part") ++n;
  return n;
}

std::size_t temporaries_in(const std::filesystem::path& folder) {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".tmp") ++n;
  return n;
}

/// Runs lines of shell in a folder, with $cascade as the program. Code 77: what the lines need is not permitted here.
Ended run_shell(const std::filesystem::path& folder, const std::string& lines) {
  write_file_atomically(folder / "lines.sh", "cascade='" CASCADE_PROGRAM "'\n" + lines);
  const std::string command = "cd '" + folder.string() + "' && sh lines.sh >out.txt 2>err.txt </dev/null";
  const int status = std::system(command.c_str());
  Ended ended;
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.out = read_file(folder / "out.txt");
  ended.err = read_file(folder / "err.txt");
  return ended;
}

}  // namespace

TEST_CASE("cli: a campaign that keeps going lists its failures, one that does not ends at the first") {
  const ProgramFolder folder("cascade_cli_keep_going");
  folder.write_scenario("bad.yaml", kOneDiverges);
  const std::vector<std::string> run = {"run", "bad.yaml", "-q", "-o", "out", "--replicates", "2"};
  const auto with = [&](const std::string& option) {
    std::vector<std::string> all = run;
    all.push_back(option);
    return folder.run(all);
  };
  for (const Ended& fast : {folder.run(run), with("--fail-fast")}) {
    CHECK(fast.code == 3);
    CHECK(fast.err ==
          "the training of a two_tower diverged: its loss is not a number any more; lower train.learning_rate\n");
  }
  CHECK(parts_in(folder.path() / "out") == 0);
  const Ended going = with("--keep-going");
  CHECK(going.code == 3);
  CHECK(has(going.err, "cascade: replicate 1, bad: the training of a two_tower diverged: "));
  CHECK(has(going.err, "cascade: replicate 2, bad: the training of a two_tower diverged: "));
  CHECK(has(going.err, "cascade: 2 of 4 parts failed; no report (run --resume"));
  CHECK(parts_in(folder.path() / "out") == 2);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out/report.json"));
  CHECK(folder.run({"run", "bad.yaml", "--keep-going", "--fail-fast", "-o", "out"}).code == 2);
  CHECK(folder.run({"run", "bad.yaml", "--keep-going"}).code == 2);  // kept where?
}

TEST_CASE("cli: shards and merge give the report of one process, byte for byte") {
  const ProgramFolder folder("cascade_cli_shards");
  folder.write_scenario("sweep.yaml", kSweep);
  const std::vector<std::string> set = {"--replicates", "2", "--seed", "8"};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"run", "sweep.yaml", "-q"});
    arguments.insert(arguments.end(), set.begin(), set.end());
    return folder.run(arguments);
  };
  REQUIRE(run({"-o", "alone"}).code == 0);
  REQUIRE(run({"-o", "one", "--shard", "1/3"}).code == 0);
  REQUIRE(run({"-o", "rest", "--shard", "2/3"}).code == 0);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "rest/report.json"));
  const Ended early = folder.run({"merge", "one", "rest", "-o", "merged"});
  CHECK(early.code == 3);
  CHECK(has(early.err, "3 of 8 parts are in none of the folders:\n  replicate 2: a keep=80, b keep=40, b keep=80\n"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "merged"));
  REQUIRE(run({"-o", "rest", "--shard", "3/3"}).code == 0);  // into the folder of another
  const Ended merged = folder.run({"merge", "one", "rest", "-o", "merged"});
  REQUIRE(merged.code == 0);
  CHECK(has(merged.out, "THE FUNNEL"));
  for (const std::string file : {"report.json", "requests.csv", "report.csv", "report.md", "scenario.yaml"})
    CHECK(folder.read("merged/" + file) == folder.read("alone/" + file));
}

TEST_CASE("cli: shards of another scenario, shards that are none, folders that are none") {
  const ProgramFolder folder("cascade_cli_mixed");
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "a", "--shard", "1/1"}).code == 0);
  REQUIRE(folder.run({"run", "tiny.yaml", "-q", "-o", "b", "--shard", "1/1", "--seed", "9"}).code == 0);
  const Ended mixed = folder.run({"merge", "a", "b"});
  CHECK(mixed.code == 3);
  CHECK(has(mixed.err, "a/scenario.yaml and b/scenario.yaml are different scenarios, from line "));
  CHECK(has(mixed.err, "'seed: 3' against 'seed: 9'"));
  const Ended into = folder.run({"run", "tiny.yaml", "-q", "-o", "a", "--shard", "1/1", "--seed", "9"});
  CHECK(into.code == 3);
  CHECK(has(into.err, "a/scenario.yaml is another scenario, from line "));
  for (const char* wrong : {"0/2", "3/2", "1", "1/", "/2", "1/2/3", "x/2", "-1/2"}) {
    const Ended ended = folder.run({"run", "tiny.yaml", "-o", "a", "--shard", wrong});
    CHECK(ended.code == 3);
    CHECK(ended.err == std::string("--shard: must be i/n with 1 <= i <= n, got ") + wrong + "\n");
  }
  CHECK(folder.run({"run", "tiny.yaml", "--shard", "1/2"}).code == 2);  // into which folder?
  CHECK(folder.run({"merge", "nowhere"}).code == 4);
  CHECK(folder.run({"merge"}).code == 2);
}

TEST_CASE("cli: a run that Ctrl-C ends is resumed with the same bytes", "[slow]") {
  const ProgramFolder folder("cascade_cli_ctrl_c");
  folder.write_scenario("sweep.yaml", kSweep);
  const std::vector<std::string> run = {"run", "sweep.yaml", "-q", "-o", "out", "--replicates", "16", "--resume"};
  // Ctrl-C at growing moments until some run gets to the end.
  int interrupted = 0;
  for (double seconds = 0.2; seconds < 2 && interrupted < 3; seconds += 0.3) {
    const int code = run_and_signal(run, folder.path(), "INT", seconds).code;
    if (code == 0) break;
    CHECK(code == 130);
    CHECK(temporaries_in(folder.path()) == 0);
    ++interrupted;
  }
  CHECK(interrupted > 0);
  REQUIRE(folder.run(run).code == 0);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "16"}).code == 0);
  CHECK(folder.read("out/report.json") == folder.read("alone/report.json"));
  CHECK(folder.read("out/requests.csv") == folder.read("alone/requests.csv"));
}

TEST_CASE("cli: a file that may grow no further is code 4, and the run goes on later") {
  const ProgramFolder folder("cascade_cli_too_large");
  folder.write_scenario("sweep.yaml", kSweep);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "2"}).code == 0);
  // Blocks of 512 bytes: a part is larger. The signal that comes with it is ignored, as a full disk sends none.
  const Ended full = run_shell(
      folder.path(), "trap '' XFSZ\nulimit -f 20\n\"$cascade\" run sweep.yaml -q -o out --replicates 2 --resume\n");
  CHECK(full.code == 4);
  CHECK(has(full.err, "cascade: cannot write out/parts/"));
  CHECK(has(full.err, "File too large"));
  CHECK(temporaries_in(folder.path()) == 0);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out/report.json"));
  const Ended going = run_shell(folder.path(),
                                "trap '' XFSZ\nulimit -f 20\n"
                                "\"$cascade\" run sweep.yaml -q -o out --replicates 2 --resume --keep-going\n");
  CHECK(going.code == 4);
  CHECK(has(going.err, "cascade: replicate 2, b keep=80: cannot write out/parts/"));
  CHECK(has(going.err, "cascade: 8 of 8 parts failed; no report"));
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "out", "--replicates", "2", "--resume"}).code == 0);
  CHECK(folder.read("out/report.json") == folder.read("alone/report.json"));
}

TEST_CASE("cli: a full disk is code 4, and the run goes on when there is room") {
  const ProgramFolder folder("cascade_cli_full");
  folder.write_scenario("sweep.yaml", kSweep);
  REQUIRE(folder.run({"run", "sweep.yaml", "-q", "-o", "alone", "--replicates", "3"}).code == 0);
  // A disk of room for some parts, in a mount namespace of its own, then a larger one.
  const Ended ended = run_shell(folder.path(),
                                "mkdir disk\n"
                                "cat >inside.sh <<'END'\n"
                                "mount -t tmpfs -o size=160k tmpfs disk 2>/dev/null || exit 77\n"
                                "\"$1\" run sweep.yaml -q -o disk/out --replicates 3; echo \"first $?\"\n"
                                "ls disk/out/parts | wc -l; ls -A disk/out disk/out/parts | grep -c tmp\n"
                                "mount -o remount,size=20m disk\n"
                                "\"$1\" run sweep.yaml -q -o disk/out --replicates 3 --resume; echo \"second $?\"\n"
                                "cmp disk/out/report.json alone/report.json && echo same\n"
                                "END\n"
                                "unshare -m sh inside.sh \"$cascade\" || exit 77\n");
  if (ended.code == 77) {
    WARN("SKIPPED: no disk can be mounted here; ulimit stands for it in the case above");
    return;
  }
  INFO(ended.out << ended.err);
  CHECK(has(ended.out, "first 4\n"));
  CHECK(has(ended.err, "No space left on device"));
  CHECK(has(ended.out, "\n0\n"));  // temporaries
  CHECK(has(ended.out, "second 0\nsame\n"));
}

TEST_CASE("cli: a folder that is read-only is code 4 before anything is run") {
  const ProgramFolder folder("cascade_cli_read_only");
  // Root may write where permissions say no: a read-only mount is what stops it.
  const Ended ended = run_shell(folder.path(),
                                "mkdir disk\n"
                                "cat >inside.sh <<'END'\n"
                                "mount -t tmpfs -o ro tmpfs disk 2>/dev/null || exit 77\n"
                                "for place in disk disk/out; do\n"
                                "  \"$1\" run tiny.yaml -o $place; echo \"run $?\"\n"
                                "  \"$1\" run tiny.yaml -o $place --shard 1/1; echo \"run $?\"\n"
                                "done\n"
                                "END\n"
                                "unshare -m sh inside.sh \"$cascade\" || exit 77\n");
  if (ended.code == 77) {
    WARN("SKIPPED: no disk can be mounted here; faults_test has folders that cannot be made");
    return;
  }
  CHECK(ended.out == "run 4\nrun 4\nrun 4\nrun 4\n");
  CHECK(has(ended.err, "cascade: cannot write disk/report.json: Read-only file system\n"));
  CHECK(has(ended.err, "cascade: cannot create folder disk/out: Read-only file system\n"));
}

TEST_CASE("cli: the time that remains, on a terminal, once a replicate is finished") {
  const ProgramFolder folder("cascade_cli_remaining");
  const Ended shown = run_on_terminal({"run", folder.at("tiny.yaml"), "--replicates", "8", "--threads", "1"});
  CHECK(shown.code == 0);
  CHECK(has(shown.out, "replicate 1/8: "));
  CHECK(has(shown.out, "  about 1 s left"));
  CHECK_FALSE(has(folder.run({"run", "tiny.yaml", "--replicates", "8"}).err, "left"));
}
