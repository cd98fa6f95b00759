#include "metrics/ranking.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "base/errors.h"
#include "tests/metrics/cases.h"

using namespace cascade;

namespace {
using Scores = std::vector<float>;
using Labels = std::vector<std::uint8_t>;
using Items = std::vector<ItemId>;
}  // namespace

TEST_CASE("intersection and overlap of id lists do not depend on the order") {
  CHECK(intersection_size(Items{5, 1, 9}, Items{9, 2, 5, 7}) == 2);
  CHECK(intersection_size(Items{}, Items{1}) == 0);
  CHECK(overlap(Items{1, 2, 3}, Items{3, 4}) == 0.5);
  CHECK(std::isnan(overlap(Items{1}, Items{})));
}

TEST_CASE("auc by hand: of 2 x 3 pairs, four wins and one tie") {
  // positives .9 and .4; negatives .4, .1, .6: .9 beats three, .4 beats .1, ties .4, loses to .6: 4.5 / 6
  CHECK(auc(Scores{.9f, .4f, .4f, .1f, .6f}, Labels{1, 1, 0, 0, 0}) == Approx(0.75).epsilon(1e-15));
}

TEST_CASE("auc does not apply to a single class and calls any label but 0 a positive") {
  CHECK(std::isnan(auc(Scores{1, 2}, Labels{1, 1})));
  CHECK(std::isnan(auc(Scores{1, 2}, Labels{0, 0})));
  CHECK(std::isnan(auc(Scores{}, Labels{})));
  CHECK(auc(Scores{1, 2}, Labels{0, 7}) == 1.0);
}

TEST_CASE("gauc weighs users by impressions and skips those with a single class") {
  // user 0: three rows, AUC 1; user 1: two rows, AUC 0; user 2: clicks only. (3 x 1 + 2 x 0) / 5
  const GroupedAuc g =
      gauc(Scores{3, 1, 2, 1, 2, 9, 9}, Labels{1, 0, 0, 1, 0, 1, 1}, std::vector<UserId>{0, 0, 0, 1, 1, 2, 2});
  CHECK(g.value == Approx(0.6).epsilon(1e-15));
  CHECK(g.users == 2);
  CHECK(g.skipped == 1);
}

TEST_CASE("gauc without any usable user does not apply") {
  const GroupedAuc g = gauc(Scores{1, 2}, Labels{1, 0}, std::vector<UserId>{4, 5});
  CHECK(std::isnan(g.value));
  CHECK(g.users == 0);
  CHECK(g.skipped == 2);
}

TEST_CASE("kendall_tau_b by hand") {
  CHECK(kendall_tau_b(Scores{1, 2, 3}, Scores{4, 5, 6}) == Approx(1.0).epsilon(1e-15));
  CHECK(kendall_tau_b(Scores{1, 2, 3}, Scores{6, 5, 4}) == Approx(-1.0).epsilon(1e-15));
  // pairs: (1,1)-(1,2) tied in a, (1,1)-(2,3) and (1,2)-(2,3) concordant: 2 / sqrt(2 x 3)
  CHECK(kendall_tau_b(Scores{1, 1, 2}, Scores{1, 2, 3}) == Approx(2 / std::sqrt(6.0)).epsilon(1e-15));
  CHECK(std::isnan(kendall_tau_b(Scores{1, 1}, Scores{1, 2})));
  CHECK(std::isnan(kendall_tau_b(Scores{1}, Scores{1})));
}

TEST_CASE("overlap_top breaks ties by the lower item id and cuts m to the candidates") {
  // a: all tied, so its top two are items 3 and 5; b ranks 9 and 3 highest
  CHECK(overlap_top(Scores{0, 0, 0}, Scores{2, 3, 1}, Items{3, 9, 5}, 2) == 0.5);
  CHECK(overlap_top(Scores{0, 0, 0}, Scores{2, 3, 1}, Items{3, 9, 5}, 50) == 1.0);
  CHECK(std::isnan(overlap_top(Scores{}, Scores{}, Items{}, 5)));
  CHECK(std::isnan(overlap_top(Scores{1}, Scores{1}, Items{1}, 0)));
}

TEST_CASE("ndcg by hand: linear gain, log2 discount") {
  // order by score: gains 0, 1, 2 -> 0 + 1/log2(3) + 2/2; ideal: 2 + 1/log2(3)
  const double expected = (1 / std::log2(3.0) + 1.0) / (2 + 1 / std::log2(3.0));
  CHECK(ndcg(Scores{3, 2, 1}, std::vector<double>{0, 1, 2}, Items{0, 1, 2}, 3) == Approx(expected).epsilon(1e-14));
  CHECK(ndcg(Scores{1, 2}, std::vector<double>{5, 6}, Items{0, 1}, 2) == 1.0);
  CHECK(std::isnan(ndcg(Scores{1, 2}, std::vector<double>{0, 0}, Items{0, 1}, 2)));
}

TEST_CASE("pcoc and regret by hand") {
  CHECK(pcoc(std::vector<double>{.5, .25, .25}, Labels{0, 1, 1}) == 0.5);
  CHECK(std::isnan(pcoc(std::vector<double>{.5}, Labels{0})));
  CHECK(regret(3, 4) == 0.25);
  CHECK(std::isnan(regret(0, 0)));
}

TEST_CASE("lists of different length are a broken promise") {
  CHECK_THROWS_AS(auc(Scores{1}, Labels{}), InternalError);
  CHECK_THROWS_AS(ndcg(Scores{1}, std::vector<double>{}, Items{1}, 1), InternalError);
}

TEST_CASE("no ranking measure depends on the order in which candidates are listed") {
  for (std::uint32_t index = 1; index < 60; ++index) {
    const test::RankingCase c = test::ranking_case(index);
    test::RankingCase r = c;
    std::reverse(r.a.begin(), r.a.end());
    std::reverse(r.b.begin(), r.b.end());
    std::reverse(r.gains.begin(), r.gains.end());
    std::reverse(r.labels.begin(), r.labels.end());
    std::reverse(r.items.begin(), r.items.end());
    const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
    CHECK(same(auc(c.a, c.labels), auc(r.a, r.labels)));
    CHECK(same(kendall_tau_b(c.a, c.b), kendall_tau_b(r.a, r.b)));
    CHECK(same(overlap_top(c.a, c.b, c.items, c.m), overlap_top(r.a, r.b, r.items, r.m)));
    CHECK(same(ndcg(c.a, c.gains, c.items, c.m), ndcg(r.a, r.gains, r.items, r.m)));
  }
}
