// Every ranking measure against its definition written out, over 1000 lists with ties, single classes and empty lists.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "metrics/ranking.h"
#include "tests/metrics/cases.h"

using namespace cascade;
using cascade::test::ranking_case;
using cascade::test::RankingCase;

namespace {

constexpr int kCases = 1000;

bool same(double x, double y) { return (std::isnan(x) && std::isnan(y)) || std::fabs(x - y) < 1e-12; }

template <class Score>
std::vector<std::size_t> full_order(const std::vector<Score>& scores, const std::vector<ItemId>& items) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return std::pair(-static_cast<double>(scores[x]), items[x]) < std::pair(-static_cast<double>(scores[y]), items[y]);
  });
  return order;
}

double slow_auc(const RankingCase& c, const std::vector<std::size_t>& rows) {
  double wins = 0;
  double pairs = 0;
  for (std::size_t p : rows)
    for (std::size_t n : rows)
      if (c.labels[p] && !c.labels[n]) {
        pairs += 1;
        wins += c.a[p] > c.a[n] ? 1.0 : c.a[p] == c.a[n] ? 0.5 : 0.0;
      }
  return pairs > 0 ? wins / pairs : kDoesNotApply;
}

double slow_gauc(const RankingCase& c) {
  std::map<UserId, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < c.users.size(); ++i) rows[c.users[i]].push_back(i);
  double sum = 0;
  double weight = 0;
  for (const auto& entry : rows) {
    const double user_auc = slow_auc(c, entry.second);
    if (std::isnan(user_auc)) continue;
    sum += user_auc * static_cast<double>(entry.second.size());
    weight += static_cast<double>(entry.second.size());
  }
  return weight > 0 ? sum / weight : kDoesNotApply;
}

double slow_tau_b(const RankingCase& c) {
  double concordant = 0, discordant = 0, only_a = 0, only_b = 0;
  for (std::size_t i = 0; i < c.a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double da = static_cast<double>(c.a[i]) - c.a[j];
      const double db = static_cast<double>(c.b[i]) - c.b[j];
      if (da * db > 0) concordant += 1;
      if (da * db < 0) discordant += 1;
      if (da == 0 && db != 0) only_a += 1;
      if (db == 0 && da != 0) only_b += 1;
    }
  const double scale = std::sqrt((concordant + discordant + only_a) * (concordant + discordant + only_b));
  return scale > 0 ? (concordant - discordant) / scale : kDoesNotApply;
}

double slow_overlap(const RankingCase& c) {
  const std::size_t m = std::min(c.m, c.items.size());
  if (m == 0) return kDoesNotApply;
  std::set<std::size_t> top;
  const auto by_a = full_order(c.a, c.items);
  const auto by_b = full_order(c.b, c.items);
  for (std::size_t i = 0; i < m; ++i) top.insert(by_a[i]);
  double shared = 0;
  for (std::size_t i = 0; i < m; ++i) shared += top.count(by_b[i]) ? 1 : 0;
  return shared / static_cast<double>(m);
}

double slow_ndcg(const RankingCase& c) {
  const std::size_t m = std::min(c.m, c.items.size());
  const auto dcg = [&](const std::vector<std::size_t>& order) {
    double sum = 0;
    for (std::size_t i = 0; i < m; ++i) sum += c.gains[order[i]] / std::log2(static_cast<double>(i) + 2);
    return sum;
  };
  const double ideal = dcg(full_order(c.gains, c.items));
  return ideal > 0 ? dcg(full_order(c.a, c.items)) / ideal : kDoesNotApply;
}

double slow_pcoc(const RankingCase& c) {
  double predicted = 0;
  double observed = 0;
  for (std::size_t i = 0; i < c.gains.size(); ++i) {
    predicted += c.gains[i];
    observed += c.labels[i];
  }
  return observed > 0 ? predicted / observed : kDoesNotApply;
}

template <class Fast, class Slow>
void check_all(const Fast& fast, const Slow& slow) {
  int applies = 0;
  int does_not = 0;
  for (std::uint32_t index = 0; index < kCases; ++index) {
    const RankingCase c = ranking_case(index);
    const double got = fast(c);
    const double expected = slow(c);
    INFO("case " << index << ": " << got << " against " << expected);
    REQUIRE(same(got, expected));
    (std::isnan(expected) ? does_not : applies) += 1;
  }
  CHECK(applies > 700);  // the cases exercise both outcomes
  CHECK(does_not > 5);
}

}  // namespace

TEST_CASE("auc equals the count over all pairs") {
  check_all([](const RankingCase& c) { return auc(c.a, c.labels); },
            [](const RankingCase& c) {
              std::vector<std::size_t> rows(c.a.size());
              std::iota(rows.begin(), rows.end(), std::size_t{0});
              return slow_auc(c, rows);
            });
}

TEST_CASE("gauc equals the weighted mean of the users' counts") {
  check_all([](const RankingCase& c) { return gauc(c.a, c.labels, c.users).value; }, slow_gauc);
}

TEST_CASE("kendall_tau_b equals the count over all pairs") {
  check_all([](const RankingCase& c) { return kendall_tau_b(c.a, c.b); }, slow_tau_b);
}

TEST_CASE("overlap_top equals the overlap of two full sorts") {
  check_all([](const RankingCase& c) { return overlap_top(c.a, c.b, c.items, c.m); }, slow_overlap);
}

TEST_CASE("ndcg equals the sum over two full sorts") {
  check_all([](const RankingCase& c) { return ndcg(c.a, c.gains, c.items, c.m); }, slow_ndcg);
}

TEST_CASE("pcoc equals the ratio of the two sums") {
  check_all([](const RankingCase& c) { return pcoc(c.gains, c.labels); }, slow_pcoc);
}
