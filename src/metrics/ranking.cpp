#include "metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/errors.h"
#include "base/real.h"

namespace cascade {
namespace {

std::vector<std::uint32_t> positions_upto(std::size_t n) {
  std::vector<std::uint32_t> positions(n);
  std::iota(positions.begin(), positions.end(), 0u);
  return positions;
}

/// Positions of the m highest scores, best first, ties by lower item id.
template <class Score>
std::vector<std::uint32_t> best_positions(std::span<const Score> scores, std::span<const ItemId> items, std::size_t m) {
  std::vector<std::uint32_t> order = positions_upto(scores.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(m), order.end(),
                    [&](std::uint32_t x, std::uint32_t y) {
                      return scores[x] > scores[y] || (scores[x] == scores[y] && items[x] < items[y]);
                    });
  order.resize(m);
  return order;
}

/// AUC of the rows `order`, which it sorts by score.
double auc_of_rows(std::span<const float> scores, std::span<const std::uint8_t> labels,
                   std::span<std::uint32_t> order) {
  std::sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) { return scores[x] < scores[y]; });
  double negatives_below = 0;
  double positives = 0;
  double wins = 0;
  for (std::size_t i = 0; i < order.size();) {
    double tied_positives = 0;
    double tied_negatives = 0;
    std::size_t end = i;
    for (; end < order.size() && scores[order[end]] == scores[order[i]]; ++end)
      (labels[order[end]] != 0 ? tied_positives : tied_negatives) += 1;
    wins += tied_positives * (negatives_below + 0.5 * tied_negatives);
    positives += tied_positives;
    negatives_below += tied_negatives;
    i = end;
  }
  if (positives == 0 || negatives_below == 0) return kDoesNotApply;
  return wins / (positives * negatives_below);
}

double pairs_of(double n) { return 0.5 * n * (n - 1); }

/// Pairs (i < j) with values[i] > values[j]; sorts `values`. Merge sort from the bottom up.
double count_inversions(std::vector<float>& values) {
  double inversions = 0;
  std::vector<float> merged(values.size());
  for (std::size_t width = 1; width < values.size(); width *= 2) {
    for (std::size_t start = 0; start < values.size(); start += 2 * width) {
      const std::size_t middle = std::min(start + width, values.size());
      const std::size_t end = std::min(start + 2 * width, values.size());
      std::size_t left = start;
      std::size_t right = middle;
      for (std::size_t out = start; out < end; ++out) {
        if (right == end || (left < middle && values[left] <= values[right])) {
          merged[out] = values[left++];
        } else {
          inversions += static_cast<double>(middle - left);
          merged[out] = values[right++];
        }
      }
    }
    values.swap(merged);
  }
  return inversions;
}

/// Sum over runs of equal neighbours, as `same(i, i + 1)` says, of the pairs inside each.
template <class Same>
double tied_pairs(std::size_t n, const Same& same) {
  double pairs = 0;
  std::size_t run = 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (i + 1 < n && same(i, i + 1)) {
      ++run;
    } else {
      pairs += pairs_of(static_cast<double>(run));
      run = 1;
    }
  }
  return pairs;
}

double discounted_sum(std::span<const std::uint32_t> order, std::span<const double> gains) {
  const double log_two = exact_log(2.0);
  double sum = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    sum += gains[order[rank]] * log_two / exact_log(static_cast<double>(rank) + 2.0);
  return sum;
}

}  // namespace

std::size_t intersection_size(std::span<const ItemId> a, std::span<const ItemId> b) {
  if (a.size() > b.size()) std::swap(a, b);
  std::vector<ItemId> sorted(a.begin(), a.end());
  std::sort(sorted.begin(), sorted.end());
  std::size_t shared = 0;
  for (ItemId item : b) shared += std::binary_search(sorted.begin(), sorted.end(), item) ? 1 : 0;
  return shared;
}

double overlap(std::span<const ItemId> a, std::span<const ItemId> b) {
  if (b.empty()) return kDoesNotApply;
  return static_cast<double>(intersection_size(a, b)) / static_cast<double>(b.size());
}

double overlap_top(std::span<const float> scores_a, std::span<const float> scores_b, std::span<const ItemId> items,
                   std::size_t m) {
  CASCADE_CHECK(scores_a.size() == items.size() && scores_b.size() == items.size(), "two scores an item");
  m = std::min(m, items.size());
  if (m == 0) return kDoesNotApply;
  return overlap(best_positions(scores_a, items, m), best_positions(scores_b, items, m));
}

double auc(std::span<const float> scores, std::span<const std::uint8_t> labels) {
  CASCADE_CHECK(scores.size() == labels.size(), "one label a score");
  std::vector<std::uint32_t> order = positions_upto(scores.size());
  return auc_of_rows(scores, labels, order);
}

GroupedAuc gauc(std::span<const float> scores, std::span<const std::uint8_t> labels, std::span<const UserId> users) {
  CASCADE_CHECK(scores.size() == labels.size() && scores.size() == users.size(), "one label and user a score");
  std::vector<std::uint32_t> order = positions_upto(scores.size());
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t x, std::uint32_t y) { return users[x] < users[y] || (users[x] == users[y] && x < y); });
  GroupedAuc result;
  double weighted = 0;
  double weight = 0;
  for (std::size_t start = 0; start < order.size();) {
    std::size_t end = start;
    while (end < order.size() && users[order[end]] == users[order[start]]) ++end;
    const std::size_t impressions = end - start;
    const double user_auc = auc_of_rows(scores, labels, std::span(order).subspan(start, impressions));
    if (std::isnan(user_auc)) {
      ++result.skipped;
    } else {
      ++result.users;
      weighted += static_cast<double>(impressions) * user_auc;
      weight += static_cast<double>(impressions);
    }
    start = end;
  }
  if (result.users > 0) result.value = weighted / weight;
  return result;
}

double kendall_tau_b(std::span<const float> a, std::span<const float> b) {
  CASCADE_CHECK(a.size() == b.size(), "two scores an item");
  const std::size_t n = a.size();
  std::vector<std::uint32_t> order = positions_upto(n);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t x, std::uint32_t y) { return a[x] < a[y] || (a[x] == a[y] && b[x] < b[y]); });
  const auto same_a = [&](std::size_t i, std::size_t j) { return a[order[i]] == a[order[j]]; };
  const auto same_both = [&](std::size_t i, std::size_t j) {
    return a[order[i]] == a[order[j]] && b[order[i]] == b[order[j]];
  };
  const double tied_a = tied_pairs(n, same_a);
  const double tied_both = tied_pairs(n, same_both);
  std::vector<float> b_by_a(n);
  for (std::size_t i = 0; i < n; ++i) b_by_a[i] = b[order[i]];
  const double discordant = count_inversions(b_by_a);
  const double tied_b = tied_pairs(n, [&](std::size_t i, std::size_t j) { return b_by_a[i] == b_by_a[j]; });
  const double all = pairs_of(static_cast<double>(n));
  const double untied_a = all - tied_a;
  const double untied_b = all - tied_b;
  if (untied_a <= 0 || untied_b <= 0) return kDoesNotApply;
  const double concordant = all - tied_a - tied_b + tied_both - discordant;
  return (concordant - discordant) / std::sqrt(untied_a) / std::sqrt(untied_b);
}

double ndcg(std::span<const float> scores, std::span<const double> gains, std::span<const ItemId> items,
            std::size_t m) {
  CASCADE_CHECK(scores.size() == items.size() && gains.size() == items.size(), "a score and a gain an item");
  m = std::min(m, items.size());
  const double ideal = discounted_sum(best_positions(gains, items, m), gains);
  if (!(ideal > 0)) return kDoesNotApply;
  return discounted_sum(best_positions(scores, items, m), gains) / ideal;
}

double pcoc(std::span<const double> predicted, std::span<const std::uint8_t> observed) {
  CASCADE_CHECK(predicted.size() == observed.size(), "one label a prediction");
  double sum_predicted = 0;
  double sum_observed = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    sum_predicted += predicted[i];
    sum_observed += observed[i] != 0 ? 1 : 0;
  }
  return sum_observed > 0 ? sum_predicted / sum_observed : kDoesNotApply;
}

double regret(double value, double oracle_value) {
  return oracle_value > 0 ? 1.0 - value / oracle_value : kDoesNotApply;
}

}  // namespace cascade
