#include "study/campaign.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "base/build_info.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/parallel.h"
#include "tests/study/scenario_file.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

const char* const kFour =
    "variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\nsweep: {funnel.recall.keep: [40, 80]}\n";

Study study_of(const std::string& more, std::initializer_list<std::string> changes = {}) {
  const ScenarioFolder folder("cascade_campaign_test");
  return folder.load(more, changes);
}

bool same_result(const StudyResult& a, const StudyResult& b) {
  if (a.variants.size() != b.variants.size() || a.validity.size() != b.validity.size()) return false;
  for (std::size_t v = 0; v < a.validity.size(); ++v)
    if (a.validity[v].second.mean != b.validity[v].second.mean) return false;
  for (std::size_t v = 0; v < a.variants.size(); ++v) {
    const auto& x = a.variants[v].outcome;
    const auto& y = b.variants[v].outcome;
    for (std::size_t m = 0; m < x.size(); ++m)
      if (x[m].estimate.mean != y[m].estimate.mean || x[m].by_replicate.size() != y[m].by_replicate.size())
        return false;
  }
  return true;
}

}  // namespace

TEST_CASE("shards divide all parts, in stretches that differ by one at most") {
  const Study study = study_of(kFour, {"evaluate.replicates=3"});
  const std::vector<PartId> all = parts_of(study, Shard());
  CHECK(all.size() == 12);
  CHECK(all[5] == PartId{1, 1});
  for (const std::size_t count : {1, 2, 5, 12, 30}) {
    std::vector<PartId> joined;
    for (std::size_t i = 1; i <= count; ++i) {
      const std::vector<PartId> parts = parts_of(study, {i, count});
      CHECK(parts.size() >= 12 / count);
      CHECK(parts.size() <= 12 / count + 1);
      joined.insert(joined.end(), parts.begin(), parts.end());
    }
    CHECK(joined == all);
  }
}

TEST_CASE("groups are whole replicates, or pieces of them where more are wanted") {
  const Study study = study_of(kFour, {"evaluate.replicates=3"});
  const std::vector<PartId> all = parts_of(study, Shard());
  const auto sizes = [&](std::size_t wanted) {
    std::vector<std::size_t> n;
    for (const PartGroup& group : groups_of(all, wanted)) n.push_back(group.points.size());
    return n;
  };
  CHECK(sizes(1) == std::vector<std::size_t>{4, 4, 4});
  CHECK(sizes(3) == std::vector<std::size_t>{4, 4, 4});
  CHECK(sizes(5) == std::vector<std::size_t>{2, 2, 2, 2, 2, 2});
  CHECK(sizes(100) == std::vector<std::size_t>(12, 1));
  CHECK(groups_of({}, 3).empty());
  const std::vector<PartId> some = {{0, 3}, {2, 0}, {2, 2}};
  const std::vector<PartGroup> groups = groups_of(some, 1);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].replicate == 0);
  CHECK(groups[1].points == std::vector<std::size_t>{0, 2});
}

TEST_CASE("a group that others help with has the parts of one that is run alone, each model trained once", "[slow]") {
  const std::string taught = "models.linear={kind: cold, hidden: [4], distill: {teacher: fine}, prune: {share: 0.4}}";
  const std::string fine = "models.fine={kind: deep_mlp, hidden: [4]}";
  const std::string requests = "evaluate.requests=330";
  struct Case {
    std::string more;
    std::vector<std::string> changes;
    std::size_t models;  ///< networks and trees, which are sent
    std::size_t pieces;  ///< and blocks of requests, served and, in the first world, of what their pages are worth
  };
  // With re-runs two of each model.
  const std::vector<Case> cases = {
      {"", {taught, fine, requests}, 3, 12},
      {kFour, {taught, fine, requests}, 3, 12},
      {kFour, {taught, fine, requests, "evaluate.detail=outcome"}, 3, 12},
      {"", {taught, fine, requests, "evaluate.reruns=true"}, 6, 12},
      {"", {requests, "serving={qps: 500, limit_ms: 5}"}, 2, 12},
      {"",
       {requests, "models.linear={kind: lambda_mart, rounds: 3}",
        "days={served: 2, requests: 60, chunks: 4, test_requests: 40}"},
       2,
       12},
      {"variants: [{name: a}, {name: b, set: {world.items: 500}}]\n", {requests}, 4, 18},
  };
  for (const Case& one : cases) {
    INFO(one.more << (one.changes.empty() ? "" : one.changes.back()));
    const ScenarioFolder folder("cascade_campaign_help_test");
    Study study = folder.load(one.more, one.changes);
    PartGroup group;
    for (std::size_t p = 0; p < study.points.size(); ++p) group.points.push_back(p);
    const auto bytes_of = [&](const PartId& id, const RunStore::Part& part) {
      return RunStore::to_bytes(study.points[id.point].scenario, seed_of(study, 0), part);
    };
    std::vector<std::string> alone;
    run_group(study, group, {}, false,
              [&](const PartId& id, RunStore::Part part) { alone.push_back(bytes_of(id, part)); });
    WorkBoard board;
    WorkBoard::Scope exchange(board, 0);
    std::vector<std::thread> helpers;
    for (int h = 0; h < 2; ++h) helpers.emplace_back([&] { help_group(study, group, {}, exchange); });
    std::vector<std::string> helped;
    run_group(
        study, group, {}, false, [&](const PartId& id, RunStore::Part part) { helped.push_back(bytes_of(id, part)); },
        &exchange);
    for (std::thread& helper : helpers) helper.join();
    CHECK(helped.size() == group.points.size());
    CHECK(helped == alone);
    CHECK(board.num_kept() == one.models + one.pieces);
    board.close(0);
    CHECK(board.bytes() == 0);
    help_group(study, group, {}, exchange);  // too late: it is over, and nothing is thrown
  }
}

TEST_CASE("shards put together are the run of one process, in any number of folders") {
  const test::TemporaryFolder folder("cascade_shards");
  const Study study = study_of(kFour, {"evaluate.replicates=2"});
  const StudyResult whole = run_study(study);
  std::vector<RunStore> stores;
  for (std::size_t i = 1; i <= 3; ++i) {
    stores.emplace_back(folder.path() / std::to_string(i));
    Campaign campaign;
    campaign.store = &stores.back();
    CHECK(run_shard(study, campaign, {i, 3}) == parts_of(study, {i, 3}).size());
    CHECK(stores.back().builds() == std::vector<std::string>{build_text()});
  }
  CHECK(same_result(merge_parts(study, stores), whole));
  // Without the second, what it had is named.
  const std::vector<RunStore> without = {stores[0], stores[2]};
  try {
    merge_parts(study, without);
    FAIL("a report of half a study");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()) ==
          "3 of 8 parts are in none of the folders:\n  replicate 1: b keep=40, b keep=80\n  replicate 2: a keep=40");
  }
}

TEST_CASE("parts of another build are not put together with this one's") {
  const test::TemporaryFolder folder("cascade_builds");
  const Study study = study_of("");
  const RunStore store(folder.path());
  Campaign campaign;
  campaign.store = &store;
  run_shard(study, campaign, Shard());
  // The key of a part begins with its build: after the magic line and eight bytes of length.
  const auto file = std::filesystem::directory_iterator(folder.path())->path();
  std::string bytes = read_file(file);
  const std::size_t at = bytes.find(build_text());
  REQUIRE(at != std::string::npos);
  bytes[at] = 'X';
  write_file_atomically(file, bytes);
  const std::vector<RunStore> stores = {store};
  CHECK_THROWS_WITH(merge_parts(study, stores), Catch::Contains("has parts of another build, X"));
}

TEST_CASE("a training that diverges ends a campaign with its reason") {
  const std::string diverges =
      "models.towers.train={optimizer: adam, embedding_optimizer: adam, learning_rate: 1e38, "
      "embedding_learning_rate: 1e38, batch: 64}";
  CHECK_THROWS_WITH(run_study(study_of("", {diverges})),
                    "the training of a two_tower diverged: its loss is not a number any more; lower "
                    "train.learning_rate");
}

TEST_CASE("a campaign that keeps going runs what does not fail, and lists what does") {
  const test::TemporaryFolder folder("cascade_keep_going");
  const Study study = study_of(
      "variants: [{name: a}, {name: bad, set: {models.towers.train: {optimizer: adam, embedding_optimizer: adam, "
      "learning_rate: 1e38, embedding_learning_rate: 1e38, batch: 64}}}, {name: c, set: {funnel.ranking.keep: 3}}]\n",
      {"evaluate.replicates=2"});
  const RunStore store(folder.path());
  Campaign campaign;
  campaign.store = &store;
  campaign.keep_going = true;
  try {
    run_campaign(study, campaign);
    FAIL("nothing failed");
  } catch (const PartsFailed& failed) {
    CHECK(std::string(failed.what()) == "2 of 6 parts failed");
    REQUIRE(failed.failures().size() == 2);
    CHECK(failed.failures()[0].part == PartId{0, 1});
    CHECK(failed.failures()[1].part == PartId{1, 1});
    CHECK(failed.failures()[0].kind == FailureKind::input);
    CHECK(failed.lines()[1].rfind("replicate 2, bad: the training of a two_tower diverged: ", 0) == 0);
  }
  for (const std::size_t r : {0, 1})
    for (const std::size_t p : {0, 1, 2}) CHECK(find_part(study, {r, p}, store).has_value() == (p != 1));
}

TEST_CASE("a campaign that is told to stop keeps no part that is cut short") {
  // The poll throws in one lane while another is at work: what the other keeps must be what a run of its own gives.
  const test::TemporaryFolder folder("cascade_stopped");
  const Study study =
      study_of("variants: [{name: a}, {name: b, set: {funnel.preranking.keep: 9}}]\n", {"evaluate.replicates=4"});
  const StudyResult whole = run_study(study);
  struct Told {};
  for (const int moment : {2, 15, 30, 45}) {
    const RunStore store(folder.path() / std::to_string(moment));
    std::atomic<int> polls = 0;
    Campaign campaign;
    campaign.store = &store;
    campaign.poll = [&] {
      if (++polls == moment) throw Told();
    };
    try {
      run_campaign(study, campaign);
    } catch (const Told&) {
    }
    campaign.poll = {};
    REQUIRE(same_result(run_campaign(study, campaign), whole));
  }
}

TEST_CASE("the finished share of the planned work grows to all of it") {
  std::vector<double> shares;
  Campaign campaign;
  campaign.finished = [&](double share) { shares.push_back(share); };
  run_campaign(study_of("", {"evaluate.replicates=4"}), campaign);
  REQUIRE(shares.size() == 4);
  CHECK(std::is_sorted(shares.begin(), shares.end()));
  CHECK(shares[0] == Approx(0.25));
  CHECK(shares[3] == Approx(1));
}
