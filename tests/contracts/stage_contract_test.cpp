// What src/funnel/stage.h promises of every stage, held against every registered one. A new stage is covered without a
// change here; one with required parameters other than a model adds a line to the table in stage_cases.cpp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "base/rng.h"
#include "cost/hardware.h"
#include "tests/contracts/stage_cases.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

constexpr std::size_t kRequests = 9;

std::vector<Request> some_requests() {
  std::vector<Request> requests;
  for (std::size_t r = 0; r < kRequests; ++r) requests.push_back(stage_world().request(77, r, 1));
  return requests;
}

/// Lists of 0, 1, 30, ... candidates in the order of made-up scores, with two channels; the first is empty.
CandidateBlock some_candidates() {
  CandidateBlock block;
  for (std::size_t r = 0; r < kRequests; ++r) {
    Rng rng(9, Stream::test, r);
    std::vector<std::uint32_t> items(stage_world().features().num_items());
    std::iota(items.begin(), items.end(), 0U);
    rng.shuffle(items);
    items.resize(r < 2 ? r : 30 * (r - 1));
    CandidateList list;
    list.items = items;
    std::vector<float> scores;
    for (std::size_t k = 0; k < items.size(); ++k) {
      scores.push_back(static_cast<float>(rng.below(20)) / 4);
      list.channel.push_back(static_cast<std::uint8_t>(rng.below(2)));
    }
    list.scores = scores;
    block.push_back(keep_best(list, scores, items.size()));
  }
  return block;
}

CandidateList shuffled(const CandidateList& list, std::uint64_t seed) {
  std::vector<std::uint32_t> order(list.size());
  std::iota(order.begin(), order.end(), 0U);
  Rng rng(seed, Stream::test);
  rng.shuffle(order);
  CandidateList mixed;
  for (const std::uint32_t k : order) {
    mixed.items.push_back(list.items[k]);
    mixed.scores.push_back(list.scores[k]);
    mixed.channel.push_back(list.channel[k]);
  }
  return mixed;
}

CandidateBlock run(const StageCase& one, std::span<const Request> requests, const CandidateBlock* in,
                   std::size_t quota) {
  CandidateBlock out(3, CandidateList{{1, 2}, {1, 1}, {}});  // what was in there must not matter
  one.stage->run(requests, in, quota, out);
  return out;
}

bool same(const CandidateList& a, const CandidateList& b) {
  return a.items == b.items && a.scores == b.scores && a.channel == b.channel;
}

bool same(const CandidateBlock& a, const CandidateBlock& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const CandidateList& x, const CandidateList& y) { return same(x, y); });
}

/// The two ways to call a stage that it allows: over the catalogue (null) and over candidates.
std::vector<const CandidateBlock*> inputs_of(const StageCase& one) {
  static const CandidateBlock candidates = some_candidates();
  std::vector<const CandidateBlock*> inputs;
  if (one.recalls()) inputs.push_back(nullptr);
  if (one.takes_candidates()) inputs.push_back(&candidates);
  return inputs;
}

std::vector<ItemId> sorted(std::vector<ItemId> items) {
  std::sort(items.begin(), items.end());
  return items;
}

template <class Body>
void for_each_case(const Body& body) {
  const std::vector<Request> requests = some_requests();
  for (const StageCase& one : stage_cases()) {
    for (const CandidateBlock* in : inputs_of(one)) {
      INFO(one.text() << (in == nullptr ? " over the catalogue" : " over candidates"));
      body(one, requests, in);
    }
  }
}

}  // namespace

TEST_CASE("stages: every registered kind has a case") {
  std::set<std::string> kinds;
  for (const StageCase& one : stage_cases()) kinds.insert(one.kind);
  for (const std::string& name : stage_catalog().names()) CHECK(kinds.count(name) == 1);
  for (const StageEntry& entry : stage_catalog().entries()) CHECK_FALSE(entry.summary.empty());
}

TEST_CASE("stages: at most the quota, no item twice, finite scores, best first, ties by lower id") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    for (const std::size_t quota : {1, 7, 64, 100000}) {
      const CandidateBlock out = run(one, requests, in, quota);
      REQUIRE(out.size() == requests.size());
      for (std::size_t r = 0; r < out.size(); ++r) {
        const CandidateList& list = out[r];
        CHECK(list.size() <= quota);
        REQUIRE(list.scores.size() == list.size());
        CHECK((list.channel.empty() || list.channel.size() == list.size()));
        CHECK(std::set<ItemId>(list.items.begin(), list.items.end()).size() == list.size());
        for (const ItemId item : list.items) CHECK(item < stage_world().features().num_items());
        for (const float score : list.scores) CHECK(std::isfinite(score));
        for (std::size_t k = 1; k < list.size(); ++k)
          CHECK(ranks_before({list.scores[k - 1], list.items[k - 1]}, {list.scores[k], list.items[k]}));
      }
    }
  });
}

TEST_CASE("stages: a filter passes on nothing that it did not get, and its channel with it") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    if (in == nullptr) return;
    const CandidateBlock out = run(one, requests, in, 40);
    for (std::size_t r = 0; r < out.size(); ++r) {
      CHECK(out[r].size() == std::min<std::size_t>(40, (*in)[r].size()));
      REQUIRE(out[r].channel.size() == out[r].size());
      for (std::size_t k = 0; k < out[r].size(); ++k) {
        const auto& items = (*in)[r].items;
        const auto at = std::find(items.begin(), items.end(), out[r].items[k]);
        REQUIRE(at != items.end());
        CHECK(out[r].channel[k] == (*in)[r].channel[static_cast<std::size_t>(at - items.begin())]);
      }
    }
  });
}

TEST_CASE("stages: a quota of all candidates or more keeps them all") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    if (in == nullptr) return;
    for (const std::size_t more : {0, 1, 5000}) {
      for (std::size_t r = 0; r < requests.size(); ++r) {
        const CandidateBlock alone = {(*in)[r]};
        const CandidateBlock out = run(one, std::span(requests).subspan(r, 1), &alone, alone[0].size() + more);
        CHECK(sorted(out[0].items) == sorted(alone[0].items));
      }
    }
  });
}

TEST_CASE("stages: where it says so, a narrower quota keeps the beginning of what a wider one keeps") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    if (!one.stage->nested()) return;
    const CandidateBlock wide = run(one, requests, in, 60);
    for (const std::size_t quota : {1, 7, 59}) {
      const CandidateBlock narrow = run(one, requests, in, quota);
      for (std::size_t r = 0; r < narrow.size(); ++r) {
        REQUIRE(narrow[r].size() == std::min(quota, wide[r].size()));
        CHECK(std::equal(narrow[r].items.begin(), narrow[r].items.end(), wide[r].items.begin()));
        CHECK(std::equal(narrow[r].scores.begin(), narrow[r].scores.end(), wide[r].scores.begin()));
        CHECK(std::equal(narrow[r].channel.begin(), narrow[r].channel.end(), wide[r].channel.begin()));
      }
    }
  });
}

TEST_CASE("stages: what is chosen for a request does not depend on the others of its block") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    const CandidateBlock all = run(one, requests, in, 25);
    for (std::size_t r = 0; r < requests.size(); ++r) {
      CandidateBlock alone;
      if (in != nullptr) alone.push_back((*in)[r]);
      const CandidateBlock out = run(one, std::span(requests).subspan(r, 1), in == nullptr ? nullptr : &alone, 25);
      CHECK(same(out[0], all[r]));
    }
    std::vector<Request> backwards(requests.rbegin(), requests.rend());
    CandidateBlock in_backwards;
    if (in != nullptr) in_backwards.assign(in->rbegin(), in->rend());
    CandidateBlock out = run(one, backwards, in == nullptr ? nullptr : &in_backwards, 25);
    std::reverse(out.begin(), out.end());
    CHECK(same(out, all));
  });
}

TEST_CASE("stages: the order of the candidates changes nothing but where it is the contract") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    if (in == nullptr) return;
    const CandidateBlock all = run(one, requests, in, 25);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CandidateBlock mixed;
      for (const CandidateList& list : *in) mixed.push_back(shuffled(list, seed));
      const CandidateBlock out = run(one, requests, &mixed, 25);
      if (!one.keeps_order()) {
        CHECK(same(out, all));
        continue;
      }
      for (std::size_t r = 0; r < out.size(); ++r)
        CHECK(std::equal(out[r].items.begin(), out[r].items.end(), mixed[r].items.begin()));
    }
  });
}

TEST_CASE("stages: two calls and many threads give the same bits") {
  for_each_case([](const StageCase& one, const auto& requests, const CandidateBlock* in) {
    const CandidateBlock first = run(one, requests, in, 50);
    std::vector<CandidateBlock> again(8);
    for_each_task(again.size(), [&](std::size_t t) { again[t] = run(one, requests, in, 50); });
    for (const CandidateBlock& block : again) CHECK(same(block, first));
  });
}

TEST_CASE("stages: a score does not depend on the other candidates") {
  const std::vector<Request> requests = some_requests();
  const CandidateBlock in = some_candidates();
  for (const StageCase& one : stage_cases()) {
    const auto* scoring = dynamic_cast<const ScoringStage*>(one.stage.get());
    if (scoring == nullptr) continue;
    INFO(one.text());
    for (std::size_t r = 0; r < requests.size(); ++r) {
      std::vector<float> together(in[r].size());
      scoring->logits(requests[r], in[r].items, together);
      for (std::size_t k = 0; k < in[r].size(); k += 17) {
        float alone = 0;
        scoring->logits(requests[r], std::span(in[r].items).subspan(k, 1), std::span(&alone, 1));
        CHECK(alone == together[k]);
        CHECK(std::isfinite(alone));
        scoring->scores(requests[r], std::span(in[r].items).subspan(k, 1), std::span(&alone, 1));
        CHECK(std::isfinite(alone));
        if (scoring->objective() != Objective::click && scoring->objective() != Objective::ecpm) continue;
        const double probability = scoring->click_probability(in[r].items[k], alone);
        CHECK(probability >= 0);
        CHECK(probability <= 1);
      }
    }
  }
}

TEST_CASE("stages: counted work is not negative, and more budget never affords fewer candidates") {
  const HardwareParams hardware;
  for (const StageCase& one : stage_cases()) {
    INFO(one.text());
    const ScorerWork work = one.stage->work();
    for (const Work& part : {work.per_request, work.per_candidate, work.index_build}) {
      CHECK(part.items >= 0);
      CHECK(part.flops >= 0);
      CHECK(part.bytes >= 0);
    }
    for (const BudgetUnit unit : {BudgetUnit::flops, BudgetUnit::us}) {
      std::size_t before = 0;
      for (double limit = 1; limit < 1e9; limit *= 3) {
        const std::size_t fits = affordable(work, 500, unit, limit, hardware);
        CHECK(fits >= before);
        before = fits;
      }
      CHECK(before == 500);
    }
  }
}
